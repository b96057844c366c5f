"""The states of a credential on its way to the wallet, and the only steps between them.

    drafted ──offer──▶ offered ──request──▶ accepted ──▶ signed ──▶ committed ──▶ witnessed ──▶ issued ──▶ acknowledged
       ▲                  │                    │            ◀─╯ ledger forgot        │             │
       │                  ├──▶ expired         ╰──▶ failed ◀─────────────────────────┤             ╰──▶ failed
       │                  ├──▶ declined        ╰──▶ declined ◀───────────────────────╯
       ╰── resend ────────┴── from offered, issued, expired, declined, failed

What a row in this state means, and what is lost when every process dies now:

    drafted       content is final but for its subject; status indices are taken. Lost: nothing. The offer may have been sent
                  without our knowing: before a second try the agent's exchanges are searched for this credential's id.
    offered       the agent has an exchange that offers it. Lost: nothing. The exchange is read again until `expires_at`.
    accepted      the wallet asked with a DID its binding proved. Lost: nothing. Signing has not happened or is repeated unseen.
    signed        the signature is in the row. Lost: nothing. Handing the fingerprint to the ledger again changes nothing.
    committed     the ledger took the fingerprint. Lost: nothing. The receipt is asked for again; a ledger that forgot it is
                  handed it again.
    witnessed     the receipt is in the row. Lost: nothing. It may have been sent: before a second try the exchange is read.
    issued        the agent took it for delivery. Lost: nothing. Unacknowledged, it is sent again, the same bytes.
    acknowledged  the wallet said it stored it. Final.
    expired       nobody accepted in time.    declined  the wallet said no.    failed  `reason` says why.

A signature is made at most once for what leaves the house: a credential that was sent keeps its bytes and its subject for ever,
and `resend` offers those again. Whether a credential is valid (active, suspended, revoked) is another matter: `issuer.status`.
"""

from enum import StrEnum

from schemas.errors import StateError


class CredentialState(StrEnum):
    DRAFTED = "drafted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    SIGNED = "signed"
    COMMITTED = "committed"
    WITNESSED = "witnessed"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"
    DECLINED = "declined"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a credential is not on its way, or what is wrong with where it is."""

    OFFER_EXPIRED = "offer_expired"
    WALLET_DECLINED = "wallet_declined"
    DID_NOT_BOUND = "did_not_bound"
    OTHER_DID = "other_did"
    BINDING_REVOKED = "binding_revoked"
    HOSPITAL_NOT_ACTIVE = "hospital_not_active"
    SIGNER_LEFT = "signer_left"
    NOT_ISSUED_IN_TIME = "not_issued_in_time"
    WALLET_REFUSED = "wallet_refused"
    UNACKNOWLEDGED = "unacknowledged"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    FINISHED = "finished"


class Delivery(StrEnum):
    """How an offer reaches the wallet."""

    CONNECTION = "connection"
    INVITATION = "invitation"


_S = CredentialState
STEPS: dict[CredentialState, frozenset[CredentialState]] = {
    _S.DRAFTED: frozenset({_S.OFFERED, _S.EXPIRED, _S.FAILED}),
    _S.OFFERED: frozenset({_S.ACCEPTED, _S.SIGNED, _S.WITNESSED, _S.DRAFTED, _S.EXPIRED, _S.DECLINED, _S.FAILED}),
    _S.ACCEPTED: frozenset({_S.SIGNED, _S.FAILED}),
    _S.SIGNED: frozenset({_S.COMMITTED, _S.FAILED}),
    _S.COMMITTED: frozenset({_S.WITNESSED, _S.SIGNED, _S.FAILED}),
    _S.WITNESSED: frozenset({_S.ISSUED, _S.DRAFTED, _S.DECLINED, _S.FAILED}),
    _S.ISSUED: frozenset({_S.ACKNOWLEDGED, _S.DRAFTED, _S.FAILED}),
    _S.ACKNOWLEDGED: frozenset(),
    _S.EXPIRED: frozenset({_S.DRAFTED}),
    _S.DECLINED: frozenset({_S.DRAFTED}),
    _S.FAILED: frozenset({_S.DRAFTED}),
}

UNDER_WAY = frozenset({_S.ACCEPTED, _S.SIGNED, _S.COMMITTED, _S.WITNESSED})
"""Accepted by the patient and not yet sent: must end within `issue_minutes`."""

RESENDABLE = frozenset({_S.OFFERED, _S.ISSUED, _S.EXPIRED, _S.DECLINED, _S.FAILED})


def check_step(state: CredentialState, to: CredentialState) -> None:
    """Raises StateError `credential.no_such_step` when no step leads from `state` to `to`."""
    if to not in STEPS[state]:
        raise StateError(
            "credential.no_such_step",
            f"A credential that is {state} cannot become {to}.",
            "Read the credential again: its state may have changed.",
        )
