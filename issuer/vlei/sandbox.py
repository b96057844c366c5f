"""A rehearsal in a folder: parties with AIDs, credentials between them, and each step of their lives, one call a step.

This layer knows KERI and ACDC, not the rules of vLEI: it issues whatever it is asked to, wrong chains included, because somebody
must be able to show a verifier those. `issuer.vlei.ecosystem` does what the vLEI framework says.

Every step is known by a name and can be repeated: what stands already is returned.

All that is done while a rehearsal is open becomes valid at once when it is closed. An error, or the end of the process, leaves
the folder as it was: keripy writes one step in many small pieces, and none of them may stay without the others.
"""

import re
import secrets
import shutil
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
_SCHEMAS, _STORE = "schemas", "keripy-"
_PRIVATE = frozenset({CredentialKind.ECR})
_NONCE_BYTES = 16


class Sandbox:
    """An open rehearsal. Made by `create` and `reopen`."""

    def __init__(
        self,
        store: "KeriStore",
        state: State,
        documents: SchemaDocuments,
        clock: Clock | None,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.documents = documents
        self._store, self._state = store, state
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
        aid = self._store.incept(name, majority(keys), keys=keys, witnesses=self._state.witnesses, delegator=above)
        return self._put_party(Party(name=name, aid=aid, keys=keys, delegator=delegator))

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
        record = self._store.issue(party.aid, party.registry, document["d"], at)
        text = acdc.raw(document).decode()
        return self._put_credential(
            Credential(name=name, kind=kind, said=document["d"], issuer=issuer, holder=holder, text=text, record=record)
        )

    def revoke(self, name: str) -> Credential:
        """Revoke a credential; one that is revoked already stays as it is."""
        credential = self.credential(name)
        if credential.revoked_at:
            return credential
        issuer, at = self.party(credential.issuer), self._now()
        self._store.revoke(issuer.aid, issuer.registry, credential.said, at)
        return self._put_credential(credential.model_copy(update={"revoked_at": at}))

    def rotate(self, name: str) -> "Event":
        """Change a party's keys; its delegator seals that. The event that did it."""
        self._store.rotate(self.party(name).aid)
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

    def _with_registry(self, name: str) -> Party:
        party = self.party(name)
        if party.registry:
            return party
        return self._put_party(party.model_copy(update={"registry": self._store.create_registry(party.aid, self._nonce())}))

    def _put_party(self, party: Party) -> Party:
        self._state.parties[party.name] = party
        return party

    def _put_credential(self, credential: Credential) -> Credential:
        self._state.credentials[credential.name] = credential
        return credential

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
        FormatError: `vlei.witnesses`, `vlei.folder`.
        UnavailableError: `vlei.sandbox_busy`.
        SetupError: `vlei.keripy_missing`, `vlei.libsodium_missing`.
    """
    if not 0 <= witnesses <= MAX_WITNESSES:
        raise FormatError("vlei.witnesses", f"A rehearsal has 0 to {MAX_WITNESSES} witnesses.", "Choose fewer.")
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FormatError("vlei.folder", f"The folder {folder} cannot be made.", "Choose another --dir.") from error
    with working_in(folder):
        if (folder / FILE).exists():
            raise StateError("vlei.sandbox_exists", f"There is a rehearsal in {folder} already.", "Choose another --dir.")
        documents = documents or SchemaDocuments({})
        documents.save(folder / _SCHEMAS)
        state = State()
        with _next_generation(folder, state) as store:
            # A dot, so that no party has such a name.
            state.witnesses += [store.incept_witness(f"witness.{number}") for number in range(1, witnesses + 1)]
            yield Sandbox(store, state, documents, clock, random_bytes)


@contextmanager
def reopen(
    folder: Path, *, clock: Clock | None = None, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> Iterator[Sandbox]:
    """Go on with the rehearsal in a folder.

    Raises:
        NotFoundError: `vlei.no_sandbox`.
        FormatError: `vlei.sandbox_damaged`, `vlei.store_damaged`.
        UnavailableError, SetupError: as `create`.
    """
    folder = folder.resolve()
    read_state(folder)
    with working_in(folder):
        state = read_state(folder)
        documents = read_folder(folder / _SCHEMAS) if any((folder / _SCHEMAS).glob("*.json")) else SchemaDocuments({})
        with _next_generation(folder, state) as store:
            if any(store.aid(party.name) != party.aid for party in state.parties.values()):
                raise FormatError(
                    "vlei.store_damaged",
                    f"The keys in {folder} are not those of its {FILE}.",
                    "Begin a new rehearsal in another folder.",
                )
            yield Sandbox(store, state, documents, clock, random_bytes)


@contextmanager
def _next_generation(folder: Path, state: State) -> Iterator["KeriStore"]:
    """Work on a copy of the databases, which becomes the valid one with `state` when nothing went wrong."""
    current, following = (folder / f"{_STORE}{number}" for number in (state.generation, state.generation + 1))
    for left_over in folder.glob(f"{_STORE}*"):
        if left_over != current:
            shutil.rmtree(left_over)
    if current.exists():
        shutil.copytree(current, following)
    else:
        following.mkdir()
    store = open_store(following)
    try:
        yield store
    finally:
        store.close()
    state.generation += 1
    state.save(folder)
    shutil.rmtree(current, ignore_errors=True)


def majority(keys: int) -> str | list[str]:
    """The threshold by which more than half of the keys must sign: weights of equal keys that add up to one."""
    return "1" if keys == 1 else [f"1/{keys // 2 + 1}"] * keys


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"
