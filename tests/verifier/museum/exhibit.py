"""What an exhibit of the museum is: a document with one fault, how it is judged, and what must be found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.memory import LogHead, LogMemory
from schemas.types import RecordType
from tests.verifier.world import AT, CHALLENGE, CLINIC, ORIGIN, PUBLISHER, PURPOSE
from verifier.documents import parse_stamp
from verifier.evidence import Evidence, Expected
from verifier.identity.trust import TrustList
from verifier.policy import CARRIED_FILE, LIVE_DESK
from verifier.verdict import stamp

# `file` reads with the policy of a carried file, `desk` also expects the answer to a request.
POLICIES = {"file": CARRIED_FILE, "desk": LIVE_DESK}
EXPECTED = Expected(CHALLENGE, CLINIC, PURPOSE, (RecordType.IMMUNIZATION.value,))


@dataclass(frozen=True)
class Exhibit:
    """A document and how to judge it.

    `reasons` are the codes of every finding that weighs something. `trust` names a trust list of the museum, or is empty.
    """

    document: Any
    verdict: str
    reasons: tuple[str, ...]
    accepted: bool = False
    policy: str = "file"
    trust: str = "good"
    at: datetime = AT
    remembered: LogHead | None = None
    consistency: Mapping[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def label(self) -> dict[str, Any]:
        """What stands beside the exhibit."""
        label: dict[str, Any] = {
            "verdict": self.verdict,
            "accepted": self.accepted,
            "reasons": sorted(self.reasons),
            "policy": self.policy,
            "trust": self.trust,
            "at": stamp(self.at),
        }
        if self.remembered:
            label["remembered"] = {"size": self.remembered.size, "root": self.remembered.root.hex()}
        if self.consistency:
            label["consistency"] = [[*sizes, [step.hex() for step in proof]] for sizes, proof in self.consistency.items()]
        return label


class Heads(dict[str, LogHead]):
    """A memory of ledgers for one test."""

    def recall(self, origin: str) -> LogHead | None:
        return self.get(origin)

    def remember(self, head: LogHead) -> None:
        self[head.origin] = head


def evidence_of(label: Mapping[str, Any], trust_lists: Mapping[str, Any]) -> tuple[Evidence, datetime]:
    """The evidence and the time that a label asks for."""
    remembered = label.get("remembered")
    heads = Heads({ORIGIN: LogHead(ORIGIN, remembered["size"], bytes.fromhex(remembered["root"]))} if remembered else {})
    trust = TrustList.parse(trust_lists[label["trust"]], publisher=PUBLISHER) if label["trust"] else None
    consistency = {
        (ORIGIN, old, new): [bytes.fromhex(step) for step in proof] for old, new, proof in label.get("consistency", [])
    }
    at = parse_stamp(label["at"])
    assert at
    expected = EXPECTED if label["policy"] == "desk" else None
    return Evidence(trust=trust, expected=expected, memory=LogMemory(heads), consistency=consistency), at
