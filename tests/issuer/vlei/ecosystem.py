"""A rehearsal for tests, in memory: `with small_ecosystem() as world: world.export("hk.le")`.

Any room's tests may use it; under a second for one key and no witnesses. Build it once a module.

    world.root, world.geda            what a verifier pins
    world.export("hk.le")             the hospital's chain;  "dr-chan.ecr", "officer.oor", "hk.binding", "dr-chan.binding"
    world.did, world.key              the hospital's did:web, and the key of it that is bound
    world.sandbox                     everything else: rotate, revoke, issue what is wrong
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuer.vlei import ecosystem, sandbox
from issuer.vlei.binding import bound_multikey, key_statement
from issuer.vlei.documents import SchemaDocuments
from issuer.vlei.sandbox import Sandbox
from issuer.vlei.state import Credential
from schemas.keys import did_key, encode_multikey
from storage.clock import FixedClock
from verifier.proofs import sign_jcs

HOSPITAL_LEI = "984500HKTESTHOSP0164"
HOSPITAL_DID = "did:web:localhost%3A8101:hospitals:hk"
PERSON = "CANARY-NAME-7Q4X"
ROLE = "Medical Records Issuing Officer"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
# keripy syncs every write to its disk.
MEMORY = Path("/dev/shm")


class World:
    """An ecosystem with a hospital, a doctor, an officer and their bindings."""

    def __init__(self, opened: Sandbox, clock: FixedClock, lei: str, did: str, key: Ed25519PrivateKey) -> None:
        self.sandbox, self.clock, self.lei, self.did, self.key = opened, clock, lei, did, key
        self.doctor_key = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
        self.doctor_did = did_key(self.doctor_key.public_key().public_bytes_raw())

    @property
    def root(self) -> str:
        return self.aid(ecosystem.ROOT)

    @property
    def geda(self) -> str:
        return self.aid(ecosystem.GEDA)

    def aid(self, name: str) -> str:
        return self.sandbox.party(name).aid

    def export(self, name: str) -> bytes:
        return self.sandbox.export(name)

    def bind_hospital(self) -> Credential:
        public = encode_multikey(self.key.public_key().public_bytes_raw())
        return ecosystem.bind(self.sandbox, "hk", [self.did], [bound_multikey(f"{self.did}#key-1", public)])

    def statement(self, aid: str) -> dict[str, object]:
        """The doctor's did:key says yes to an AID."""
        method = f"{self.doctor_did}#{self.doctor_did.removeprefix('did:key:')}"
        return sign_jcs(key_statement(aid, self.doctor_did), self.doctor_key, verification_method=method, created=NOW)

    def bind_doctor(self) -> Credential:
        statement = self.statement(self.aid("dr-chan"))
        return ecosystem.bind(self.sandbox, "dr-chan", [self.doctor_did], [], statements=[statement])


@contextmanager
def memory_folder() -> Iterator[Path]:
    """An empty folder that no disk slows down, where there is one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@contextmanager
def small_ecosystem(
    *,
    keys: int = 1,
    witnesses: int = 0,
    lei: str = HOSPITAL_LEI,
    did: str = HOSPITAL_DID,
    key: Ed25519PrivateKey | None = None,
    documents: SchemaDocuments | None = None,
    now: datetime = NOW,
) -> Iterator[World]:
    """The whole ecosystem: hospital `hk`, doctor `dr-chan` (by the hospital), `dr-lee` (through the QVI), `officer`.

    Args:
        keys: of everybody but the people.
        witnesses: of everybody.
        lei: the hospital's.
        did: the hospital's.
        key: of the method `#key-1` of that DID.
        documents: the published schemas.
        now: when everything is issued.
    """
    clock = FixedClock(now)
    key = key or Ed25519PrivateKey.from_private_bytes(b"h" * 32)
    with memory_folder() as folder, sandbox.create(folder, witnesses=witnesses, documents=documents, clock=clock) as opened:
        ecosystem.found(opened, keys=keys)
        ecosystem.admit_hospital(opened, "hk", lei, keys=keys)
        ecosystem.engage(opened, "dr-chan", "hk", person=PERSON, role=ROLE)
        ecosystem.engage(opened, "dr-lee", "hk", person=PERSON, role=ROLE, through_qvi=True)
        ecosystem.appoint(opened, "officer", "hk", person=PERSON, role="Chief Executive")
        world = World(opened, clock, lei, did, key)
        world.bind_hospital()
        world.bind_doctor()
        yield world
