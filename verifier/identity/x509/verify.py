"""Does this chain prove that its key belongs to the legal entity with that LEI?

Order: every certificate is read in full, algorithms and keys, the path to a pinned root at that time (RFC 5280 §6.1), the use
the leaf's key is for, the key that is expected, the LEI, and whether any certificate was revoked. Pure: revocation data is
collected beforehand (`verifier.identity.x509.fetch`), roots are pinned by whoever asks, and the machine's own list of trusted
roots is never used.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from schemas.errors import FormatError
from verifier.identity.x509.certificate import Certificate, read_certificate, read_chain, same_key
from verifier.identity.x509.lei_check import lei_reason, usable_lei
from verifier.identity.x509.path import PathFinding, judge_path
from verifier.identity.x509.result import CHECKS, CertificateResult, found, not_reached
from verifier.identity.x509.revocation import Readable, Revocation, readable
from verifier.identity.x509.usage import usage_reason
from verifier.verdict import Check, stamp


def verify_certificate(
    chain_der: Sequence[bytes],
    roots: Sequence[bytes],
    *,
    at: datetime,
    revocation: Revocation,
    expect_lei: str | None = None,
    expect_key: bytes | None = None,
    about: str = "",
) -> CertificateResult:
    """Judge a chain of certificates.

    Args:
        chain_der: DER, the leaf first; the others in any order. A root may be among them and is not believed for it.
        roots: the DER of the certificates that are trusted. None at all is doubt, not a refusal.
        at: aware; when the key was used. A revocation after it does not count.
        revocation: what is at hand about revoked certificates.
        expect_lei: the LEI it must be.
        expect_key: SubjectPublicKeyInfo in DER that the leaf's key must equal.
        about: the part of a document the checks speak of.

    Raises:
        FormatError: `certificate.malformed`, `certificate.too_large`, a root that cannot be read. Never for the chain.
        SetupError: `certificate.library`, the extra `certificates` is not installed; `sm.…`, no SM2 here and the chain needs it.
    """
    pinned = [read_certificate(root) for root in roots]
    try:
        chain = read_chain(chain_der)
    except FormatError as error:
        reason = "certificate.form.too_large" if error.code == "certificate.too_large" else "certificate.form.malformed"
        return CertificateResult((found(reason, about=about), *(not_reached(name, about=about) for name in CHECKS[1:])))
    lists = readable(revocation)
    judged = judge_path(chain, pinned, at, lists)
    checks = _checks(judged, chain[0], lists, revocation.required, expect_lei, expect_key)
    return _result(judged, chain[0], lists, tuple(replace(check, about=about) for check in checks))


def _checks(
    judged: PathFinding,
    leaf: Certificate,
    lists: Readable,
    required: bool,
    expect_lei: str | None,
    expect_key: bytes | None,
) -> list[Check]:
    checks = [found("certificate.form.ok"), found(judged.algorithm)]
    checks.append(found(judged.trust) if judged.trust else not_reached("path"))
    checks.append(found(usage_reason(judged.path)))
    if expect_key is None:
        checks.append(found("certificate.key.not_asked"))
    else:
        checks.append(found("certificate.key.ok" if same_key(leaf.key, expect_key) else "certificate.key.other"))
    checks.append(found(lei_reason(leaf, expect_lei)))
    checks.append(_revocation(judged, lists, required) if judged.revocation else not_reached("revocation"))
    return checks


def _revocation(judged: PathFinding, lists: Readable, required: bool) -> Check:
    facts = {"unreadable": str(lists.unreadable)} if lists.unreadable else {}
    if judged.revoked_at:
        facts["revoked_at"] = stamp(judged.revoked_at)
    if judged.revocation != "certificate.revocation.unavailable" and (as_of := lists.as_of(judged.path)):
        facts["as_of"] = stamp(as_of)
    reason = judged.revocation
    if not required and reason in ("certificate.revocation.unavailable", "certificate.revocation.stale"):
        reason = "certificate.revocation.not_checked"
    return found(reason, facts)


def _result(judged: PathFinding, leaf: Certificate, lists: Readable, checks: tuple[Check, ...]) -> CertificateResult:
    vouched = judged.holds
    return CertificateResult(
        checks=checks,
        lei=usable_lei(leaf) if vouched else None,
        role=leaf.role.value if vouched else None,
        subject=leaf.subject if vouched else None,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        sha256=leaf.sha256,
        as_of=lists.as_of(judged.path) if judged.revocation == "certificate.revocation.good" else None,
    )
