"""The memory of logs: only growth is believed, and only when it is proven."""

import pytest

from ledger.finding import LedgerFinding, Reason
from ledger.memory import Continuity, LogHead, LogMemory
from ledger.merkle import SHA256, MemoryTree, consistency_proof

TREE = MemoryTree(SHA256, [bytes([number]) for number in range(20)])
FORKED = MemoryTree(SHA256, [b"rewritten", *(bytes([number]) for number in range(1, 20))])


class Drawer:
    """The simplest store."""

    def __init__(self) -> None:
        self.heads: dict[str, LogHead] = {}

    def recall(self, origin: str) -> LogHead | None:
        return self.heads.get(origin)

    def remember(self, head: LogHead) -> None:
        self.heads[head.origin] = head


def head(size: int, tree: MemoryTree = TREE, origin: str = "ledger.example/sz") -> LogHead:
    return LogHead(origin, size, tree.root(size))


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def memory(drawer: Drawer) -> LogMemory:
    """A memory that has met the log at size 7."""
    memory = LogMemory(drawer)
    assert memory.meet(head(7)) is Continuity.FIRST
    return memory


def test_the_same_head_again(memory: LogMemory) -> None:
    assert memory.proof_needed(head(7)) is None
    assert memory.meet(head(7)) is Continuity.SAME


def test_the_same_size_with_another_root_is_a_fork(memory: LogMemory, drawer: Drawer) -> None:
    assert memory.proof_needed(head(7, FORKED)) is None
    seen = memory.meet(head(7, FORKED))
    assert seen is Continuity.FORK
    assert not seen.holds
    assert drawer.heads["ledger.example/sz"] == head(7)


def test_growth_is_believed_with_its_proof(memory: LogMemory, drawer: Drawer) -> None:
    assert memory.proof_needed(head(12)) == (7, 12)
    assert memory.meet(head(12), consistency_proof(SHA256, TREE, 7, 12)) is Continuity.GROWN
    assert drawer.heads["ledger.example/sz"] == head(12)


def test_growth_without_proof_is_not_believed(memory: LogMemory, drawer: Drawer) -> None:
    assert memory.meet(head(12)) is Continuity.UNPROVEN
    assert drawer.heads["ledger.example/sz"] == head(7)


@pytest.mark.parametrize("proof", [[], [bytes(32)], consistency_proof(SHA256, TREE, 7, 11)])
def test_growth_with_a_wrong_proof_is_inconsistent(memory: LogMemory, drawer: Drawer, proof: list[bytes]) -> None:
    seen = memory.meet(head(12), proof)
    assert seen is Continuity.INCONSISTENT
    assert not seen.holds
    assert drawer.heads["ledger.example/sz"] == head(7)


def test_a_rewritten_log_cannot_prove_its_growth(memory: LogMemory) -> None:
    proof = consistency_proof(SHA256, FORKED, 7, 12)
    assert memory.meet(head(12, FORKED), proof) is Continuity.INCONSISTENT


def test_an_earlier_head_must_agree_too(memory: LogMemory, drawer: Drawer) -> None:
    assert memory.proof_needed(head(3)) == (3, 7)
    assert memory.meet(head(3), consistency_proof(SHA256, TREE, 3, 7)) is Continuity.EARLIER
    assert memory.meet(head(3, FORKED), consistency_proof(SHA256, FORKED, 3, 7)) is Continuity.INCONSISTENT
    assert memory.meet(head(3)) is Continuity.UNPROVEN
    assert drawer.heads["ledger.example/sz"] == head(7)


def test_logs_are_remembered_apart(memory: LogMemory) -> None:
    assert memory.meet(head(7, FORKED, "ledger.example/hk")) is Continuity.FIRST
    assert memory.meet(head(7)) is Continuity.SAME


def test_an_empty_log_grows_without_proof() -> None:
    memory = LogMemory(Drawer())
    assert memory.meet(head(0)) is Continuity.FIRST
    assert memory.proof_needed(head(5)) is None
    assert memory.meet(head(5)) is Continuity.GROWN


def test_the_head_of_a_finding() -> None:
    finding = LedgerFinding(True, Reason.WITNESSED, "ledger.example/sz", 7, TREE.root(7))
    assert LogHead.of(finding) == head(7)
