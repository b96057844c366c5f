"""What is outside the issuer service: an agent with a wallet behind it, and a ledger; faithful, and as unhelpful as real ones.

The agent does what ACA-Py was measured to do: every offer makes a new exchange, a message it had queued is lost when it stops,
its webhooks come late, twice, in any order, or not at all. The wallet accepts what it is offered and stores what it is sent. The
ledger makes real receipts, an epoch after it was handed a commitment.

`Fate` ends a process: each call to an agent, the ledger or the database is a step, and from step `at` on nothing gets through.
"""

import copy
import random
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from agents.events import AgentEvent
from agents.records import AgentHealth, CredentialExchange, CredentialState, Invitation
from ledger.algorithms import Algorithm
from ledger.checkpoint import Checkpoint
from ledger.commitment import Commitment
from ledger.epoch import EpochTree, padded
from ledger.keys import KeyType, SigningKey
from ledger.log_proof import LogProof
from ledger.merkle import SHA256, MemoryTree
from ledger.notes import cosign, sign
from ledger.receipt import Receipt
from schemas.credential import bind_subject, without_proof
from schemas.errors import AgentError, LedgerError, NotFoundError, StateError
from schemas.keys import did_key, did_key_method
from storage import Database
from storage.clock import FixedClock
from verifier.proofs import sign_jcs


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Fate:
    """When a process ends: at its `at`th step, or never."""

    at: int | None = None
    steps: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def is_dead(self) -> bool:
        return self.at is not None and self.steps >= self.at

    def step(self, name: str) -> None:
        if self.is_dead:
            raise Killed(name)
        self.steps += 1
        self.names.append(name)
        if self.is_dead:
            raise Killed(name)


class MortalDatabase(Database):
    """A database whose process may end just before a transaction commits that changes something, or just after."""

    fate = Fate()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        changed: list[object] = []
        async with super().begin() as session:
            event.listen(session.sync_session, "after_flush", lambda *_: changed.append(True))
            yield session
            await session.flush()
            if changed:
                self.fate.step("commit")
        if changed:
            self.fate.step("committed")


READS = frozenset({"credential_exchange", "credential_exchanges", "receipts", "checkpoint", "health"})


class Mortal:
    """An agent or ledger as a process sees it that may end before a call, or after it, when the other side has acted on it."""

    def __init__(self, target: Any, fate: Fate) -> None:
        self._target, self._fate = target, fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*args: Any, **values: Any) -> Any:
            self._fate.step(f"before {name}")
            answer = await getattr(self._target, name)(*args, **values)
            if name not in READS:
                self._fate.step(f"after {name}")
            elif self._fate.is_dead:
                raise Killed(name)
            return answer

        return call


class Wallet:
    """The patient's wallet: what it was offered, what it stored, and whether it answers by itself."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.did = did_key(self.key.public_key().public_bytes_raw())
        self.answers = True
        self.acknowledges = True
        self.offers: list[str] = []
        self.stored: dict[str, list[dict[str, Any]]] = {}
        """By credential id, one entry for each exchange that delivered it."""
        self.problems: list[str] = []


class FakeAgent:
    """The hospital's agent, with the wallet on the other side of the wire."""

    def __init__(self, slug: str, clock: FixedClock) -> None:
        self.slug, self.clock = slug, clock
        self.key = Ed25519PrivateKey.generate()
        self.keys: dict[str, Ed25519PrivateKey] = {}
        """Of signers, by kid and by the verification method of their did:key."""
        self.wallet = Wallet()
        self.exchanges: dict[str, CredentialExchange] = {}
        self.events: list[AgentEvent] = []
        self.calls: list[str] = []
        self.down = False
        self.plugin = True
        self.database = True
        self.loses_messages = False
        self.slow_answers: set[str] = set()
        """Calls whose answer is lost although the agent acts."""

    async def require_plugin(self) -> None:
        self._reach("require_plugin")
        if not self.plugin:
            raise AgentError("agent.plugin_missing", "This agent runs without the medcred plugin.")

    async def aclose(self) -> None:
        self.calls.append("aclose")

    async def health(self) -> AgentHealth:
        self._reach("health")
        return AgentHealth(database=self.database, plugin_version="1", contexts=12)

    async def create_invitation(
        self, *, label: str, goal: str = "", handshake: bool = True, credential_exchange_id: str | None = None
    ) -> Invitation:
        self._reach("create_invitation")
        assert credential_exchange_id is not None
        self._exchange(credential_exchange_id)
        message = {"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": str(uuid.uuid4()), "label": label}
        self.wallet.offers.append(credential_exchange_id)
        return Invitation(invitation_id=message["@id"], url=f"http://agent.test?oob={message['@id']}", message=message)

    async def create_key(self, kid: str) -> str:
        self._reach("create_key")
        key = self.keys.setdefault(kid, Ed25519PrivateKey.generate())
        did = did_key(key.public_key().public_bytes_raw())
        self.keys[did_key_method(did)] = key
        return did.removeprefix("did:key:")

    async def sign(self, documents: Sequence[dict[str, Any]], *, verification_method: str) -> list[dict[str, Any]]:
        self._reach("sign")
        if any("unsignable" in str(document.get("id")) for document in documents):
            raise StateError("document.unsignable", "No.")
        signed = [
            sign_jcs(
                document,
                self.keys.get(verification_method, self.key),
                verification_method=verification_method,
                created=self.clock.now(),
            )
            for document in documents
        ]
        self._answer("sign")
        return signed

    async def offer(self, credential: dict[str, Any], *, connection_id: str | None = None) -> CredentialExchange:
        self._reach("offer")
        assert "id" not in credential["credentialSubject"], "the holder binds its own DID"
        assert "proof" not in credential
        exchange = CredentialExchange(
            id=str(uuid.uuid4()),
            state=CredentialState.OFFER_SENT,
            role="issuer",
            connection_id=connection_id,
            thread_id=str(uuid.uuid4()),
            holder_did=None,
            credential=copy.deepcopy(credential),
            error=None,
        )
        self._set(exchange)
        if connection_id and not self.loses_messages:
            self.wallet.offers.append(exchange.id)
        self._answer("offer")
        return exchange

    async def credential_exchange(self, exchange_id: str) -> CredentialExchange:
        self._reach("credential_exchange")
        return self._exchange(exchange_id)

    async def credential_exchanges(self, **filters: str) -> list[CredentialExchange]:
        self._reach("credential_exchanges")
        return [each for each in self.exchanges.values() if all(getattr(each, name) == value for name, value in filters.items())]

    async def issue(self, exchange_id: str, credential: dict[str, Any]) -> CredentialExchange:
        self._reach("issue")
        exchange = self._exchange(exchange_id)
        if exchange.state not in (CredentialState.REQUEST_RECEIVED, CredentialState.ISSUED):
            raise StateError("exchange.state", "Nothing was requested.")
        if exchange.state == CredentialState.ISSUED and exchange.credential != credential:
            raise StateError("exchange.state", "Another credential was issued.")
        if without_proof(credential) != without_proof(exchange.credential):
            raise StateError("credential.not_as_requested", "It differs.")
        self._set(replace(exchange, state=CredentialState.ISSUED, credential=copy.deepcopy(credential)))
        if not self.loses_messages:
            self._deliver(exchange_id, credential)
        self._answer("issue")
        return self.exchanges[exchange_id]

    async def abandon_credential(self, exchange_id: str, reason: str) -> None:
        self._reach("abandon_credential")
        self._set(replace(self._exchange(exchange_id), state=CredentialState.ABANDONED))
        self.wallet.problems.append(reason)
        if exchange_id in self.wallet.offers:
            self.wallet.offers.remove(exchange_id)

    async def delete_credential_exchange(self, exchange_id: str) -> None:
        self._reach("delete_credential_exchange")
        self._exchange(exchange_id)
        del self.exchanges[exchange_id]

    # The wallet's side.

    def accept(self, exchange_id: str, did: str | None = None) -> None:
        """The wallet asks for what it was offered, for its own DID or another."""
        self.wallet.offers.remove(exchange_id)
        exchange = self.exchanges.get(exchange_id)
        if exchange is None or exchange.state != CredentialState.OFFER_SENT:
            return
        did = did or self.wallet.did
        bound = bind_subject(exchange.credential, did)
        self._set(replace(exchange, state=CredentialState.REQUEST_RECEIVED, holder_did=did, credential=bound))

    def decline(self, exchange_id: str) -> None:
        """The wallet says no."""
        self.wallet.offers.remove(exchange_id)
        self._set(replace(self.exchanges[exchange_id], state=CredentialState.ABANDONED))

    def act(self) -> int:
        """The wallet answers every offer it has. Returns how many."""
        if not self.wallet.answers:
            return 0
        waiting = list(self.wallet.offers)
        for exchange_id in waiting:
            self.accept(exchange_id)
        return len(waiting)

    def _deliver(self, exchange_id: str, credential: dict[str, Any]) -> None:
        entries = self.wallet.stored.setdefault(credential["id"], [])
        entry = {"exchange": exchange_id, "credential": copy.deepcopy(credential)}
        if entry not in entries:
            entries.append(entry)
        if self.wallet.acknowledges:
            self._set(replace(self.exchanges[exchange_id], state=CredentialState.DONE))

    def _set(self, exchange: CredentialExchange) -> None:
        self.exchanges[exchange.id] = exchange
        self.events.append(
            AgentEvent(
                agent=self.slug,
                wallet_id="",
                topic="issue_credential_v2_0",
                record_id=exchange.id,
                state=exchange.state,
                connection_id=exchange.connection_id or "",
            )
        )

    def _exchange(self, exchange_id: str) -> CredentialExchange:
        if exchange_id not in self.exchanges:
            raise NotFoundError("exchange.unknown", "The agent knows no such exchange.")
        return self.exchanges[exchange_id]

    def _reach(self, call: str) -> None:
        self.calls.append(call)
        if self.down:
            raise AgentError("agent.unreachable", "The agent does not answer.")

    def _answer(self, call: str) -> None:
        if call in self.slow_answers:
            self.slow_answers.remove(call)
            raise AgentError("agent.timeout", "The agent did not answer in time.")


class FakeLedger:
    """A ledger of one log and one witness: real commitments in, real receipts out an epoch later."""

    EPOCH = timedelta(seconds=10)

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.log_key = SigningKey("ledger.test", KeyType.NOTE, Ed25519PrivateKey.generate())
        self.witness_key = SigningKey("witness.test", KeyType.COSIGNATURE, Ed25519PrivateKey.generate())
        self.signs_with = self.log_key
        self.waiting: dict[bytes, Any] = {}
        self.submitted: list[bytes] = []
        self.entries: list[bytes] = []
        self.ready: dict[bytes, Receipt] = {}
        self.down = False

    async def submit(self, commitments: Sequence[Commitment]) -> None:
        self._reach()
        for commitment in commitments:
            self.submitted.append(commitment.digest)
            if commitment.digest not in self.ready:
                self.waiting.setdefault(commitment.digest, self.clock.now())

    async def receipts(self, commitments: Sequence[Commitment]) -> dict[bytes, Receipt]:
        self._reach()
        due = [digest for digest, at in self.waiting.items() if at + self.EPOCH <= self.clock.now()]
        if due:
            self._seal(due)
        return {one.digest: self.ready[one.digest] for one in commitments if one.digest in self.ready}

    async def checkpoint(self) -> str:
        self._reach()
        return str(self._note())

    async def consistency(self, old: int, new: int) -> list[bytes]:
        raise NotImplementedError

    def forget(self) -> None:
        """Lose what was handed in and is not in an epoch yet."""
        self.waiting.clear()

    def _seal(self, digests: list[bytes]) -> None:
        leaves, _ = padded(digests, random.randbytes)
        tree = EpochTree(Algorithm.SHA_256, leaves)
        self.entries.append(tree.entry())
        log = MemoryTree(SHA256, self.entries)
        position = len(self.entries) - 1
        proof = LogProof(position, tuple(log.inclusion(position)), self._note())
        for digest in digests:
            del self.waiting[digest]
            self.ready[digest] = Receipt("tlog", Algorithm.SHA_256, tree.proof(leaves.index(digest)), proof)

    def _note(self) -> Any:
        log = MemoryTree(SHA256, self.entries)
        body = Checkpoint("ledger.test", len(self.entries), log.root()).body()
        return sign(body, self.signs_with).with_signatures([cosign(body, self.witness_key, self.clock.now())])

    def _reach(self) -> None:
        if self.down:
            raise LedgerError("ledger.unreachable", "The ledger does not answer.")
