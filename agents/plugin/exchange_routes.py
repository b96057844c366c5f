"""Routes that move an exchange on: offer, request, issue, share; and the two that show exchanges.

Each reads the record, checks its state, prepares the message with the formats of `issue_format` and `presenting`, saves, sends.
Saving comes before sending: after a crash in between, the controller repeats the call and the message goes out again.
"""

from datetime import UTC, datetime
from typing import Any

from acapy_agent.protocols.issue_credential.v2_0.formats.handler import V20CredFormatError
from acapy_agent.protocols.issue_credential.v2_0.manager import V20CredManager
from acapy_agent.protocols.issue_credential.v2_0.message_types import CRED_20_ISSUE, CRED_20_OFFER
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_format import V20CredFormat
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_issue import V20CredIssue
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_offer import V20CredOffer
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.protocols.present_proof.v2_0.message_types import PRES_20
from acapy_agent.protocols.present_proof.v2_0.messages.pres import V20Pres
from acapy_agent.protocols.present_proof.v2_0.models.pres_exchange import V20PresExRecord
from acapy_agent.wallet.base import BaseWallet
from acapy_agent.wallet.error import WalletNotFoundError
from aiohttp import web

from agents.plugin import bodies, exchanges
from agents.plugin.answers import route
from agents.plugin.data_integrity import JCS
from agents.plugin.issue_format import CredentialFormat, is_as_requested, is_detail, new_detail
from agents.plugin.offering import check_offer, find_offer, thread_of
from agents.plugin.present_format import PresentationFormat
from agents.plugin.presenting import presentation, readable_request
from agents.plugin.turns import turn
from schemas.errors import NotFoundError, StateError


def _no_such_step(state: str) -> StateError:
    message = f"The exchange is in state {state}; this step is not possible from there."
    return StateError("exchange.state", message, "Read the exchange again.")


def _other_did() -> StateError:
    return StateError("offer.other_did", "This offer cannot be accepted for that DID.", "It is about another, or was accepted.")


@route(
    "Offer a VC 2.0 credential, over a connection or to be attached to an invitation",
    body=bodies.NewOffer(),
    answer=bodies.CredentialExchange(),
)
async def offer(request: web.Request) -> Any:
    """Make the exchange; send the offer when there is a connection.

    The thread is named after the credential (`urn:uuid:…`), so repeating the call finds the exchange instead of making another.
    """
    body = await request.json()
    profile = request["context"].profile
    detail = new_detail(body["credential"], body.get("cryptosuite", JCS))
    check_offer(detail)
    connection_id = body.get("connection_id")
    thread_id = thread_of(body["credential"])
    async with turn(profile, thread_id or ""), profile.session() as session:
        record, taken = await find_offer(session, thread_id, detail, connection_id)
        if record is None:
            formats, attach = CredentialFormat(profile).get_format_data(CRED_20_OFFER, detail)
            message = V20CredOffer(None if taken else thread_id, formats=[formats], offers_attach=[attach])
            record = V20CredExRecord(
                connection_id=connection_id,
                thread_id=message._thread_id,
                initiator=V20CredExRecord.INITIATOR_SELF,
                role=V20CredExRecord.ROLE_ISSUER,
                state=V20CredExRecord.STATE_OFFER_SENT,
                cred_offer=message,
                auto_remove=False,
            )
            await record.save(session, reason="medcred offer")
    if record.connection_id and record.state == V20CredExRecord.STATE_OFFER_SENT:
        await request["outbound_message_router"](record.cred_offer, connection_id=record.connection_id)
    return exchanges.credential_exchange_now(record)


@route(
    "Request an offered credential for a did:key of this wallet",
    path=bodies.CredentialExchangeId(),
    body=bodies.Acceptance(),
    answer=bodies.CredentialExchange(),
)
async def accept(request: web.Request) -> Any:
    """The holder binds the credential to its DID. Repeating the call sends the same request again."""
    profile = request["context"].profile
    holder_did = (await request.json())["holder_did"]
    exchange_id = request.match_info["cred_ex_id"]
    async with profile.session() as session:
        thread_id = (await V20CredExRecord.retrieve_by_id(session, exchange_id)).thread_id
        try:
            await session.inject(BaseWallet).get_local_did(holder_did)
        except WalletNotFoundError as error:
            raise NotFoundError("did.unknown", "This DID is not of this wallet.", "Make one first.") from error
    # A patient who tapped twice, each time with a new DID, requests once.
    async with turn(profile, thread_id):
        async with profile.session() as session:
            record = await V20CredExRecord.retrieve_by_id(session, exchange_id)
        if record.state == V20CredExRecord.STATE_OFFER_RECEIVED:
            try:
                record, _ = await V20CredManager(profile).create_request(record, holder_did)
            except V20CredFormatError as error:
                raise _other_did() from error
        elif record.state != V20CredExRecord.STATE_REQUEST_SENT:
            raise _no_such_step(record.state)
    seen = exchanges.credential_exchange_now(record)
    if seen["holder_did"] != holder_did:
        raise _other_did()
    await request["outbound_message_router"](record.cred_request, connection_id=record.connection_id)
    return seen


@route(
    "Issue exactly this signed credential",
    path=bodies.CredentialExchangeId(),
    body=bodies.Issue(),
    answer=bodies.CredentialExchange(),
)
async def issue(request: web.Request) -> Any:
    """Send the credential with its proofs and receipt; again, unchanged, until the holder has acknowledged it."""
    profile = request["context"].profile
    credential = (await request.json())["credential"]
    ld_proof = V20CredFormat.Format.LD_PROOF
    # The row is locked: of two callers with different credentials one is refused.
    async with profile.transaction() as session:
        record = await V20CredExRecord.retrieve_by_id(session, request.match_info["cred_ex_id"], for_update=True)
        if record.state == V20CredExRecord.STATE_REQUEST_RECEIVED:
            detail = record.cred_request.attachment(ld_proof)
            if not is_detail(detail) or not is_as_requested(credential, detail):
                raise StateError(
                    "credential.not_as_requested",
                    "The credential differs from the request in more than its proof, or lacks the proof asked for.",
                    "Sign what the holder requested: its DID is in it.",
                )
            formats, attach = CredentialFormat(profile).get_format_data(CRED_20_ISSUE, credential)
            message = V20CredIssue(formats=[formats], credentials_attach=[attach])
            message.assign_thread_from(record.cred_request)
            record.state = V20CredExRecord.STATE_ISSUED
            record.cred_issue = message
            await record.save(session, reason="medcred issue")
            await session.commit()
        elif record.cred_issue is None or record.cred_issue.attachment(ld_proof) != credential:
            raise _no_such_step(record.state)
    if record.state == V20CredExRecord.STATE_ISSUED:
        await request["outbound_message_router"](record.cred_issue, connection_id=record.connection_id)
    return exchanges.credential_exchange_now(record)


@route(
    "Answer a request with records, or with the proof of a DID",
    path=bodies.PresentationExchangeId(),
    body=bodies.Share(),
    answer=bodies.PresentationExchange(),
)
async def share(request: web.Request) -> Any:
    """Build, sign and send the presentation. Repeating the call sends the same presentation again."""
    profile = request["context"].profile
    body = await request.json()
    async with profile.session() as session:
        record = await V20PresExRecord.retrieve_by_id(session, request.match_info["pres_ex_id"])
    if record.state == V20PresExRecord.STATE_REQUEST_RECEIVED:
        asked = readable_request(record.pres_request.attachment(PresentationFormat.format))
        signed = await presentation(profile, asked, body["record_ids"], body.get("holder_did"), datetime.now(UTC))
        formats, attach = PresentationFormat(profile).get_format_data(PRES_20, signed)
        message = V20Pres(formats=[formats], presentations_attach=[attach])
        message.assign_thread_from(record.pres_request)
        async with profile.transaction() as session:
            # Read again under lock: a patient who tapped twice shares once.
            record = await V20PresExRecord.retrieve_by_id(session, record.pres_ex_id, for_update=True)
            if record.state == V20PresExRecord.STATE_REQUEST_RECEIVED:
                record.state = V20PresExRecord.STATE_PRESENTATION_SENT
                record.pres = message
                await record.save(session, reason="medcred share")
                await session.commit()
    if record.state != V20PresExRecord.STATE_PRESENTATION_SENT:
        raise _no_such_step(record.state)
    await request["outbound_message_router"](record.pres, connection_id=record.connection_id)
    return exchanges.presentation_exchange_now(record)


@route("One credential exchange", path=bodies.CredentialExchangeId(), answer=bodies.CredentialExchange())
async def credential_exchange(request: web.Request) -> Any:
    """The exchange as it is now."""
    return await exchanges.credential_exchange(request["context"].profile, request.match_info["cred_ex_id"])


@route("Credential exchanges", query=bodies.ExchangeQuery(), answer=bodies.CredentialExchanges())
async def credential_exchanges(request: web.Request) -> Any:
    """All that fit."""
    return {"results": await exchanges.credential_exchanges(request["context"].profile, request.query)}


@route("One presentation exchange", path=bodies.PresentationExchangeId(), answer=bodies.PresentationExchange())
async def presentation_exchange(request: web.Request) -> Any:
    """The exchange as it is now, with the presentation as it came."""
    return await exchanges.presentation_exchange(request["context"].profile, request.match_info["pres_ex_id"])


@route("Presentation exchanges", query=bodies.ExchangeQuery(), answer=bodies.PresentationExchanges())
async def presentation_exchanges(request: web.Request) -> Any:
    """All that fit."""
    return {"results": await exchanges.presentation_exchanges(request["context"].profile, request.query)}


ROUTES = (
    web.post("/medcred/credential-exchanges", offer),
    web.get("/medcred/credential-exchanges", credential_exchanges, allow_head=False),
    web.get("/medcred/credential-exchanges/{cred_ex_id}", credential_exchange, allow_head=False),
    web.post("/medcred/credential-exchanges/{cred_ex_id}/request", accept),
    web.post("/medcred/credential-exchanges/{cred_ex_id}/issue", issue),
    web.get("/medcred/presentation-exchanges", presentation_exchanges, allow_head=False),
    web.get("/medcred/presentation-exchanges/{pres_ex_id}", presentation_exchange, allow_head=False),
    web.post("/medcred/presentation-exchanges/{pres_ex_id}/share", share),
)
