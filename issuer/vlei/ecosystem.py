"""The vLEI ecosystem in a rehearsal: who issues what to whom, as the vLEI framework has it.

    root ─ delegates ─ geda ─ delegates ─ qvi          geda ── QVI credential ──▶ qvi
    qvi ── LE ──▶ hospital                             the hospital's LEI
    hospital ── ECR ──▶ doctor                         a role in an engagement, by the hospital itself
    hospital ── ECR-AUTH ──▶ qvi ── ECR ──▶ doctor     the same, through the QVI
    hospital ── OOR-AUTH ──▶ qvi ── OOR ──▶ officer    an official role
    hospital, doctor ── binding                        the DIDs and keys that are theirs (our own schema)

`root` stands for GLEIF's Root, `geda` for GLEIF External. Real vLEIs come from a QVI that GLEIF has qualified; nothing made here
is accepted by a verifier that pins GLEIF's production root.

Each step can be repeated. One that stands with the same content is returned; one with other content must be revoked first; after
a revocation a new one is issued, with a number behind its name. A person has one name for each engagement.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from issuer.vlei.acdc import Edge
from issuer.vlei.binding import BoundKey, check_key_statement
from issuer.vlei.kinds import CredentialKind
from issuer.vlei.sandbox import Sandbox
from issuer.vlei.state import Credential
from schemas.errors import InputError, StateError
from verifier.identity.did_document import did_of_method
from verifier.identity.lei import require_lei

ROOT, GEDA, QVI = "root", "geda", "qvi"
# Made up: no LEI issuer has the prefix, and the check digits fit.
QVI_LEI = "984500SANDBOXQVI0141"
_GRACE_DAYS = 90


def found(sandbox: Sandbox, *, keys: int = 1, qvi_lei: str = QVI_LEI) -> Credential:
    """The three that stand above every hospital, and the credential by which the QVI is one.

    Args:
        sandbox: without parties, or founded in the same way.
        keys: of each of the three.
        qvi_lei: the LEI of the QVI itself.

    Raises:
        FormatError: `lei.malformed`.
    """
    require_lei(qvi_lei)
    sandbox.create_party(ROOT, keys=keys)
    sandbox.create_party(GEDA, keys=keys, delegator=ROOT)
    sandbox.create_party(QVI, keys=keys, delegator=GEDA)
    return _issue(sandbox, CredentialKind.QVI, GEDA, QVI, {"LEI": qvi_lei, "gracePeriod": _GRACE_DAYS})


def admit_hospital(sandbox: Sandbox, name: str, lei: str, *, keys: int = 1) -> Credential:
    """A hospital with its legal entity credential, issued by the QVI.

    Args:
        sandbox: founded.
        name: of the party; it is made when there is none.
        lei: of the hospital.
        keys: of a party that is made.

    Raises:
        FormatError: `lei.malformed`.
        StateError: `vlei.stands`, `vlei.does_not_stand`.
    """
    require_lei(lei)
    above = standing(sandbox, QVI, CredentialKind.QVI)
    _party(sandbox, name, keys)
    return _issue(sandbox, CredentialKind.LE, QVI, name, {"LEI": lei}, _edge("qvi", above))


def engage(
    sandbox: Sandbox, name: str, hospital: str, *, person: str, role: str, through_qvi: bool = False, keys: int = 1
) -> Credential:
    """A person with a role in an engagement: who may sign which records for the hospital.

    Args:
        sandbox: founded.
        name: of the person's party; it is made when there is none.
        hospital: party with a legal entity credential that stands.
        person: legal name.
        role: the engagement context role.
        through_qvi: the hospital authorises the QVI to issue, instead of issuing itself.
        keys: of a party that is made.

    Raises:
        StateError: `vlei.stands`, `vlei.does_not_stand`.
    """
    entity = standing(sandbox, hospital, CredentialKind.LE)
    aid = _party(sandbox, name, keys)
    said = {"LEI": _lei(entity), "personLegalName": person, "engagementContextRole": role}
    if not through_qvi:
        return _issue(sandbox, CredentialKind.ECR, hospital, name, said, _edge("le", entity))
    allowed = _issue(sandbox, CredentialKind.ECR_AUTH, hospital, QVI, {"AID": aid, **said}, _edge("le", entity), about=name)
    return _issue(sandbox, CredentialKind.ECR, QVI, name, said, _edge("auth", allowed, "I2I"))


def appoint(sandbox: Sandbox, name: str, hospital: str, *, person: str, role: str, keys: int = 1) -> Credential:
    """A person with an official role, through the QVI; arguments and errors as `engage`."""
    entity = standing(sandbox, hospital, CredentialKind.LE)
    aid = _party(sandbox, name, keys)
    said = {"LEI": _lei(entity), "personLegalName": person, "officialRole": role}
    allowed = _issue(sandbox, CredentialKind.OOR_AUTH, hospital, QVI, {"AID": aid, **said}, _edge("le", entity), about=name)
    return _issue(sandbox, CredentialKind.OOR, QVI, name, said, _edge("auth", allowed, "I2I"))


def bind(
    sandbox: Sandbox,
    name: str,
    dids: Sequence[str],
    keys: Collection[BoundKey],
    *,
    statements: Sequence[Mapping[str, Any]] = (),
) -> Credential:
    """A hospital's, or an engaged person's, binding of the DIDs and keys that are theirs.

    A did:web document can link back to the AID; a did:key has no document of its own, so for each one a statement signed by that
    key is required (`issuer.vlei.binding`), and its key is taken from there.

    Args:
        sandbox: founded.
        name: party with an LE credential, or with an ECR credential, that stands.
        dids: at least one.
        keys: verification methods of these DIDs.
        statements: signed key statements about this party's AID.

    Raises:
        InputError: `vlei.key_of_other_did`, `vlei.no_key`, `vlei.no_statement`.
        FormatError: `vlei.key_statement`, one that does not hold.
        StateError: `vlei.stands`, `vlei.does_not_stand`.
        RecordError: `vlei.schema`.
    """
    party = sandbox.party(name)
    proved = [check_key_statement(statement, party.aid) for statement in statements]
    together = sorted({*keys, *proved}, key=lambda key: key.id)
    of = {did_of_method(key.id) for key in together}
    if of - set(dids):
        raise InputError("vlei.key_of_other_did", "A key is of a DID that is not among those to bind.", "Name that DID as well.")
    if set(dids) - of:
        raise InputError("vlei.no_key", "One of the DIDs has no key in the binding.", "Name a verification method of each DID.")
    if any(did.startswith("did:key:") for did in set(dids) - {did_of_method(key.id) for key in proved}):
        raise InputError(
            "vlei.no_statement",
            "A did:key is bound only with a statement that its key has signed.",
            "Have the key sign the statement of this AID, and name the file.",
        )
    hospital = find_standing(sandbox, name, CredentialKind.LE)
    above = hospital or standing(sandbox, name, CredentialKind.ECR)
    content = {"LEI": _lei(above), "ids": list(dids), "keys": [{"id": key.id, "jkt": key.jkt} for key in together]}
    return _issue(sandbox, CredentialKind.BINDING, name, "", content, _edge("le" if hospital else "ecr", above))


def find_standing(sandbox: Sandbox, name: str, kind: CredentialKind) -> Credential | None:
    """The credential of a kind that a party holds (a binding: that it issued) and that is not revoked."""
    series = f"{name}.{kind}"
    return next(
        (found for key, found in sandbox.credentials.items() if found.stands and _series(key) == series),
        None,
    )


def standing(sandbox: Sandbox, name: str, kind: CredentialKind) -> Credential:
    """As `find_standing`.

    Raises:
        NotFoundError: `vlei.party_unknown`.
        StateError: `vlei.does_not_stand`, there is none.
    """
    found = find_standing(sandbox, sandbox.party(name).name, kind)
    if not found:
        raise StateError(
            "vlei.does_not_stand",
            f"{name} has no {kind} credential that stands.",
            "Issue that one first: medcred vlei sandbox issue --help",
        )
    return found


def _issue(
    sandbox: Sandbox,
    kind: CredentialKind,
    issuer: str,
    holder: str,
    attributes: Mapping[str, Any],
    edge: Edge | None = None,
    *,
    about: str = "",
) -> Credential:
    # Named after the holder; an authorisation, which the QVI holds, after the person it is about; a binding after its issuer.
    owner = about or holder or issuer
    known = find_standing(sandbox, owner, kind)
    if not known:
        series = f"{owner}.{kind}"
        before = sum(_series(name) == series for name in sandbox.credentials)
        name = f"{series}.{before + 1}" if before else series
        return sandbox.issue(name, kind, issuer, attributes, holder=holder, edge=edge)
    document = json.loads(known.text)
    same = {name: value for name, value in document["a"].items() if name not in ("d", "u", "i", "dt")} == attributes
    if known.issuer != issuer or not same or document.get("e") != (edge.block() if edge else None):
        raise StateError(
            "vlei.stands",
            f"{known.name} stands and says something else.",
            f"Revoke it first: medcred vlei sandbox revoke {known.name}",
        )
    return known


def _party(sandbox: Sandbox, name: str, keys: int) -> str:
    known = sandbox.parties.get(name)
    return (known or sandbox.create_party(name, keys=keys)).aid


def _edge(name: str, to: Credential, operator: str = "") -> Edge:
    return Edge(name, to.said, json.loads(to.text)["s"], operator)


def _series(name: str) -> str:
    """The name of a credential without its number: `hk.le.2` is of the series `hk.le`."""
    return ".".join(name.split(".")[:2])


def _lei(credential: Credential) -> str:
    lei: str = json.loads(credential.text)["a"]["LEI"]
    return lei
