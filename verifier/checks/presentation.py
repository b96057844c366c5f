"""The presentation: made by the holder the record was issued to, just now, for this request, for us, with the patient's
agreement.

ACA-Py's `verified` says nothing of these; each is a check of its own. When no request is expected because a file is read, the
checks say that they were not asked.
"""

from typing import Any

from schemas.types import VOCABULARY
from verifier.documents import did_of, parse_stamp, types_of
from verifier.examination import Examination, Form
from verifier.identity.did_document import did_of_method
from verifier.verdict import Check


def signer(examined: Examination) -> str | None:
    """The one DID whose keys made the presentation's proofs; None when there are several or none."""
    dids = {did_of_method(str(proof.get("verificationMethod"))) for proof in examined.proofs}
    return dids.pop() if len(dids) == 1 else None


def presenter(examined: Examination) -> Check:
    """The holder that the presentation names is the one who signed it."""
    named = did_of(examined.document.get("holder"))
    by = signer(examined)
    if by is None or (named is not None and named != by):
        return examined.found("holder", "holder.not_signer")
    return examined.found("holder", "holder.ok")


def holder(examined: Examination) -> Check:
    """The one who presents a credential is its subject, of every subject it has."""
    if examined.form is not Form.PRESENTED:
        return examined.found("holder", "holder.not_shown")
    subjects = examined.document.get("credentialSubject")
    dids = [did_of(subject) for subject in (subjects if isinstance(subjects, list) else [subjects])]
    if None in dids:
        return examined.found("holder", "holder.no_subject")
    same = examined.holder is not None and all(did == examined.holder for did in dids)
    return examined.found("holder", "holder.ok" if same else "holder.not_subject")


def clock(examined: Examination) -> Check:
    """The presentation was signed within the clock skew of now; asked of a live one only."""
    times = [parse_stamp(proof.get("created")) for proof in examined.proofs]
    ends = [parse_stamp(proof["expires"]) for proof in examined.proofs if "expires" in proof]
    skew = examined.policy.clock_skew
    on_time = all(at is None or abs(at - examined.at) <= skew for at in times) and all(
        end and examined.at <= end + skew for end in ends
    )
    return examined.found("clock", "clock.ok" if on_time else "clock.off")


def challenge(examined: Examination) -> Check:
    """Every proof answers the challenge of this request."""
    expected = examined.evidence.expected
    return _same(examined, "challenge", expected.challenge if expected else None)


def domain(examined: Examination) -> Check:
    """Every proof was made for the domain of this request."""
    expected = examined.evidence.expected
    return _same(examined, "domain", expected.domain if expected else None)


def consent(examined: Examination) -> Check:
    """A grant of the patient, under the presentation's signature, names us, the purpose, and a time that has not passed."""
    expected = examined.evidence.expected
    if expected is None:
        return examined.found("consent", "consent.not_asked")
    terms = examined.document.get("termsOfUse", [])
    grants = [term for term in (terms if isinstance(terms, list) else [terms]) if isinstance(term, dict)]
    grants = [grant for grant in grants if "ShareGrant" in types_of(grant)]
    if not grants:
        return examined.found("consent", "consent.missing")
    ours = [grant for grant in grants if grant.get("recipient") == expected.domain]
    if not ours:
        return examined.found("consent", "consent.other_recipient")
    fitting = [grant for grant in ours if grant.get("purpose") == expected.purpose]
    if not fitting:
        return examined.found("consent", "consent.other_purpose")
    if not any(_runs(grant, examined) for grant in fitting):
        return examined.found("consent", "consent.expired")
    return examined.found("consent", "consent.ok")


def request(examined: Examination) -> Check:
    """What was asked for is there, and nothing else; asked of a live presentation only."""
    expected = examined.evidence.expected
    shared = {name for credential in credentials_of(examined.document) for name in types_of(credential)}
    wanted = {name.removeprefix(VOCABULARY) for name in expected.types} if expected else set()
    if not wanted <= shared:
        return examined.found("request", "request.not_answered", missing=", ".join(sorted(wanted - shared)))
    extra = [credential for credential in credentials_of(examined.document) if not wanted & set(types_of(credential))]
    return examined.found("request", "request.more_than_asked" if extra else "request.answered")


def credentials_of(presentation: dict[str, Any]) -> list[dict[str, Any]]:
    """The credentials inside a presentation."""
    credentials = presentation.get("verifiableCredential", [])
    credentials = credentials if isinstance(credentials, list) else [credentials]
    return [credential for credential in credentials if isinstance(credential, dict)]


def _runs(grant: dict[str, Any], examined: Examination) -> bool:
    end = parse_stamp(grant.get("validUntil"))
    return end is not None and examined.at <= end + examined.policy.clock_skew


def _same(examined: Examination, name: str, wanted: str | None) -> Check:
    if wanted is None:
        return examined.found(name, f"{name}.not_asked")
    given = [proof.get(name) for proof in examined.proofs]
    if not given or any(not isinstance(value, str) or not value for value in given):
        return examined.found(name, f"{name}.missing")
    return examined.found(name, f"{name}.ok" if all(value == wanted for value in given) else f"{name}.wrong")
