"""The console's words for states, reasons and roles: an English message for each, which the catalogues translate.

`N_` marks a message where it is written; it is translated where it is shown.
"""

from collections.abc import Mapping
from enum import StrEnum

from issuer.issuing.states import CredentialState, Delivery
from issuer.issuing.states import Reason as IssuingReason
from issuer.onboarding.states import HospitalState, Reason, Step
from issuer.patients.identity import DocumentType, Sex
from issuer.patients.likeness import Match
from issuer.patients.states import BindingReason, BindingState
from issuer.staff import Role
from issuer.status.states import ChangeState, CredentialStatus, StatusAction, StatusReason
from schemas.samples import (
    ALLERGY,
    CANARY,
    CERTIFICATE,
    HK_PATIENT_SUMMARY,
    IMAGING_REPORT,
    IMMUNISATION,
    LABORATORY_REPORT,
    MAINLAND_DISCHARGE_SUMMARY,
    PRESCRIPTION,
    REFERRAL,
)


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """The message itself."""
    return message


ROLES: Mapping[StrEnum, str] = {
    Role.CLERK: N_("Clerk"),
    Role.RECORDS_OFFICER: N_("Records officer"),
    Role.APPROVER: N_("Approver"),
    Role.AUDITOR: N_("Auditor"),
}

HOSPITAL_STATES: Mapping[StrEnum, str] = {
    HospitalState.APPLIED: N_("Applied"),
    HospitalState.LEI_CHECKED: N_("LEI checked"),
    HospitalState.DID_PROVED: N_("Key proved"),
    HospitalState.APPROVED: N_("Approved"),
    HospitalState.ACTIVE: N_("Active"),
    HospitalState.LAPSED: N_("LEI lapsed"),
    HospitalState.SUSPENDED: N_("Suspended"),
}

HOSPITAL_STEPS: Mapping[StrEnum, str] = {
    Step.APPLY: N_("Application"),
    Step.CHECK_LEI: N_("LEI check"),
    Step.PROVE_DID: N_("Proof of the key"),
    Step.PROVE_IDENTITY: N_("Proof of identity"),
    Step.END_IDENTITY: N_("End of a proof of identity"),
    Step.SEND_BACK: N_("Sent back"),
    Step.APPROVE: N_("Approval"),
    Step.ACTIVATE: N_("Activation"),
    Step.ROTATE_KEY: N_("New key"),
    Step.LAPSE: N_("Lapse"),
    Step.RENEW: N_("Renewal"),
    Step.SUSPEND: N_("Suspension"),
    Step.REINSTATE: N_("Reinstatement"),
}

HOSPITAL_REASONS: Mapping[StrEnum, str] = {
    Reason.REQUESTED: N_("asked for"),
    Reason.LEI_IN_ORDER: N_("the LEI is in force"),
    Reason.KEY_PROVED: N_("the agent signed the challenge"),
    Reason.VLEI_PROVED: N_("a vLEI names the key"),
    Reason.VLEI_REVOKED: N_("the vLEI was revoked"),
    Reason.CERTIFICATE_REVOKED: N_("the certificate was revoked"),
    Reason.CERTIFICATE_EXPIRED: N_("the certificate ran out"),
    Reason.EVIDENCE_EXPIRED: N_("a paper of the checklist ran out"),
    Reason.CERTIFICATE_PROVED: N_("a certificate is about the key"),
    Reason.NAMES_AGREE: N_("the names agree"),
    Reason.NAME_DIFFERENCE_ACCEPTED: N_("a person accepted the difference between the names"),
    Reason.DOCUMENT_PUBLISHED: N_("the DID document can be read"),
    Reason.KEY_ROTATED: N_("a new key was proved"),
    Reason.LEI_LAPSED: N_("the registration of the LEI lapsed"),
    Reason.LEI_ENDED: N_("the LEI is no longer in force"),
    Reason.LEI_RENEWED: N_("the LEI is in force again"),
    Reason.LEI_UNKNOWN: N_("the register no longer knows the LEI"),
    Reason.LEI_MOVED: N_("the LEI record is of another jurisdiction now"),
    Reason.LEI_RENAMED: N_("the legal name in the LEI record changed"),
    Reason.APPLICATION_INCOMPLETE: N_("the application needs correcting"),
    Reason.KEY_COMPROMISED: N_("the key may be in other hands"),
    Reason.RECORD_ERRORS: N_("errors in issued records"),
    Reason.REGULATOR_ORDER: N_("order of a regulator"),
    Reason.HOSPITAL_REQUEST: N_("the hospital asked for it"),
    Reason.CAUSE_REMOVED: N_("the cause is removed"),
}

BLOCKED: Mapping[str, str] = {
    "lei.not_found": N_("The register has no such LEI. Compare all 20 characters; correct the application if one is wrong."),
    "lei.lapsed": N_("The registration of this LEI has lapsed. The hospital renews it with its LEI issuer; then check again."),
    "lei.ended": N_("This LEI is no longer in force. Apply with the LEI of the entity as it is today."),
    "lei.jurisdiction": N_("The LEI record is of another jurisdiction than this hospital. Compare the two."),
    "lei.rate_limited": N_("The LEI register asked to wait. Check again in a minute."),
    "lei.stale": N_("The LEI register has not answered for three days. Nothing new is issued until it does."),
    "hospital.key_not_proved": N_("The hospital's agent did not sign the challenge. Check that it is this hospital's agent."),
    "hospital.key_not_published": N_(
        "The published DID document does not list the proved key yet. It is looked for again every few seconds."
    ),
    "identity.missing": N_(
        "No vLEI or certificate is about the key that this hospital signs with. It issues nothing until one is shown."
    ),
    "identity.ended": N_(
        "The hospital's vLEI was revoked, or its certificate is past its date. It issues nothing until a new one is shown."
    ),
    Reason.APPLICATION_INCOMPLETE: N_("A second person sent the application back. Correct it and apply again."),
    Reason.LEI_ENDED: N_("The LEI is no longer in force, so the hospital was suspended."),
    Reason.LEI_LAPSED: N_("The registration of the LEI lapsed, so the hospital was suspended."),
    Reason.LEI_UNKNOWN: N_("The register no longer knows the LEI, so the hospital was suspended."),
    Reason.LEI_MOVED: N_("The LEI record is of another jurisdiction now, so the hospital was suspended."),
    Reason.LEI_RENAMED: N_("The legal name in the LEI record changed, so the hospital was suspended."),
    Reason.VLEI_REVOKED: N_("The vLEI was revoked, so the hospital was suspended."),
    Reason.CERTIFICATE_REVOKED: N_("The certificate was revoked, so the hospital was suspended."),
    Reason.CERTIFICATE_EXPIRED: N_("The certificate ran out, so the hospital was suspended."),
    Reason.EVIDENCE_EXPIRED: N_("A paper of the checklist ran out, so the hospital was suspended."),
    Reason.KEY_COMPROMISED: N_("Suspended: the key may be in other hands."),
    Reason.RECORD_ERRORS: N_("Suspended: errors in issued records."),
    Reason.REGULATOR_ORDER: N_("Suspended by order of a regulator."),
    Reason.HOSPITAL_REQUEST: N_("Suspended because the hospital asked for it."),
}
"""By `Hospital.blocked`; a code that is not here belongs to one of the rooms below."""

BLOCKED_ROOMS: Mapping[str, str] = {
    "lei": N_("The LEI register did not give a usable answer. Check again in a minute."),
    "agent": N_("The hospital's agent does not answer. See that it runs; then try again."),
    "source": N_("The hospital's DID document cannot be read yet. It is looked for again every few seconds."),
    "did": N_("The hospital's DID document cannot be read yet. It is looked for again every few seconds."),
}

DOCUMENT_TYPES: Mapping[StrEnum, str] = {
    DocumentType.HONG_KONG_ID: N_("Hong Kong identity card"),
    DocumentType.MAINLAND_ID: N_("Mainland resident identity card"),
    DocumentType.MACAO_ID: N_("Macao identity card"),
    DocumentType.MAINLAND_TRAVEL_PERMIT: N_("Mainland travel permit (Home Return Permit)"),
    DocumentType.PASSPORT: N_("Passport"),
    DocumentType.BIRTH_CERTIFICATE: N_("Birth certificate"),
}

SEXES: Mapping[StrEnum, str] = {
    Sex.FEMALE: N_("Female"),
    Sex.MALE: N_("Male"),
}

FACTS: Mapping[str, str] = {
    "name": N_("Name of the patient"),
    "birth_date": N_("Date of birth"),
    "sex": N_("Sex"),
    "identifier": N_("Document number"),
}

MATCHES: Mapping[StrEnum, str] = {
    Match.AGREES: N_("agrees"),
    Match.SIMILAR: N_("similar"),
    Match.DIFFERS: N_("differs"),
    Match.UNKNOWN: N_("not compared"),
}

BINDING_STATES: Mapping[StrEnum, str] = {
    BindingState.INVITED: N_("Waiting for a scan"),
    BindingState.CONNECTED: N_("Scanned"),
    BindingState.PROVING: N_("Waiting for the wallet's proof"),
    BindingState.ACTIVE: N_("Bound"),
    BindingState.EXPIRED: N_("Expired"),
    BindingState.FAILED: N_("Not bound"),
    BindingState.REVOKED: N_("Ended"),
}

BINDING_REASONS: Mapping[StrEnum, str] = {
    BindingReason.TOO_LATE: N_("The code was not used in time. Show a new one."),
    BindingReason.NEWER_CODE: N_("A newer code took its place."),
    BindingReason.DECLINED: N_("The patient said no in the wallet. Show a new code if that was a mistake."),
    BindingReason.PROOF_FAILED: N_("The wallet's proof did not hold. Show a new code, and look at who scans it."),
    BindingReason.DID_TAKEN: N_("This wallet identity already belongs to another patient. Use another wallet."),
    BindingReason.WALLET_LOST: N_("The wallet was lost."),
    BindingReason.PATIENT_REQUEST: N_("The patient asked for it."),
    BindingReason.WRONG_PATIENT: N_("It was bound to the wrong patient."),
}

CREDENTIAL_STATES: Mapping[StrEnum, str] = {
    CredentialState.DRAFTED: N_("Being offered"),
    CredentialState.OFFERED: N_("Waiting for the patient"),
    CredentialState.ACCEPTED: N_("Accepted, being signed"),
    CredentialState.SIGNED: N_("Signed"),
    CredentialState.COMMITTED: N_("Waiting for the witness"),
    CredentialState.WITNESSED: N_("Witnessed, being sent"),
    CredentialState.ISSUED: N_("Sent, not acknowledged yet"),
    CredentialState.ACKNOWLEDGED: N_("In the wallet"),
    CredentialState.EXPIRED: N_("Offer expired"),
    CredentialState.DECLINED: N_("Declined"),
    CredentialState.FAILED: N_("Failed"),
}

ISSUING_REASONS: Mapping[StrEnum, str] = {
    IssuingReason.OFFER_EXPIRED: N_("Nobody accepted the offer in time. Offer it again."),
    IssuingReason.WALLET_DECLINED: N_("The patient said no in the wallet. Ask, then offer it again."),
    IssuingReason.DID_NOT_BOUND: N_("The wallet asked with an identity it has not proved here. Bind the wallet again."),
    IssuingReason.OTHER_DID: N_("The wallet asked with another identity than the first time. Issue a new credential."),
    IssuingReason.BINDING_REVOKED: N_("The wallet's binding was ended meanwhile. Bind a wallet, then offer it again."),
    IssuingReason.HOSPITAL_NOT_ACTIVE: N_("The hospital is not active. Its page says why."),
    IssuingReason.SIGNER_LEFT: N_("Who was to sign has left. Issue it again with another signer."),
    IssuingReason.NOT_ISSUED_IN_TIME: N_("Signing or witnessing took too long. Offer it again."),
    IssuingReason.WALLET_REFUSED: N_("The wallet did not take the credential. Offer it again."),
    IssuingReason.UNACKNOWLEDGED: N_("The wallet has not answered yet. It is sent again by itself."),
    IssuingReason.SUPERSEDED: N_("Offered again since."),
    IssuingReason.WITHDRAWN: N_("Withdrawn by the hospital."),
    IssuingReason.FINISHED: N_("Finished."),
}

DELIVERIES: Mapping[StrEnum, str] = {
    Delivery.CONNECTION: N_("Straight to the wallet"),
    Delivery.INVITATION: N_("By QR code"),
}

STATUSES: Mapping[StrEnum, str] = {
    CredentialStatus.ACTIVE: N_("Valid"),
    CredentialStatus.SUSPENDED: N_("Suspended"),
    CredentialStatus.REVOKED: N_("Revoked"),
}

STATUS_ACTIONS: Mapping[StrEnum, str] = {
    StatusAction.REVOKE: N_("Revoke"),
    StatusAction.SUSPEND: N_("Suspend"),
    StatusAction.REINSTATE: N_("End the suspension"),
}

STATUS_REASONS: Mapping[StrEnum, str] = {
    StatusReason.ENTERED_IN_ERROR: N_("Entered in error"),
    StatusReason.WRONG_PATIENT: N_("Wrong patient"),
    StatusReason.SUPERSEDED_BY_NEW_RECORD: N_("A newer record takes its place"),
    StatusReason.PATIENT_REQUEST: N_("The patient asked for it"),
    StatusReason.WALLET_LOST: N_("The wallet was lost"),
    StatusReason.KEY_COMPROMISED: N_("A key may be in other hands"),
    StatusReason.UNDER_REVIEW: N_("Under review"),
    StatusReason.REVIEW_ENDED: N_("The review has ended"),
    StatusReason.REGULATOR_ORDER: N_("Order of a regulator"),
}

CHANGE_STATES: Mapping[StrEnum, str] = {
    ChangeState.REQUESTED: N_("Waits for a second person"),
    ChangeState.EFFECTIVE: N_("In effect"),
    ChangeState.REFUSED: N_("Turned down"),
}

SAMPLES: Mapping[str, str] = {
    LABORATORY_REPORT: N_("Laboratory report"),
    IMAGING_REPORT: N_("Imaging report with a DICOM image and a PDF"),
    IMMUNISATION: N_("Immunisation"),
    PRESCRIPTION: N_("Prescription"),
    ALLERGY: N_("Allergy"),
    CERTIFICATE: N_("Medical certificate"),
    REFERRAL: N_("Referral"),
    HK_PATIENT_SUMMARY: N_("Hong Kong patient summary"),
    MAINLAND_DISCHARGE_SUMMARY: N_("Mainland discharge summary"),
    CANARY: N_("Test record with marked texts"),
}

AUDIT_ACTIONS: Mapping[str, str] = {
    "sign_in": N_("Signed in"),
    "sign_out": N_("Signed out"),
    **{f"hospital.{step}": words for step, words in HOSPITAL_STEPS.items()},
    "hospital.read_lei": N_("LEI record read again"),
    "checks.put_in": N_("Paper put in"),
    "checks.check": N_("Paper checked"),
    "checks.names": N_("Difference between names accepted"),
    "checks.search": N_("LEI register searched for duplicates"),
    "checks.outcome": N_("Outcome of the search recorded"),
    "checks.hand_over": N_("Package for an LEI issuer made"),
    "notice.seen": N_("Notice of the watch seen"),
    "signer.prepare": N_("Key made for a signer"),
    "signer.prove": N_("Signer's role proved"),
    "signer.leave": N_("Signer left"),
    "patient.register": N_("Identity check recorded"),
    "patient.confirm": N_("Patient of a record confirmed"),
    "binding.invite": N_("Wallet invited"),
    "binding.revoke": N_("Wallet binding ended"),
    "credential.issue": N_("Records issued"),
    "credential.resend": N_("Offered again"),
    "credential.withdraw": N_("Withdrawn"),
    "status.revoke": N_("Revocation asked for"),
    "status.suspend": N_("Credential suspended"),
    "status.reinstate": N_("Suspension of a credential ended"),
    "status.approve": N_("Change of status approved"),
    "status.refuse": N_("Change of status turned down"),
}


def blocked_words(code: str) -> str:
    """The message for what holds a hospital up."""
    return BLOCKED.get(code) or BLOCKED_ROOMS.get(code.partition(".")[0]) or N_("The last step did not go through. Try again.")
