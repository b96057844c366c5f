"""The routes of the dishonest agent."""

from acapy_agent.protocols.issue_credential.v2_0.message_types import CRED_20_ISSUE, CRED_20_REQUEST
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_issue import V20CredIssue
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_request import V20CredRequest
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord
from acapy_agent.protocols.present_proof.v2_0.message_types import PRES_20
from acapy_agent.protocols.present_proof.v2_0.messages.pres import V20Pres
from acapy_agent.protocols.present_proof.v2_0.models.pres_exchange import V20PresExRecord
from aiohttp import web

from agents.plugin.holding import store
from agents.plugin.issue_format import CredentialFormat
from agents.plugin.present_format import PresentationFormat
from agents.plugin.signing import sign_documents


async def forge_credential(request: web.Request) -> web.Response:
    profile = request["context"].profile
    async with profile.session() as session:
        record = await V20CredExRecord.retrieve_by_id(session, request.match_info["id"])
    formats, attach = CredentialFormat(profile).get_format_data(CRED_20_ISSUE, await request.json())
    message = V20CredIssue(formats=[formats], credentials_attach=[attach])
    message.assign_thread_from(record.cred_request)
    await request["outbound_message_router"](message, connection_id=record.connection_id)
    return web.json_response({})


async def forge_request(request: web.Request) -> web.Response:
    """Ask for any detail in answer to an offer."""
    profile = request["context"].profile
    async with profile.session() as session:
        record = await V20CredExRecord.retrieve_by_id(session, request.match_info["id"])
        formats, attach = CredentialFormat(profile).get_format_data(CRED_20_REQUEST, await request.json())
        message = V20CredRequest(formats=[formats], requests_attach=[attach])
        message.assign_thread_from(record.cred_offer)
        record.state, record.cred_request = V20CredExRecord.STATE_REQUEST_SENT, message
        await record.save(session)
    await request["outbound_message_router"](message, connection_id=record.connection_id)
    return web.json_response({})


async def forge_presentation(request: web.Request) -> web.Response:
    """Send any presentation; with `sign_as`, signed by that DID for the request's challenge, and its domain or another."""
    profile = request["context"].profile
    body = await request.json()
    async with profile.session() as session:
        record = await V20PresExRecord.retrieve_by_id(session, request.match_info["id"])
    presentation = body["presentation"]
    if did := body.get("sign_as"):
        options = record.pres_request.attachment(PresentationFormat.format)["options"]
        (presentation,) = await sign_documents(
            profile,
            [presentation],
            verification_method=f"{did}#{did.removeprefix('did:key:')}",
            purpose="authentication",
            cryptosuite="eddsa-jcs-2022",
            created=body.get("created", "2026-11-24T15:00:00Z"),
            challenge=options["challenge"],
            domain=body.get("domain", options["domain"]),
        )
    formats, attach = PresentationFormat(profile).get_format_data(PRES_20, presentation)
    message = V20Pres(formats=[formats], presentations_attach=[attach])
    message.assign_thread_from(record.pres_request)
    await request["outbound_message_router"](message, connection_id=record.connection_id)
    return web.json_response({})


async def plant(request: web.Request) -> web.Response:
    """Put a credential into the wallet, whoever it is about: what a thief with a copied file does."""
    await store(request["context"].profile, await request.json())
    return web.json_response({})


async def register(app: web.Application) -> None:
    """Called by ACA-Py."""
    app.add_routes(
        [
            web.post("/forge/request/{id}", forge_request),
            web.post("/forge/credential/{id}", forge_credential),
            web.post("/forge/presentation/{id}", forge_presentation),
            web.post("/forge/plant", plant),
        ]
    )
