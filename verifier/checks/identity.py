"""By which road is the issuer the legal entity of its LEI? The trust list names the roads a registrar has looked at; here each
is looked at again, with what is at hand.

    issuer_vlei         the hospital's DID binding leads, link by link, to a pinned root, and is about its LEI
    issuer_binding      that binding names the very key that signed this record
    issuer_certificate  the key that signed is certified under its LEI, by a chain to a pinned root

A road is judged at the time the ledger's witnesses had the record, when they say one: what a hospital signed before its vLEI or
certificate ended stands, and what it signs afterwards does not. A proof that is younger than the record, because the hospital
took this road later or renewed what it shows, is judged as of now: who holds the vLEI, or the certified key, says today that the
key that signed is its own, and that is what these checks ask. Without witnesses it is judged as of now, since the time in a
proof is the signer's own word. A road that the list names and that does not hold breaks the record; one that is not at hand,
cannot be read, or was read too long before the record was signed, is a note. A hospital of which the list names no
road is believed on the registrar's word, as the verdict says.
"""

import base64
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import MedcredError
from verifier.evidence import IdentityProof
from verifier.examination import Examination
from verifier.verdict import Check, Weight, Word, stamp

if TYPE_CHECKING:  # KERI and X.509 cost a tenth of a second that a record without these roads need not pay
    from verifier.identity.trusted import ProvedByCertificate, ProvedByVlei
    from verifier.identity.vlei import BindingResult
    from verifier.identity.x509.result import CertificateResult

# What a stream that is cut off, or no stream at all, is refused with: it says nothing about the hospital.
UNREADABLE = ("stream.", "json.", "cesr.")


def issuer_vlei(examined: Examination) -> Check:
    """The hospital's vLEI holds, and is about its LEI."""
    issuer = examined.issuer
    if issuer is None:
        return examined.found("issuer_vlei", "not_reached")
    road = _vlei_road(examined)
    if road is None:
        return examined.found("issuer_vlei", "issuer_vlei.none")
    facts = {"registrar_checked": stamp(road.checked_at)}
    try:
        result = examined.binding = _find_binding(examined)
    except (MedcredError, sqlite3.Error) as error:
        # The memory of key events does not answer: what it would have said is not known.
        because = getattr(error, "code", "vlei.memory")
        return examined.found("issuer_vlei", "issuer_vlei.unreadable", because=because, **facts)
    if result is None:
        return examined.found("issuer_vlei", "issuer_vlei.not_at_hand", **facts)
    if result.vlei.as_of:
        facts["as_of"] = stamp(result.vlei.as_of)
    if not result.accepted:
        broken = (check.reason for check in result.vlei.checks if check.weight is Weight.BREAK)
        facts["because"] = why = next(broken, next(iter(result.vlei.reasons), ""))
        unreadable = why.startswith(UNREADABLE) or not _broken(result.vlei.checks)
        return examined.found("issuer_vlei", "issuer_vlei.unreadable" if unreadable else "issuer_vlei.refused", **facts)
    if result.issuer != road.aid:
        return examined.found("issuer_vlei", "issuer_vlei.other_entity", **facts)
    read_at = _proof(examined).vlei_at
    if read_at and read_at + examined.policy.status_note < examined.judged_at:
        return examined.found("issuer_vlei", "issuer_vlei.as_of", **facts)
    return examined.found("issuer_vlei", "issuer_vlei.accepted", **facts)


def issuer_binding(examined: Examination) -> Check:
    """The binding by which the hospital's identifier names its DIDs and keys names the key that signed."""
    issuer = examined.issuer
    result = examined.binding
    if issuer and _vlei_road(examined) is None:
        return examined.found("issuer_binding", "issuer_binding.none")
    if issuer is None or result is None or not result.accepted:
        return examined.found("issuer_binding", "not_reached")
    methods = {str(proof.get("verificationMethod")) for proof in examined.issuer_proofs}
    keys = [key for key in issuer.keys if key.id in methods]
    named = [result.designates(issuer.did, key.id, ed25519_thumbprint(key.public_key)) for key in keys]
    if keys and all(named):
        return examined.found("issuer_binding", "issuer_binding.named")
    unnamed = [key for key, is_named in zip(keys, named, strict=True) if not is_named]
    if keys and all(key.valid_until and key.valid_until < examined.at for key in unnamed):
        return examined.found("issuer_binding", "issuer_binding.retired_key")
    return examined.found("issuer_binding", "issuer_binding.other_key")


def issuer_certificate(examined: Examination) -> Check:
    """The key that signed is certified under the hospital's LEI."""
    issuer = examined.issuer
    if issuer is None:
        return examined.found("issuer_certificate", "not_reached")
    road = _certificate_road(examined)
    if road is None:
        return examined.found("issuer_certificate", "issuer_certificate.none")
    facts = {"registrar_checked": stamp(road.checked_at)}
    chain = _proof(examined).chain
    if not chain:
        return examined.found("issuer_certificate", "issuer_certificate.not_at_hand", **facts)
    try:
        result = _certificate(examined, chain)
    except MedcredError as error:
        return examined.found("issuer_certificate", "issuer_certificate.unreadable", because=error.code, **facts)
    if result.as_of:
        facts["as_of"] = stamp(result.as_of)
    heaviest = max(result.checks, key=lambda check: check.weight)
    if result.verdict is Word.NOT_GENUINE:
        return examined.found("issuer_certificate", "issuer_certificate.refused", because=heaviest.reason, **facts)
    if result.verdict is Word.COULD_NOT_CHECK:
        return examined.found("issuer_certificate", "issuer_certificate.unreadable", because=heaviest.reason, **facts)
    if heaviest.weight:
        facts["note"] = heaviest.reason
    return examined.found("issuer_certificate", "issuer_certificate.accepted", **facts)


def _vlei_road(examined: Examination) -> "ProvedByVlei | None":
    """The vLEI road that the trust list names for the issuer."""
    issuer = examined.issuer
    return next((road for road in issuer.identity if road.road == "vlei"), None) if issuer else None


def _certificate_road(examined: Examination) -> "ProvedByCertificate | None":
    """The certificate road that the trust list names for the key that signed; where it names only others, one of them, which
    will not hold."""
    issuer = examined.issuer
    roads = [road for road in issuer.identity if road.road == "certificate"] if issuer else []
    methods = {proof.get("verificationMethod") for proof in examined.issuer_proofs}
    return next((road for road in roads if road.key in methods), roads[0] if roads else None)


def proved_by(checks: Sequence[Check]) -> tuple[str, ...]:
    """The roads that hold, from the checks of one credential; `registrar` when only the trust list speaks for the issuer."""
    holding = {check.reason for check in checks}
    roads = []
    if {"issuer_vlei.accepted", "issuer_binding.named"} <= holding:
        roads.append("vlei")
    if "issuer_certificate.accepted" in holding:
        roads.append("certificate")
    return tuple(roads) or ("registrar",)


def _find_binding(examined: Examination) -> "BindingResult | None":
    """What the issuer's stream shows; None when there is no stream, no road, or no pinned root."""
    issuer = examined.issuer
    if issuer is None or _vlei_road(examined) is None:
        return None
    found = binding_under_roots(examined, _proof(examined), issuer.lei)
    if found and _broken(found.vlei.checks) == {"vlei.not_yet_issued"}:
        return binding_under_roots(examined, _proof(examined), issuer.lei, at=examined.at)
    return found


def _broken(checks: Sequence[Check]) -> set[str]:
    return {check.reason for check in checks if check.weight is Weight.BREAK}


def binding_under_roots(
    examined: Examination, proof: IdentityProof, lei: str, *, at: datetime | None = None
) -> "BindingResult | None":
    """What a stream with a binding shows under the roots of the trust list; None when there is no stream or no such root.

    Under a root it does not lead to, a stream has every fault it has under its own, and that one more: of several roots the
    mildest answer is the right one.
    """
    from verifier.identity.vlei import pins_for, verify_binding

    evidence = examined.evidence
    roots = [root.aid for root in evidence.trust.roots if root.road == "vlei"] if evidence.trust else []
    best: BindingResult | None = None
    for root in roots if proof.vlei else []:
        found = verify_binding(
            proof.vlei,
            pins_for(root, evidence.key_event_logs),
            at=at or examined.judged_at,
            memory=evidence.first_seen,
            cache=evidence.key_events,
            as_of=proof.vlei_at,
            expect_lei=lei,
        )
        if found.accepted:
            return found
        if best is None or _severity(found) < _severity(best):
            best = found
    return best


def _severity(result: "BindingResult") -> tuple[int, int]:
    checks = result.vlei.checks
    return max((check.weight for check in checks), default=Weight.NONE), len(result.vlei.reasons)


def _certificate(examined: Examination, chain: tuple[bytes, ...]) -> "CertificateResult":
    from verifier.identity.x509.certificate import chain_for
    from verifier.identity.x509.revocation import Revocation
    from verifier.identity.x509.verify import verify_certificate
    from verifier.identity.x509.x5c import method_key

    trust, issuer = examined.evidence.trust, examined.issuer
    assert trust is not None  # a road comes from the list
    assert issuer is not None
    roots = [base64.b64decode(root.certificate) for root in trust.roots if root.road == "certificate"]
    methods = {str(proof.get("verificationMethod")) for proof in examined.issuer_proofs}
    key = next((key for key in issuer.keys if key.id in methods), None)
    method: Mapping[str, str] = {"publicKeyMultibase": key.public_key_multibase} if key else {}
    expected = method_key(method)
    judge = partial(
        verify_certificate,
        chain_for(chain, expected),
        roots,
        revocation=Revocation(required=False),
        expect_lei=issuer.lei,
        expect_key=expected,
    )
    result = judge(at=examined.judged_at)
    return judge(at=examined.at) if _broken(result.checks) == {"certificate.path.not_yet"} else result


def _proof(examined: Examination) -> IdentityProof:
    return examined.evidence.identities.get(str(examined.issuer_did), IdentityProof())
