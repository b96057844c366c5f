"""Whether an issued credential is valid, why that changed, and who must agree.

    active ──suspend──▶ suspended ──reinstate──▶ active         {active, suspended} ──revoke──▶ revoked (for ever)

A suspension and its end take effect at once: both can be undone. A revocation cannot, so a second person approves it:

    requested ──approve (another person)──▶ effective           requested ──refuse──▶ refused
"""

from enum import StrEnum

from schemas.errors import StateError


class CredentialStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Purpose(StrEnum):
    """`statusPurpose`, Bitstring Status List 1.0 §2.1."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


class StatusAction(StrEnum):
    REVOKE = "revoke"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


class ChangeState(StrEnum):
    REQUESTED = "requested"
    EFFECTIVE = "effective"
    REFUSED = "refused"


class StatusReason(StrEnum):
    """Why a status changed: kept at the hospital, never published."""

    ENTERED_IN_ERROR = "entered_in_error"
    WRONG_PATIENT = "wrong_patient"
    SUPERSEDED_BY_NEW_RECORD = "superseded_by_new_record"
    PATIENT_REQUEST = "patient_request"
    WALLET_LOST = "wallet_lost"
    KEY_COMPROMISED = "key_compromised"
    UNDER_REVIEW = "under_review"
    REVIEW_ENDED = "review_ended"
    REGULATOR_ORDER = "regulator_order"


_S, _A = CredentialStatus, StatusAction
STEPS: dict[StatusAction, dict[CredentialStatus, CredentialStatus]] = {
    _A.REVOKE: {_S.ACTIVE: _S.REVOKED, _S.SUSPENDED: _S.REVOKED},
    _A.SUSPEND: {_S.ACTIVE: _S.SUSPENDED},
    _A.REINSTATE: {_S.SUSPENDED: _S.ACTIVE},
}


def next_status(action: StatusAction, status: CredentialStatus) -> CredentialStatus:
    """The status after `action`.

    Raises:
        StateError: `status.no_such_step`, as when a revoked credential is to be reinstated.
    """
    if status not in STEPS[action]:
        raise StateError(
            "status.no_such_step",
            f"A credential that is {status} cannot take the step {action}.",
            "A revoked credential stays revoked; issue a new one.",
        )
    return STEPS[action][status]


def set_purposes(status: CredentialStatus) -> frozenset[Purpose]:
    """The lists in which a credential of this status has its bit set."""
    return {
        _S.ACTIVE: frozenset[Purpose](),
        _S.SUSPENDED: frozenset({Purpose.SUSPENSION}),
        _S.REVOKED: frozenset({Purpose.REVOCATION}),
    }[status]
