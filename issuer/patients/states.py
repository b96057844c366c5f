"""The states of a wallet's binding, and the only steps between them.

invited ──▶ connected ──▶ proving ──▶ active ──▶ revoked
   ╰──────────┴────────────┴──▶ expired | failed | revoked

invited     a code is on the screen; a wallet may take it
connected   a wallet took it
proving     the wallet was asked to prove a DID
active      it did: it may be offered this patient's records
expired     it took too long, or a newer code took its place
failed      `reason` says why: the proof did not hold, or the patient said no
revoked     a person ended it; no more offers
"""

from enum import StrEnum

from schemas.errors import StateError


class BindingState(StrEnum):
    INVITED = "invited"
    CONNECTED = "connected"
    PROVING = "proving"
    ACTIVE = "active"
    EXPIRED = "expired"
    FAILED = "failed"
    REVOKED = "revoked"


class BindingReason(StrEnum):
    """Why a binding is not active."""

    TOO_LATE = "too_late"
    NEWER_CODE = "newer_code"
    DECLINED = "declined"
    PROOF_FAILED = "proof_failed"
    DID_TAKEN = "did_taken"
    WALLET_LOST = "wallet_lost"
    PATIENT_REQUEST = "patient_request"
    WRONG_PATIENT = "wrong_patient"


REVOCATION_REASONS = (BindingReason.WALLET_LOST, BindingReason.PATIENT_REQUEST, BindingReason.WRONG_PATIENT)
"""The reasons a person may give."""

_S = BindingState
_ENDS = frozenset({_S.EXPIRED, _S.FAILED, _S.REVOKED})
STEPS: dict[BindingState, frozenset[BindingState]] = {
    _S.INVITED: _ENDS | {_S.CONNECTED},
    _S.CONNECTED: _ENDS | {_S.PROVING},
    _S.PROVING: _ENDS | {_S.ACTIVE},
    _S.ACTIVE: frozenset({_S.REVOKED}),
    _S.EXPIRED: frozenset(),
    _S.FAILED: frozenset(),
    _S.REVOKED: frozenset(),
}

PENDING = (_S.INVITED, _S.CONNECTED, _S.PROVING)


def check_step(state: BindingState, to: BindingState) -> None:
    """Raises StateError `binding.no_such_step` when no step leads from `state` to `to`."""
    if to not in STEPS[state]:
        raise StateError(
            "binding.no_such_step", f"A binding that is {state} cannot become {to}.", "Look at the patient's wallets again."
        )
