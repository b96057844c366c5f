"""The states a hospital can be in, and the only steps between them.

    applied ──check_lei──▶ lei_checked ──prove_did──▶ did_proved ──approve──▶ approved ──activate──▶ active ◀─╮
       ▲                        │                         │                      │        rotate_key ╰────────╯
       ╰────────send_back───────┴─────────────────────────┴──────────────────────╯                   │
                                                                                                      │
                    active ──lapse──▶ lapsed ──renew──▶ active          {active, lapsed} ──suspend──▶ suspended
                                                                        suspended ──reinstate──▶ active

From did_proved on, `prove_identity` and `end_identity` leave the state as it is: they change by what road the hospital is known.

A step that is not drawn here does not exist: `next_state` refuses it with `hospital.no_such_step`.
"""

from enum import StrEnum

from schemas.errors import StateError


class HospitalState(StrEnum):
    APPLIED = "applied"
    LEI_CHECKED = "lei_checked"
    DID_PROVED = "did_proved"
    APPROVED = "approved"
    ACTIVE = "active"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


class Step(StrEnum):
    APPLY = "apply"
    CHECK_LEI = "check_lei"
    PROVE_DID = "prove_did"
    PROVE_IDENTITY = "prove_identity"
    END_IDENTITY = "end_identity"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    ACTIVATE = "activate"
    ROTATE_KEY = "rotate_key"
    LAPSE = "lapse"
    RENEW = "renew"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


class Reason(StrEnum):
    """Why a step was taken: the code in the history, a sentence in the console."""

    REQUESTED = "requested"
    LEI_IN_ORDER = "lei_in_order"
    KEY_PROVED = "key_proved"
    VLEI_PROVED = "vlei_proved"
    VLEI_REVOKED = "vlei_revoked"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_EXPIRED = "certificate_expired"
    EVIDENCE_EXPIRED = "evidence_expired"
    CERTIFICATE_PROVED = "certificate_proved"
    NAMES_AGREE = "names_agree"
    NAME_DIFFERENCE_ACCEPTED = "name_difference_accepted"
    DOCUMENT_PUBLISHED = "document_published"
    KEY_ROTATED = "key_rotated"
    LEI_LAPSED = "lei_lapsed"
    LEI_ENDED = "lei_ended"
    LEI_RENEWED = "lei_renewed"
    LEI_UNKNOWN = "lei_unknown"
    LEI_MOVED = "lei_moved"
    LEI_RENAMED = "lei_renamed"
    APPLICATION_INCOMPLETE = "application_incomplete"
    KEY_COMPROMISED = "key_compromised"
    RECORD_ERRORS = "record_errors"
    REGULATOR_ORDER = "regulator_order"
    HOSPITAL_REQUEST = "hospital_request"
    CAUSE_REMOVED = "cause_removed"


SUSPENSION_REASONS = (Reason.KEY_COMPROMISED, Reason.RECORD_ERRORS, Reason.REGULATOR_ORDER, Reason.HOSPITAL_REQUEST)
"""The reasons a person may give."""

WATCH_REASONS = frozenset(
    {
        Reason.LEI_LAPSED,
        Reason.LEI_ENDED,
        Reason.LEI_UNKNOWN,
        Reason.LEI_MOVED,
        Reason.LEI_RENAMED,
        Reason.VLEI_REVOKED,
        Reason.CERTIFICATE_REVOKED,
        Reason.CERTIFICATE_EXPIRED,
        Reason.EVIDENCE_EXPIRED,
    }
)
"""The reasons that the watch finds: what `issuer.onboarding.checks.policy` calls events."""

_S = HospitalState
_KNOWN = (_S.DID_PROVED, _S.APPROVED, _S.ACTIVE, _S.LAPSED, _S.SUSPENDED)
STEPS: dict[Step, dict[HospitalState, HospitalState]] = {
    Step.APPLY: {_S.APPLIED: _S.APPLIED},  # corrected before the LEI is checked; the first one comes from nothing
    Step.CHECK_LEI: {_S.APPLIED: _S.LEI_CHECKED},
    Step.PROVE_DID: {_S.LEI_CHECKED: _S.DID_PROVED},
    Step.PROVE_IDENTITY: {state: state for state in _KNOWN},
    Step.END_IDENTITY: {state: state for state in _KNOWN},
    Step.SEND_BACK: {_S.LEI_CHECKED: _S.APPLIED, _S.DID_PROVED: _S.APPLIED, _S.APPROVED: _S.APPLIED},
    Step.APPROVE: {_S.DID_PROVED: _S.APPROVED},
    Step.ACTIVATE: {_S.APPROVED: _S.ACTIVE},
    Step.ROTATE_KEY: {_S.ACTIVE: _S.ACTIVE},
    Step.LAPSE: {_S.ACTIVE: _S.LAPSED},
    Step.RENEW: {_S.LAPSED: _S.ACTIVE},
    Step.SUSPEND: {_S.ACTIVE: _S.SUSPENDED, _S.LAPSED: _S.SUSPENDED},
    Step.REINSTATE: {_S.SUSPENDED: _S.ACTIVE},
}

PUBLISHED_STATES = frozenset({_S.APPROVED, _S.ACTIVE, _S.LAPSED, _S.SUSPENDED})
"""States in which the did:web document is served: what was signed earlier must stay checkable, whatever happened since."""

LISTED_STATES = frozenset({_S.ACTIVE, _S.LAPSED, _S.SUSPENDED})
"""States that the trust list names; the list says which one it is."""


def next_state(step: Step, state: HospitalState) -> HospitalState:
    """Where `step` leads from `state`.

    Raises:
        StateError: `hospital.no_such_step`.
    """
    if state not in STEPS[step]:
        raise StateError(
            "hospital.no_such_step",
            "The hospital's binding cannot take this step from the state it is in.",
            "The hospital's page shows the state and the next step.",
        )
    return STEPS[step][state]
