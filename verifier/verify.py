"""Judge a document: a credential, a presentation, or a carried record.

    verify        a JSON value, the evidence at hand, a policy, a time → a verdict; pure, no input or output
    verify_file   a file or its bytes; gathers what it may (`verifier.gather`), then `verify`

The checks are a list; each is a small function in `verifier.checks` or `verifier.ledger_check`. For a credential, in order:

    well_formed, context            it can be read, in words that are known
    issuer_key, signature           the issuer signed exactly this
    schema                          the content has the form of its type
    trust_list, issuer_trusted, issuer_lei, record_type_allowed      a hospital that may say so
    issuer_vlei, issuer_binding, issuer_certificate                  by which roads it is that hospital
    signer_role                     a person or service with the role that the record names
    validity, status                in force, and not taken back
    ledger, log_consistent          the ledger witnessed exactly this, and has not been rewritten
    attachments, holder             the files beside it; who brought it

Once the form is broken, or the issuer's signature does not hold, nothing further is looked at and nothing of the document is
shown. Around credentials a presentation has its own list; when its signature does not hold the credentials in it are not
looked at.

Nothing in a document raises. Only what is no JSON at all, or too large, is a FormatError.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verifier.carried import CarriedRecord, is_carried, read_carried
from verifier.checks.attachments import attachments
from verifier.checks.form import context, well_formed
from verifier.checks.identity import issuer_binding, issuer_certificate, issuer_vlei, proved_by
from verifier.checks.issuer import issuer_lei, issuer_trusted, record_type_allowed, trust_list
from verifier.checks.presentation import (
    challenge,
    clock,
    consent,
    credentials_of,
    domain,
    holder,
    presenter,
    request,
    signer,
)
from verifier.checks.schema import schema
from verifier.checks.signature import issuer_key, presentation_signature, signature
from verifier.checks.signer import named_signer, shown_signer, signer_role
from verifier.checks.status import status
from verifier.checks.validity import validity
from verifier.documents import DuplicateMemberError, did_of, read_document, types_of
from verifier.evidence import Evidence
from verifier.examination import Examination, Form
from verifier.ledger_check import ledger, log_consistent
from verifier.policy import CARRIED_FILE, Policy
from verifier.verdict import Check, Finding, Issuer, Result, Verdict, Weight, fold

if TYPE_CHECKING:
    from verifier.cache import Shelf
    from verifier.gather import Reach
    from verifier.identity.trust import TrustList
    from verifier.identity.trusted import TrustedIssuer

type CheckFunction = Callable[[Examination], Check]

MAX_CREDENTIALS = 32

# What must hold before anything of a credential is believed or shown, and what is asked after that.
SEAL: dict[str, CheckFunction] = {
    "well_formed": well_formed,
    "context": context,
    "issuer_key": issuer_key,
    "signature": signature,
}
CREDENTIAL: dict[str, CheckFunction] = {
    "schema": schema,
    "trust_list": trust_list,
    "issuer_trusted": issuer_trusted,
    "issuer_lei": issuer_lei,
    "issuer_vlei": issuer_vlei,
    "issuer_binding": issuer_binding,
    "issuer_certificate": issuer_certificate,
    "signer_role": signer_role,
    "record_type_allowed": record_type_allowed,
    "validity": validity,
    "status": status,
    "ledger": ledger,
    "log_consistent": log_consistent,
    "attachments": attachments,
    "holder": holder,
}
PRESENTATION_SEAL: dict[str, CheckFunction] = {
    "well_formed": well_formed,
    "context": context,
    "holder": presenter,
    "signature": presentation_signature,
}
PRESENTATION: dict[str, CheckFunction] = {"challenge": challenge, "domain": domain, "consent": consent}
LIVE: dict[str, CheckFunction] = {"clock": clock, **PRESENTATION, "request": request}


def verify(document: Any, evidence: Evidence, policy: Policy, at: datetime) -> Verdict:
    """Judge one document.

    Args:
        document: the JSON value; it is not changed.
        evidence: what is at hand besides it.
        policy: what is accepted.
        at: the time at which it is judged, with time zone UTC.

    Returns:
        The verdict; never raises for what is in a document.
    """
    examined = Examination(document if isinstance(document, dict) else {}, evidence, policy, at)
    if is_carried(examined.document):
        carried = read_carried(examined.document)
        if isinstance(carried, CarriedRecord):
            return _judge_carried(carried, examined)
        return _verdict(examined, [examined.found("well_formed", "well_formed.malformed", path=carried)], [])
    types = types_of(examined.document)
    if "VerifiableCredential" in types:
        return _verdict(examined, *_credential(examined))
    if "VerifiablePresentation" in types:
        return _presentation(examined)
    return _verdict(examined, [examined.found("well_formed", "well_formed.not_recognised")], [])


def verify_file(
    source: Path | bytes,
    *,
    at: datetime,
    trust: "TrustList | None" = None,
    evidence: Evidence | None = None,
    policy: Policy = CARRIED_FILE,
    cache: "Shelf | None" = None,
    reach: "Reach | None" = None,
) -> Verdict:
    """Judge a file.

    Args:
        source: where the file is, or its bytes.
        at: the time at which it is judged, with time zone UTC.
        trust: the trust list.
        evidence: what is at hand besides; its trust list serves when `trust` is not given.
        policy: what is accepted.
        cache: what was fetched before, and the heads of ledgers seen before; None keeps nothing.
        reach: how the network may be used; None is offline.

    Raises:
        FormatError: `json.malformed`, `json.too_large`.
        OSError: the file cannot be read.
    """
    from verifier.gather import gather_now  # here, because a caller of `verify` needs no HTTP client

    evidence = evidence or Evidence()
    evidence = replace(evidence, trust=trust) if trust else evidence
    try:
        document = read_document(source if isinstance(source, bytes) else _read(source))
    except DuplicateMemberError:
        examined = Examination({}, evidence, policy, at)
        return _verdict(examined, [examined.found("well_formed", "well_formed.duplicate_member")], [])
    return verify(document, gather_now(document, evidence, at=at, cache=cache, reach=reach), policy, at)


def _read(path: Path) -> bytes:
    from verifier.documents import MAX_BYTES

    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _judge_carried(carried: CarriedRecord, outer: Examination) -> Verdict:
    identities = dict(outer.evidence.identities)
    issuer = did_of(carried.credential.get("issuer"))
    if carried.identity and issuer:
        identities.setdefault(issuer, carried.identity)  # what was read from the issuer just now is newer
    named = named_signer(carried.credential)
    if carried.signer and named:
        identities.setdefault(named.did, carried.signer)
    evidence = replace(
        outer.evidence,
        identities=identities,
        status_lists=[*outer.evidence.status_lists, *carried.status_lists],
        attachments=[*outer.evidence.attachments, *carried.attachments],
    )
    examined = Examination(carried.credential, evidence, outer.policy, outer.at, form=Form.CARRIED)
    if "VerifiableCredential" not in examined.types:
        return _verdict(examined, [examined.found("well_formed", "well_formed.malformed", path="credential")], [])
    return _verdict(examined, *_credential(examined))


def _presentation(examined: Examination) -> Verdict:
    checks, sealed = _sealed(examined, PRESENTATION_SEAL)
    asked = LIVE if examined.evidence.expected else PRESENTATION
    credentials = credentials_of(examined.document)
    if not sealed:
        return _verdict(examined, [*checks, *_not_reached(examined, asked)], [])
    if len(credentials) > MAX_CREDENTIALS:
        return _verdict(examined, [*checks, examined.found("well_formed", "well_formed.too_complex")], [])
    checks += [check(examined) for check in asked.values()]
    broken = any(check.weight is Weight.BREAK for check in checks)
    by = signer(examined)
    inner = replace(examined.evidence, attachments=())
    findings: list[Finding] = []
    for index, credential in enumerate(credentials):
        about = f"credential[{index}]"
        one = Examination(credential, inner, examined.policy, examined.at, about, Form.PRESENTED, by)
        if "VerifiableCredential" not in one.types:
            checks.append(one.found("well_formed", "well_formed.malformed", path="type"))
            continue
        found, shown = _credential(one)
        checks += found
        findings += shown
    return _verdict(examined, checks, [] if broken else findings)


def _credential(examined: Examination) -> tuple[list[Check], list[Finding]]:
    checks, sealed = _sealed(examined, SEAL)
    if not sealed:
        return checks + _unsealed(examined, checks), []
    found = {name: check(examined) for name, check in CREDENTIAL.items()}
    checks += found.values()
    word = fold(checks)
    finding = Finding(
        about=examined.about,
        verdict=word,
        types=examined.types,
        issuer=_issuer(examined.issuer, proved_by(checks)),
        valid_from=examined.valid_from,
        valid_until=examined.valid_until,
        witnessed_at=examined.witnessed_at,
        status_as_of=examined.status_as_of,
        document=examined.document,
        signer=shown_signer(examined, word, found["signer_role"]),
    )
    return checks, [finding]


def _sealed(examined: Examination, seal: dict[str, CheckFunction]) -> tuple[list[Check], bool]:
    """The checks of a seal, and whether the document may be believed to be its signer's."""
    (_, form), *rest = seal.items()
    checks = [form(examined)]
    if checks[0].result is not Result.PASS:
        return checks + _not_reached(examined, dict(rest)), False
    checks += [check(examined) for _, check in rest]
    return checks, all(check.result is Result.PASS for check in checks)


def _unsealed(examined: Examination, checks: Sequence[Check]) -> list[Check]:
    """What is said of a credential whose seal does not hold: only that its issuer is unknown, when that is why there is no
    key."""
    rest = _not_reached(examined, CREDENTIAL)
    if any(check.reason == "signature.no_key" for check in checks):
        listed = [trust_list(examined), issuer_trusted(examined)]
        if listed[1].result is Result.FAIL:
            replaced = {check.code: check for check in listed}
            return [replaced.get(check.code, check) for check in rest]
    return rest


def _not_reached(examined: Examination, names: Iterable[str]) -> list[Check]:
    return [examined.found(name, "not_reached") for name in names]


def _issuer(trusted: "TrustedIssuer | None", proved: tuple[str, ...]) -> Issuer | None:
    if trusted is None:
        return None
    record = trusted.lei_record
    return Issuer(
        did=trusted.did,
        lei=trusted.lei,
        jurisdiction=trusted.jurisdiction,
        legal_name=record.legal_name,
        language=record.language,
        other_names=tuple((name.value, name.language) for name in record.other_names),
        registration_status=record.registration_status,
        as_of=record.as_of,
        proved_by=proved,
    )


def _verdict(examined: Examination, checks: list[Check], findings: list[Finding]) -> Verdict:
    policy = examined.policy
    refusals = [
        check.reason for check in checks if check.weight >= Weight.DOUBT or (check.weight and check.reason in policy.refuses)
    ]
    return Verdict(
        verdict=fold(checks),
        accepted=not refusals,
        refusals=tuple(dict.fromkeys(refusals)),
        checks=tuple(checks),
        credentials=tuple(findings),
        policy=policy.name,
        at=examined.at,
    )
