"""Witnesses that are slow, wrong, forged, endless, doubled or dead: the operator waits, and says what it met."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from ledger.checkpoint import Checkpoint
from ledger.keys import KeyType, SigningKey
from ledger.merkle import SHA256, MemoryTree, consistency_proof
from ledger.notes import SignedNote, cosign, sign
from ledger.witness_request import AddCheckpoint
from ledger.witnessing import Cosigning, Outcome, WitnessClient
from schemas.errors import ConfigError

TREE = MemoryTree(SHA256, [bytes([number]) for number in range(12)])
SIZE = {"Content-Type": "text/x.tlog.size"}


@pytest.fixture
def note(log_key: SigningKey) -> SignedNote:
    return sign(Checkpoint("ledger.example/sz", 12, TREE.root(12)).body(), log_key)


@pytest.fixture
def ask(note: SignedNote, witness_key: SigningKey):
    """Ask whatever `handler` is for a cosignature; the witness is thought to be at size 7."""

    async def send(handler: Callable[[httpx.Request], object], *, seconds: float = 5.0) -> Cosigning:
        async def prove(old: int) -> list[bytes]:
            return consistency_proof(SHA256, TREE, old, 12)

        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:  # type: ignore[arg-type]
            client = WitnessClient("http://witness.test/", witness_key.verifier_key, http, seconds=seconds)
            return await client.cosign(note, 12, 7, prove)

    return send


def answer(status: int, body: str = "", headers: dict[str, str] | None = None):
    return lambda request: httpx.Response(status, text=body, headers=headers)


async def test_the_honest_case(ask, note: SignedNote, witness_key: SigningKey, clock) -> None:
    line = cosign(note.body, witness_key, clock.now())

    def handle(request: httpx.Request) -> httpx.Response:
        assert (request.method, str(request.url)) == ("POST", "http://witness.test/add-checkpoint")
        asked = AddCheckpoint.parse(request.content)
        assert (asked.old, list(asked.proof), asked.note) == (7, consistency_proof(SHA256, TREE, 7, 12), note)
        return httpx.Response(200, text=str(line))

    assert await ask(handle) == Cosigning("witness.example/hk", Outcome.COSIGNED, line)


@pytest.mark.parametrize("known", [0, 5, 12])
async def test_a_witness_elsewhere_is_asked_again_from_there(ask, note, witness_key, clock, known: int) -> None:
    asked: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(AddCheckpoint.parse(request.content).old)
        if asked[-1] != known:
            return httpx.Response(409, text=f"{known}\n", headers=SIZE)
        return httpx.Response(200, text=str(cosign(note.body, witness_key, clock.now())))

    assert (await ask(handle)).outcome is Outcome.COSIGNED
    assert asked == [7, known]


async def test_a_witness_that_keeps_moving_is_left_for_the_next_round(ask) -> None:
    sizes = iter((8, 9, 10, 11))
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(409, text=f"{next(sizes)}\n", headers=SIZE)

    assert (await ask(handle)).outcome is Outcome.UNREACHABLE
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (answer(409, "13\n", SIZE), Outcome.AHEAD),
        (answer(409, "7\n", SIZE), Outcome.INCONSISTENT),
        (answer(422, "no"), Outcome.INCONSISTENT),
        (answer(403), Outcome.REFUSED),
        (answer(404), Outcome.REFUSED),
        (answer(500), Outcome.REFUSED),
        (answer(302, headers={"Location": "http://elsewhere.test/"}), Outcome.REFUSED),
    ],
)
async def test_refusals(ask, handler, outcome: Outcome) -> None:
    assert await ask(handler) == Cosigning("witness.example/hk", outcome)


def test_only_a_rewritten_or_restored_log_is_alarming() -> None:
    assert {outcome for outcome in Outcome if outcome.alarming} == {Outcome.AHEAD, Outcome.INCONSISTENT}


@pytest.mark.parametrize(
    "handler",
    [
        answer(409, "12", SIZE),
        answer(409, "012\n", SIZE),
        answer(409, "-1\n", SIZE),
        answer(409, "many\n", SIZE),
        answer(409, "5\n"),
        answer(200),
        answer(200, "yes\n"),
        answer(200, "<html>\n\n</html>\n"),
        lambda request: httpx.Response(200, content=b"\xff\xfe"),
        lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=b""),
    ],
)
async def test_nonsense(ask, handler) -> None:
    assert await ask(handler) == Cosigning("witness.example/hk", Outcome.UNREACHABLE)


async def test_a_forged_cosignature_is_not_kept(ask, note: SignedNote, clock) -> None:
    impostor = SigningKey.from_seed("witness.example/hk", KeyType.COSIGNATURE, "99" * 32)
    assert (await ask(answer(200, str(cosign(note.body, impostor, clock.now()))))).line is None


async def test_a_cosignature_of_something_else_is_not_kept(ask, note: SignedNote, witness_key, clock) -> None:
    line = cosign(note.body.replace("\n12\n", "\n11\n"), witness_key, clock.now())
    assert await ask(answer(200, str(line))) == Cosigning("witness.example/hk", Outcome.UNREACHABLE)


async def test_a_cosignature_given_twice_is_not_kept(ask, note: SignedNote, witness_key, clock) -> None:
    line = str(cosign(note.body, witness_key, clock.now()))
    assert (await ask(answer(200, line * 2))).outcome is Outcome.UNREACHABLE


async def test_lines_of_strangers_are_ignored(ask, note: SignedNote, witness_key, clock) -> None:
    stranger = SigningKey.from_seed("witness.example/other", KeyType.COSIGNATURE, "99" * 32)
    ours = cosign(note.body, witness_key, clock.now())
    both = str(cosign(note.body, stranger, clock.now())) + str(ours)
    assert (await ask(answer(200, both))).line == ours


async def test_a_dead_witness(ask) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    assert (await ask(refuse)).outcome is Outcome.UNREACHABLE


async def test_a_witness_that_never_answers(ask) -> None:
    async def wait(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert (await ask(wait, seconds=0.05)).outcome is Outcome.UNREACHABLE


async def test_a_witness_that_answers_drop_by_drop(ask) -> None:
    class Drops(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.01)

    assert (await ask(lambda request: httpx.Response(200, stream=Drops()), seconds=0.1)).outcome is Outcome.UNREACHABLE


async def test_a_witness_that_never_stops_answering(ask) -> None:
    sent = [0]

    class Flood(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                sent[0] += 4096
                yield b"x" * 4096

    assert (await ask(lambda request: httpx.Response(200, stream=Flood()))).outcome is Outcome.UNREACHABLE
    assert sent[0] < 100_000


async def test_a_witness_key_cosigns(log_key: SigningKey) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(ConfigError) as error:
            WitnessClient("http://witness.test", log_key.verifier_key, http)
    assert error.value.code == "witness.key"
