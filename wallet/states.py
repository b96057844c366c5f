"""The states an invitation, an offer and a request pass through, and nothing else may.

    invitation   seen ──▶ received                              a link waits for the patient's yes; offers and requests do not
                  └─────▶ declined
    offer        waiting ─▶ accepting ─▶ accepted               the record is in the wallet
                  ├───────▶ declined
                  └───────▶ withdrawn | failed                  the hospital took it back, or it could not be delivered
    request      waiting ─▶ sharing ──▶ shared                  the answer has left this wallet
                  ├───────▶ declined
                  └───────▶ expired | withdrawn | failed

`accepting` and `sharing` are written before the agent is asked, so a crash in between leaves a step to repeat.
"""

from enum import StrEnum


class InvitationKind(StrEnum):
    LINK = "link"
    OFFER = "offer"
    REQUEST = "request"


class InvitationState(StrEnum):
    SEEN = "seen"
    RECEIVED = "received"
    DECLINED = "declined"


class OfferState(StrEnum):
    WAITING = "waiting"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class RequestState(StrEnum):
    WAITING = "waiting"
    SHARING = "sharing"
    SHARED = "shared"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


OPEN_OFFERS = (OfferState.WAITING, OfferState.ACCEPTING)
OPEN_REQUESTS = (RequestState.WAITING, RequestState.SHARING)
