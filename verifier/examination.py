"""One document under examination: what the checks share, and what each leaves for the next.

A check is a function of an `Examination` that returns a `Check`. It never raises for what is in a document. What a check has
learnt (the issuer, the key, when it was signed and witnessed) it leaves here; nothing of it is shown before the signature
holds.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ledger.finding import LedgerFinding
from schemas.canonical import canonicalize
from schemas.errors import FormatError
from schemas.shape import shape_of
from verifier.carried_receipts import find_receipt
from verifier.documents import did_of, parse_stamp, types_of
from verifier.evidence import Evidence
from verifier.policy import Policy
from verifier.proofs.members import Proof, proofs_of, without_proof
from verifier.reasons import REASONS
from verifier.verdict import Check, Weight

if TYPE_CHECKING:
    from verifier.identity.trusted import TrustedIssuer
    from verifier.identity.vlei import BindingResult


class Form(Enum):
    """How a credential came: alone in a file, in a carried record that has room for attachments, or in a presentation."""

    FILE = "file"
    CARRIED = "carried"
    PRESENTED = "presented"


@dataclass
class Examination:
    """A credential or presentation, the evidence, the policy and the time.

    `about` names the part (`credential[0]`); `holder` is the DID that signed the presentation around a credential, once that
    signature holds.
    """

    document: dict[str, Any]
    evidence: Evidence
    policy: Policy
    at: datetime
    about: str = ""
    form: Form = Form.FILE
    holder: str | None = None
    status_as_of: datetime | None = None
    binding: "BindingResult | None" = None
    signer_name: str = field(default="", repr=False)

    def found(self, code: str, reason: str, **facts: str) -> Check:
        """The finding of a check, with the weight of its reason under this policy."""
        meaning = REASONS[reason]
        weight = Weight.NOTE if reason in self.policy.tolerates else meaning.weight
        return Check(code, meaning.result, reason, weight, self.about, facts)

    @cached_property
    def plain(self) -> bool:
        """Whether the document is plain (`schemas.shape`)."""
        return shape_of(self.document).plain

    @cached_property
    def canonical(self) -> bytes | None:
        """The RFC 8785 bytes of the document without its proofs, computed once; None when it has no such form."""
        try:
            return canonicalize(without_proof(self.document), plain=self.plain)
        except FormatError:
            return None

    @cached_property
    def types(self) -> tuple[str, ...]:
        return types_of(self.document)

    @cached_property
    def proofs(self) -> list[Proof]:
        """The proofs of a signature."""
        return proofs_of(self.document)

    @cached_property
    def issuer_did(self) -> str | None:
        """Who the credential says has issued it."""
        return did_of(self.document.get("issuer"))

    @cached_property
    def issuer(self) -> "TrustedIssuer | None":
        """That issuer in the trust list."""
        trust = self.evidence.trust
        return trust.issuer(self.issuer_did) if trust and self.issuer_did else None

    @cached_property
    def issuer_proofs(self) -> list[Proof]:
        """The proofs made with a key that says to be the issuer's."""
        prefix = f"{self.issuer_did}#"
        return [proof for proof in self.proofs if str(proof.get("verificationMethod")).startswith(prefix)]

    @cached_property
    def signed_at(self) -> datetime | None:
        """When the issuer says it signed: the latest of its proofs."""
        times = [at for proof in self.issuer_proofs if (at := parse_stamp(proof.get("created")))]
        return max(times, default=None)

    @cached_property
    def valid_from(self) -> datetime | None:
        """`validFrom` of VC-DM 2.0, `issuanceDate` of 1.1."""
        return parse_stamp(self.document.get("validFrom", self.document.get("issuanceDate")))

    @cached_property
    def valid_until(self) -> datetime | None:
        """The earliest of `validUntil` (2.0), `expirationDate` (1.1) and the `expires` of the issuer's proofs."""
        ends = [self.document.get("validUntil"), self.document.get("expirationDate")]
        ends += [proof.get("expires") for proof in self.issuer_proofs]
        return min((at for end in ends if (at := parse_stamp(end))), default=None)

    @cached_property
    def ledger_finding(self) -> LedgerFinding | None:
        """What the best of the record's receipts shows; None when there is nothing to find."""
        return find_receipt(self.document, self.canonical, self.evidence.trust)

    def signed_within(self, start: datetime, end: datetime | None) -> bool | None:
        """Whether the issuer signed in a period in which it might.

        The time in a proof is the signer's own word, and whoever still holds an old key can write any. So once a period is over,
        only the ledger's witnesses can say that a signature is from before; None when they do not.
        """
        signed_at = self.signed_at or self.at
        if signed_at < start - self.policy.clock_skew or (end and signed_at > end):
            return False
        if end is None or self.at <= end:
            return True
        witnessed = self.witnessed_at
        return True if witnessed and witnessed <= end else None

    @property
    def judged_at(self) -> datetime:
        """The time at which it is asked who somebody was: when the witnesses had the record, or now when there are none."""
        return self.witnessed_at or self.at

    @property
    def witnessed_at(self) -> datetime | None:
        """When a trusted ledger had the fingerprint, as its witnesses say."""
        finding = self.ledger_finding
        return finding.integrated_at if finding and finding.established else None
