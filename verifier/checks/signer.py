"""Who signed for the hospital: is it a person or service with the role the record names, and may that role sign such a record?

A record may name its `signer`, a did:key and a role, and then carries that key's proof beside the hospital's. The hospital has
signed the same words, so the role is at least the hospital's word; here it is shown. Order, the first that does not hold is told:

     1. the record names a signer, as a did:key and a role
     2. the signer's key is among the proofs (that each of them holds, the signature check has found)
     3. the trust list lets that role sign a record of this type at this hospital
     4. a stream is at hand that shows, by a chain to a pinned root, that a person's identifier has bound this DID
     5. the chain is about the hospital's LEI
     6. nothing of it had been revoked when the record was signed: of the hospital's own links, or because the signer had left
     7. the binding is a person's, with an engagement context role, and names this key
     8. the role is the one in the person's ECR credential

It is judged at the time of the ledger's witnesses, and without them as of now (`verifier.checks.identity` says why): what a
doctor signed before leaving stands, and what is signed afterwards does not. `verifier.gather` says where a stream is looked for.
One that was written before the record was signed cannot tell whether the signer had left by then; that is a note.
"""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import FormatError, MedcredError
from schemas.keys import decode_multikey, did_key_method
from verifier.checks.identity import UNREADABLE, binding_under_roots
from verifier.evidence import IdentityProof
from verifier.examination import Examination
from verifier.proofs.suites import suite_of
from verifier.verdict import Check, Result, Signer, Weight, Word, stamp

if TYPE_CHECKING:  # KERI costs a tenth of a second that a record without a signer need not pay
    from verifier.identity.vlei import BindingResult

MAX_ROLE = 1000
# How much the clocks of witnesses, issuers and this machine may differ.
_GRACE = timedelta(minutes=5)
# Links that are about the signer; the others are the hospital's.
_PERSONAL = frozenset({"DID-BINDING", "ECR", "ECR-AUTH"})


@dataclass(frozen=True, slots=True)
class NamedSigner:
    """Whom a record names: the DID, its one verification method, the thumbprint of its key, the role."""

    did: str
    method: str
    thumbprint: str
    role: str


def signer_role(examined: Examination) -> Check:
    """The signer that the record names has that role at the hospital, and may sign such records."""
    if "signer" not in examined.document:
        return examined.found("signer_role", "signer_role.none")
    issuer, named = examined.issuer, named_signer(examined.document)
    if issuer is None:
        return examined.found("signer_role", "not_reached")
    if named is None:
        return examined.found("signer_role", "signer_role.malformed")
    if not any(proof.get("verificationMethod") == named.method and suite_of(proof) for proof in examined.proofs):
        return examined.found("signer_role", "signer_role.unsigned")
    if not issuer.may_sign(named.role, examined.types):
        return examined.found("signer_role", "signer_role.not_for_type")
    try:
        result = binding_under_roots(examined, _proof(examined, named), issuer.lei)
    except (MedcredError, sqlite3.Error) as error:
        # The memory of key events does not answer: what it would have said is not known.
        return examined.found("signer_role", "signer_role.unreadable", because=getattr(error, "code", "vlei.memory"))
    if result is None:
        return examined.found("signer_role", "signer_role.not_at_hand")
    if not result.accepted:
        return _not_accepted(examined, result)
    if not result.role:
        return examined.found("signer_role", "signer_role.no_role")
    if not result.designates(named.did, named.method, named.thumbprint):
        return examined.found("signer_role", "signer_role.other_key")
    if result.role != named.role:
        return examined.found("signer_role", "signer_role.other_role")
    examined.signer_name = result.person
    return _accepted(examined, named, result)


def named_signer(document: dict[str, Any]) -> NamedSigner | None:
    """Whom a credential names as its signer; None when nobody, or not in the form of a did:key and a role."""
    match document.get("signer"):
        case {"id": str(did), "role": str(role), **rest} if not rest and 0 < len(role) <= MAX_ROLE and len(did) <= 100:
            try:
                key = decode_multikey(did.removeprefix("did:key:"))
            except FormatError:
                return None
            return NamedSigner(did, did_key_method(did), ed25519_thumbprint(key), role) if did.startswith("did:key:") else None
    return None


def shown_signer(examined: Examination, word: Word, check: Check) -> Signer | None:
    """The signer as a verdict may show it: the role as the hospital says it, the name only once everything holds."""
    named = named_signer(examined.document)
    if named is None:
        return None
    holds = check.result is Result.PASS and word in (Word.GENUINE, Word.GENUINE_WITH_NOTES)
    return Signer(named.did, named.role, holds, examined.signer_name if holds else "")


def _accepted(examined: Examination, named: NamedSigner, result: "BindingResult") -> Check:
    judged_at = examined.judged_at
    known_at = _proof(examined, named).vlei_at or result.vlei.as_of
    facts = {"as_of": stamp(known_at)} if known_at else {}
    ends = [link.revoked_at for link in result.vlei.chain if link.revoked_at and link.kind in _PERSONAL]
    if ends:
        return examined.found("signer_role", "signer_role.left_since", **facts)
    if known_at is None or known_at + _GRACE < judged_at:
        return examined.found("signer_role", "signer_role.as_of", **facts)
    return examined.found("signer_role", "signer_role.ok", **facts)


def _not_accepted(examined: Examination, result: "BindingResult") -> Check:
    """Why the chain does not hold; what is wrong with the hospital's part of it weighs before the signer's having left."""
    failed = [check for check in result.vlei.checks if check.weight >= Weight.DOUBT]
    broken = [check for check in failed if check.weight is Weight.BREAK]
    because = (broken or failed)[0].reason
    if not broken or because.startswith(UNREADABLE):
        return examined.found("signer_role", "signer_role.unreadable", because=because)
    if any((check.code, check.reason) == ("expected_lei", "vlei.lei_mismatch") for check in broken):
        return examined.found("signer_role", "signer_role.other_entity", because="vlei.lei_mismatch")
    others = [check for check in broken if check.reason != "vlei.revoked" or check.about not in _PERSONAL]
    if others:
        return examined.found("signer_role", "signer_role.refused", because=others[0].reason)
    return examined.found("signer_role", "signer_role.left", because=because)


def _proof(examined: Examination, named: NamedSigner) -> IdentityProof:
    return examined.evidence.identities.get(named.did, IdentityProof())
