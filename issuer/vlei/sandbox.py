"""A rehearsal in a folder: parties with AIDs, credentials between them, and each step of their lives, one call a step.

This layer knows KERI and ACDC, not the rules of vLEI: it issues whatever it is asked to, wrong chains included, because somebody
must be able to show a verifier those. `issuer.vlei.ecosystem` does what the vLEI framework says.

Every step is known by a name and can be repeated: what stands already is returned. A step that a crash cut short is ended when
the folder is opened again.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from issuer.vlei import acdc
from issuer.vlei.documents import SchemaDocuments, read_folder
from issuer.vlei.kinds import FORMS, CredentialKind
from issuer.vlei.loading import open_store
from issuer.vlei.state import FILE, Credential, Party, State, read_state, working_in
from issuer.vlei.stream import write_stream
from schemas.errors import FormatError, NotFoundError, StateError
from verifier.identity.lei.source import Clock
from verifier.identity.vlei.codes import encode

if TYPE_CHECKING:
    from issuer.vlei.keripy import Event, KeriStore

MAX_KEYS = MAX_WITNESSES = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SCHEMAS = "schemas"
_PRIVATE = frozenset({CredentialKind.ECR})
_NONCE_BYTES = 16


class Sandbox:
    """An open rehearsal. Made by `create` and `reopen`."""

    def __init__(
        self,
        folder: Path,
        store: "KeriStore",
        state: State,
        documents: SchemaDocuments,
        clock: Clock | None,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.documents = documents
        self._folder, self._store, self._state = folder, store, state
        self._clock, self._random_bytes = clock, random_bytes

    @property
    def parties(self) -> Mapping[str, Party]:
        """Who has an AID here, in the order in which they came."""
        return self._state.parties

    @property
    def credentials(self) -> Mapping[str, Credential]:
        """What was issued here, revoked or not, in order."""
        return self._state.credentials

    def party(self, name: str) -> Party:
        """Raises NotFoundError `vlei.party_unknown`."""
        if name not in self.parties:
            raise NotFoundError(
                "vlei.party_unknown", f"There is no party {name} in this rehearsal.", f"There are: {_list(self.parties)}."
            )
        return self.parties[name]

    def credential(self, name: str) -> Credential:
        """Raises NotFoundError `vlei.credential_unknown`."""
        if name not in self.credentials:
            raise NotFoundError(
                "vlei.credential_unknown",
                f"There is no credential {name} in this rehearsal.",
                f"There are: {_list(self.credentials)}.",
            )
        return self.credentials[name]

    def create_party(self, name: str, *, keys: int = 1, delegator: str = "") -> Party:
        """A party with a new AID, delegated when `delegator` names a party; a majority of its keys must sign.

        Raises:
            FormatError: `vlei.name`, `vlei.keys`.
            StateError: `vlei.party_differs`, there is one of that name with other keys or another delegator.
        """
        if known := self.parties.get(name):
            if (known.keys, known.delegator) != (keys, delegator):
                raise StateError(
                    "vlei.party_differs",
                    f"There is a party {name} already, with other keys or another delegator.",
                    "Choose another name.",
                )
            return known
        if not _NAME.fullmatch(name):
            raise FormatError(
                "vlei.name", "A name has 1 to 40 small letters, digits and hyphens.", "For example: harbour-hospital"
            )
        if not 1 <= keys <= MAX_KEYS:
            raise FormatError("vlei.keys", f"An AID in a rehearsal has 1 to {MAX_KEYS} keys.", "Choose fewer.")
        above = self.party(delegator).aid if delegator else ""
        # After a crash the AID may be there without its row.
        aid = self._store.aid(name) or self._store.incept(
            name, majority(keys), keys=keys, witnesses=self._state.witnesses, delegator=above
        )
        self._store.settle(aid)
        party = Party(name=name, aid=aid, keys=keys, delegator=delegator, registry_nonce=self._nonce())
        self._put_party(party)
        return party

    def issue(
        self,
        name: str,
        kind: CredentialKind,
        issuer: str,
        attributes: Mapping[str, Any],
        *,
        holder: str = "",
        edge: acdc.Edge | None = None,
    ) -> Credential:
        """Issue a credential, or return the one of that name.

        Args:
            name: how this rehearsal knows it.
            kind: decides schema and rules.
            issuer: party.
            attributes: of the kind, besides issuee and time.
            holder: party; empty for an untargeted credential.
            edge: to the credential it is chained to.

        Raises:
            RecordError: `vlei.schema`, it would not follow its schema.
        """
        if name in self.credentials:
            return self.credentials[name]
        party = self._with_registry(issuer)
        at = self._now()
        document = acdc.write(
            schema=FORMS[kind].schema,
            issuer=party.aid,
            registry=party.registry,
            attributes=attributes,
            issued_at=at,
            issuee=self.party(holder).aid if holder else "",
            edge=edge,
            rules=acdc.binding_rules() if kind is CredentialKind.BINDING else self.documents.rules(kind),
            nonces=(self._nonce(), self._nonce()) if kind in _PRIVATE else None,
        )
        self.documents.check(kind, document)
        credential = Credential(
            name=name,
            kind=kind,
            said=document["d"],
            issuer=issuer,
            holder=holder,
            text=acdc.raw(document).decode(),
            issued_at=at,
        )
        self._put_credential(credential)
        return self._record(credential)

    def revoke(self, name: str) -> Credential:
        """Revoke a credential; one that is revoked already stays as it is."""
        credential = self.credential(name)
        if not credential.revoked_at:
            credential = credential.model_copy(update={"revoked_at": self._now()})
            self._put_credential(credential)
        return self._record(credential)

    def rotate(self, name: str) -> "Event":
        """Change a party's keys; its delegator seals that. The event that did it."""
        aid = self.party(name).aid
        self._store.rotate(aid)
        self._store.settle(aid)
        return self.established(name)

    def established(self, name: str) -> "Event":
        """The event that gave a party the keys it has now."""
        return self._store.established(self.party(name).aid)

    def answer(self, name: str, challenge: bytes) -> str:
        """Show that one is a party: its present keys sign what a verifier chose. Indexed signatures, CESR text (`-AAB…`)."""
        return self._store.sign(self.party(name).aid, challenge)

    def export(self, name: str, *, with_root: bool = True) -> bytes:
        """All that a verifier needs to judge a credential, as one CESR stream: see `issuer.vlei.stream`."""
        return write_stream(self._store, self._state, self.credential(name), with_root=with_root)

    def log(self, name: str) -> bytes:
        """The key event log of one party, as a CESR stream."""
        return self._store.log(self.party(name).aid)

    def resume(self) -> None:
        """End what a process before this one began."""
        for party in self.parties.values():
            self._store.settle(party.aid)
        for credential in list(self.credentials.values()):
            self._record(credential)

    def _with_registry(self, name: str) -> Party:
        party = self.party(name)
        if not party.registry:
            party = party.model_copy(update={"registry": self._store.create_registry(party.aid, party.registry_nonce)})
            self._put_party(party)
        return party

    def _record(self, credential: Credential) -> Credential:
        issuer = self.party(credential.issuer)
        known = credential
        if not credential.record:
            record = self._store.issue(issuer.aid, issuer.registry, credential.said, credential.issued_at)
            credential = credential.model_copy(update={"record": record})
        if credential.revoked_at and not credential.revocation:
            revocation = self._store.revoke(issuer.aid, issuer.registry, credential.said, credential.revoked_at)
            credential = credential.model_copy(update={"revocation": revocation})
        if credential is not known:
            self._put_credential(credential)
        return credential

    def _put_party(self, party: Party) -> None:
        self._state.parties[party.name] = party
        self._state.save(self._folder)

    def _put_credential(self, credential: Credential) -> None:
        self._state.credentials[credential.name] = credential
        self._state.save(self._folder)

    def _now(self) -> str:
        now = self._clock.now() if self._clock else datetime.now(UTC)
        return now.astimezone(UTC).isoformat(timespec="microseconds")

    def _nonce(self) -> str:
        return encode("0A", self._random_bytes(_NONCE_BYTES))


@contextmanager
def create(
    folder: Path,
    *,
    witnesses: int = 0,
    documents: SchemaDocuments | None = None,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Iterator[Sandbox]:
    """Begin a rehearsal in a folder that has none.

    Args:
        folder: made when it is not there.
        witnesses: how many receipt every event of everybody, 0 to 5.
        documents: the published schemas; without them credentials carry the SAID of their rules.
        clock: the machine's when not given.
        random_bytes: for the nonces. keripy makes the keys, from the system's randomness.

    Raises:
        StateError: `vlei.sandbox_exists`.
        FormatError: `vlei.witnesses`.
        UnavailableError: `vlei.sandbox_busy`.
        SetupError: `vlei.keripy_missing`, `vlei.libsodium_missing`.
    """
    if not 0 <= witnesses <= MAX_WITNESSES:
        raise FormatError("vlei.witnesses", f"A rehearsal has 0 to {MAX_WITNESSES} witnesses.", "Choose fewer.")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with working_in(folder):
        if (folder / FILE).exists() and read_state(folder).parties:
            raise StateError("vlei.sandbox_exists", f"There is a rehearsal in {folder} already.", "Choose another --dir.")
        store = open_store(folder)
        try:
            state = State(witnesses=[store.aid(name) or store.incept_witness(name) for name in _witness_names(witnesses)])
            if documents:
                documents.save(folder / _SCHEMAS)
            state.save(folder)
            yield Sandbox(folder, store, state, documents or SchemaDocuments({}), clock, random_bytes)
        finally:
            store.close()


@contextmanager
def reopen(
    folder: Path, *, clock: Clock | None = None, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> Iterator[Sandbox]:
    """Go on with the rehearsal in a folder.

    Raises:
        NotFoundError: `vlei.no_sandbox`.
        FormatError: `vlei.sandbox_damaged`.
        UnavailableError, SetupError: as `create`.
    """
    folder = folder.resolve()
    read_state(folder)
    with working_in(folder):
        state = read_state(folder)
        documents = read_folder(folder / _SCHEMAS) if (folder / _SCHEMAS).is_dir() else SchemaDocuments({})
        store = open_store(folder)
        try:
            sandbox = Sandbox(folder, store, state, documents, clock, random_bytes)
            sandbox.resume()
            yield sandbox
        finally:
            store.close()


def majority(keys: int) -> str | list[str]:
    """The threshold by which more than half of the keys must sign: weights of equal keys that add up to one."""
    return "1" if keys == 1 else [f"1/{keys // 2 + 1}"] * keys


def _witness_names(count: int) -> list[str]:
    # A dot, so that no party has such a name.
    return [f"witness.{number}" for number in range(1, count + 1)]


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"
