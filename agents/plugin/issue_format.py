"""issue-credential 2.0, attachment `aries/ld-proof-vc`, for VC 2.0 credentials with Data Integrity proofs.

The attachment is RFC 0593's detail: `{"credential": {…}, "options": {"proofType": "DataIntegrityProof", "cryptosuite": …}}`.
Order: offer (no subject id) → request (the holder adds its did:key, nothing else) → issue (exactly what was requested, plus
proof) → the holder checks and stores. Anything else than VC 2.0 with Data Integrity goes to ACA-Py's own handler.

Refused: a request without an offer; a request that changes the offer; a credential that differs from the request, whose proof
does not hold or whose key the issuer does not list. A refusal ends the exchange and both sides know. A credential whose issuer
cannot be looked up just then is kept and tried again. ACA-Py's models are left aside here: building them was a third of the work.
"""

# mypy: allow-subclassing-any

from collections.abc import Mapping
from typing import Any, TypeGuard

from acapy_agent.protocols.issue_credential.v2_0.formats.handler import CredFormatAttachment, V20CredFormatError
from acapy_agent.protocols.issue_credential.v2_0.formats.ld_proof.handler import LDProofCredFormatHandler
from acapy_agent.protocols.issue_credential.v2_0.manager import V20CredManagerError
from acapy_agent.protocols.issue_credential.v2_0.message_types import (
    CRED_20_ISSUE,
    CRED_20_OFFER,
    CRED_20_PROPOSAL,
    CRED_20_REQUEST,
)
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_issue import V20CredIssue
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_offer import V20CredOffer
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_proposal import V20CredProposal
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_request import V20CredRequest
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.storage.error import StorageError
from marshmallow import ValidationError

from agents.plugin.abandoning import abandon
from agents.plugin.checking import check_credential, subject_id
from agents.plugin.data_integrity import CRYPTOSUITES, JCS, PROOF_TYPE, Json, data_integrity_proofs
from agents.plugin.holding import store
from agents.plugin.storing import SecondTries
from schemas.contexts import CREDENTIALS_V2
from schemas.errors import MedcredError, UnavailableError


class CredentialFormat(LDProofCredFormatHandler):
    """Takes VC 2.0 with Data Integrity; hands the rest to `LDProofCredFormatHandler`."""

    @classmethod
    def validate_fields(cls, message_type: str, attachment_data: Mapping[str, Any]) -> None:
        """Shape only. Raises marshmallow's ValidationError, as the caller expects."""
        if message_type == CRED_20_ISSUE and is_credential(attachment_data):
            return
        if message_type != CRED_20_ISSUE and is_detail(attachment_data):
            _check_detail(attachment_data)
            return
        super().validate_fields(message_type, attachment_data)

    def can_receive_request_without_offer(self) -> bool:
        """Nobody asks a hospital for a credential it did not offer."""
        return False

    async def create_proposal(self, cred_ex_record: V20CredExRecord, proposal_data: Mapping[str, Any]) -> CredFormatAttachment:
        """Ours travels as it is."""
        if is_detail(proposal_data):
            return self.get_format_data(CRED_20_PROPOSAL, dict(proposal_data))
        return await super().create_proposal(cred_ex_record, proposal_data)

    async def create_offer(self, cred_proposal_message: V20CredProposal) -> CredFormatAttachment:
        """The offer is the detail the controller gave (stock route `send-offer`)."""
        detail = cred_proposal_message.attachment(self.format)
        if is_detail(detail):
            return self.get_format_data(CRED_20_OFFER, detail)
        return await super().create_offer(cred_proposal_message)

    async def receive_offer(self, cred_ex_record: V20CredExRecord, cred_offer_message: V20CredOffer) -> None:
        """Take an offer once; after it was answered, its repetition must not set the exchange back."""
        if cred_ex_record.cred_offer is not None and cred_ex_record.state != V20CredExRecord.STATE_OFFER_RECEIVED:
            raise V20CredFormatError("This offer was answered already.")

    async def create_request(
        self, cred_ex_record: V20CredExRecord, request_data: Mapping[str, Any] | None = None
    ) -> CredFormatAttachment:
        """The offer, about the holder's DID."""
        offer = cred_ex_record.cred_offer
        detail = offer.attachment(self.format) if offer else None
        if not is_detail(detail):
            return await super().create_request(cred_ex_record, request_data)
        return self.get_format_data(CRED_20_REQUEST, request_detail(detail, (request_data or {}).get("holder_did")))

    async def receive_request(self, cred_ex_record: V20CredExRecord, cred_request_message: V20CredRequest) -> None:
        """The request must be our offer about a DID of the holder's choice, and the first one.

        ACA-Py would set an exchange back to `request-received` whenever the request comes again, even after issuing. One that
        asks for something else ends the exchange, and the wallet hears of it.
        """
        requested = cred_request_message.attachment(self.format)
        offer = cred_ex_record.cred_offer
        offered = offer.attachment(self.format) if offer else None
        if not is_detail(requested) and not is_detail(offered):
            await super().receive_request(cred_ex_record, cred_request_message)
            return
        if cred_ex_record.state != V20CredExRecord.STATE_OFFER_SENT:
            raise V20CredFormatError("This offer was answered already.")
        if not is_detail(requested) or not is_detail(offered) or not _accepts(requested, offered):
            await abandon(self.profile, cred_ex_record, "request.not_as_offered: The request is not what was offered.")
            raise V20CredFormatError("The request is not what was offered.")

    async def issue_credential(self, cred_ex_record: V20CredExRecord, retries: int = 5) -> CredFormatAttachment:
        """Ours is issued through `/medcred/credential-exchanges/{id}/issue`, where the controller brings proof and receipt."""
        if is_detail(cred_ex_record.cred_request.attachment(self.format)):
            raise V20CredFormatError("Issue this credential through the medcred route.")
        return await super().issue_credential(cred_ex_record, retries)

    async def receive_credential(self, cred_ex_record: V20CredExRecord, cred_issue_message: V20CredIssue) -> None:
        """Take in what answers our request; a repetition of what is stored already may come again."""
        if not is_detail(cred_ex_record.cred_request.attachment(self.format)):
            await super().receive_credential(cred_ex_record, cred_issue_message)
            return
        before = cred_ex_record.cred_issue
        repeated = before is not None and before.attachment(self.format) == cred_issue_message.attachment(self.format)
        if cred_ex_record.state != V20CredExRecord.STATE_REQUEST_SENT and not repeated:
            raise V20CredFormatError("No credential is expected in this exchange.")

    async def store_credential(self, cred_ex_record: V20CredExRecord, cred_id: str | None = None) -> None:
        """Check and store.

        Raises:
            V20CredManagerError: refused; ACA-Py then abandons the exchange and tells the issuer. (Its own handler raises
                another error here, which leaves both sides waiting for ever.)
            StorageError: the issuer's DID document cannot be read now; ACA-Py then leaves the exchange as it is, and the
                credential is tried again (`agents.plugin.storing`).
        """
        detail = cred_ex_record.cred_request.attachment(self.format)
        credential = cred_ex_record.cred_issue.attachment(self.format)
        if not is_detail(detail):
            await super().store_credential(cred_ex_record, cred_id)
            return
        try:
            if not is_as_requested(credential, detail):
                raise V20CredManagerError("credential.not_as_requested: The credential is not the one that was requested.")
            await check_credential(self.profile, credential)
        except UnavailableError as error:
            self.profile.inject(SecondTries).plan(self.profile, cred_ex_record)
            raise StorageError(f"{error.code}: {error.message}") from error
        except MedcredError as error:
            raise V20CredManagerError(f"{error.code}: {error.message}") from error
        # What an earlier try left there.
        cred_ex_record.error_msg = None
        await store(self.profile, credential)


def is_detail(value: object) -> TypeGuard[Json]:
    """True for a detail that asks for a VC 2.0 credential with a Data Integrity proof."""
    if not isinstance(value, dict):
        return False
    credential, options = value.get("credential"), value.get("options")
    wanted = isinstance(options, dict) and options.get("proofType") == PROOF_TYPE
    return wanted and isinstance(credential, dict) and _is_v2(credential)


def is_credential(value: Mapping[str, Any]) -> bool:
    """True for a VC 2.0 credential with a Data Integrity proof."""
    return _is_v2(value) and bool(data_integrity_proofs(value))


def new_detail(credential: Json, cryptosuite: str = JCS) -> Json:
    """The detail that offers `credential`."""
    options = {"proofType": PROOF_TYPE, "cryptosuite": cryptosuite, "proofPurpose": "assertionMethod"}
    return {"credential": credential, "options": options}


def request_detail(offered: Mapping[str, Any], holder_did: str | None) -> Json:
    """The detail that accepts `offered` for `holder_did`: only the subject id is added, and only where there is none.

    Raises:
        V20CredFormatError: the holder's DID is not a did:key, or the offer is about another.
    """
    subject = offered["credential"]["credentialSubject"]
    bound = subject.get("id", holder_did)
    if not isinstance(bound, str) or not bound.startswith("did:key:z6Mk") or (holder_did and bound != holder_did):
        raise V20CredFormatError("The holder must name its did:key.")
    credential = dict(offered["credential"]) | {"credentialSubject": {"id": bound} | subject}
    return dict(offered) | {"credential": credential}


def _accepts(requested: Mapping[str, Any], offered: Mapping[str, Any]) -> bool:
    """True when `requested` is `offered` about some did:key, and nothing else."""
    try:
        holder_did = subject_id(requested["credential"])
        return holder_did is not None and requested == request_detail(offered, holder_did)
    except V20CredFormatError:
        return False


def is_as_requested(credential: Mapping[str, Any], detail: Mapping[str, Any]) -> bool:
    """True when `credential` is what `detail` asks for, plus proofs, one of them of the cryptosuite asked for."""
    unsigned = {name: value for name, value in credential.items() if name != "proof"}
    suite = detail["options"].get("cryptosuite", JCS)
    signed = any(proof["cryptosuite"] == suite for proof in data_integrity_proofs(credential))
    return signed and unsigned == detail["credential"]


def _is_v2(document: Mapping[str, Any]) -> bool:
    contexts = document.get("@context")
    return isinstance(contexts, list) and contexts[:1] == [CREDENTIALS_V2]


def _check_detail(detail: Mapping[str, Any]) -> None:
    credential, suite = detail["credential"], detail["options"].get("cryptosuite", JCS)
    kinds, issuer = credential.get("type"), credential.get("issuer")
    issuer_id = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(kinds, list) or "VerifiableCredential" not in kinds or not isinstance(issuer_id, str):
        raise ValidationError("credential: type or issuer is missing")
    if not isinstance(credential.get("credentialSubject"), dict) or "proof" in credential:
        raise ValidationError("credential: one credentialSubject and no proof are expected")
    if suite not in CRYPTOSUITES:
        raise ValidationError("options: this cryptosuite is not known here")
