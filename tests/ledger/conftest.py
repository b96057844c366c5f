"""A small ledger to test with: keys, a clock that stands still, a migrated database, a witness in the same process."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from ledger.commitment import Commitment
from ledger.database import open_database
from ledger.notes import KeyType, SigningKey
from ledger.operator import Operator
from ledger.witness.cosigning import Witness
from ledger.witnessing import WitnessClient
from storage.clock import FixedClock
from storage.migrate import migrate_sync

type Handler = Callable[[httpx.Request], httpx.Response]
type MakeCommitments = Callable[..., list[Commitment]]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 24, 15, 0, tzinfo=UTC))


@pytest.fixture
def log_key() -> SigningKey:
    return SigningKey.from_seed("ledger.example/sz", KeyType.NOTE, "11" * 32)


@pytest.fixture
def witness_key() -> SigningKey:
    return SigningKey.from_seed("witness.example/hk", KeyType.COSIGNATURE, "22" * 32)


@pytest.fixture
def commitments() -> MakeCommitments:
    """`commitments(3)`: three commitments; other `seed`, other commitments."""

    def make(count: int, *, algorithm: str = "sha-256", seed: str = "") -> list[Commitment]:
        digests = (hashlib.sha256(f"{seed}/{algorithm}/{number}".encode()).digest() for number in range(count))
        return [Commitment(algorithm, digest) for digest in digests]  # type: ignore[arg-type]

    return make


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The operator's empty database, on SQLite and on PostgreSQL."""
    migrate_sync(database_url, "ledger")
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def witness(tmp_path: Path, witness_key: SigningKey, log_key: SigningKey, clock: FixedClock) -> Iterator[Witness]:
    """A real witness with its own database."""
    url = f"sqlite:///{tmp_path / 'witness.db'}"
    migrate_sync(url, "ledger.witness")
    engine = open_database(url)
    yield Witness(engine, witness_key, [log_key.verifier_key], clock)
    engine.dispose()


def serve(witness: Witness) -> Handler:
    """The witness as an HTTP handler."""

    def handle(request: httpx.Request) -> httpx.Response:
        answer = witness.add_checkpoint(request.content)
        return httpx.Response(answer.status, text=answer.body, headers={"Content-Type": answer.media_type})

    return handle


class WitnessSwitch:
    """What stands between the operator and the witness; a test may put anything there."""

    def __init__(self, handler: Handler) -> None:
        self.honest = handler
        self.handler = handler
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.handler(request)

    def go_away(self) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody there", request=request)

        self.handler = refuse

    def come_back(self) -> None:
        self.handler = self.honest


@pytest.fixture
def switch(witness: Witness) -> WitnessSwitch:
    return WitnessSwitch(serve(witness))


@pytest.fixture
async def http(switch: WitnessSwitch) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(switch)) as client:
        yield client


class Decoys:
    """Random bytes that a test can repeat."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, count: int) -> bytes:
        self._made += 1
        return hashlib.sha256(f"decoy {self._made}".encode()).digest()[:count]


@pytest.fixture
def operator(
    engine: Engine, log_key: SigningKey, witness_key: SigningKey, http: httpx.AsyncClient, clock: FixedClock
) -> Operator:
    """An operator whose checkpoints need the one witness."""
    client = WitnessClient("http://witness.test", witness_key.verifier_key, http)
    return Operator(engine, log_key, [client], 1, clock, Decoys())
