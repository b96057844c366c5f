"""The same for programs: JSON, the session cookie of `POST /api/login`, and its token in `X-CSRF` on everything that changes.

Following a link here also says yes to it: a program has decided before it calls.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from wallet import views
from wallet.door import Caller, HeaderGuard, Parts, admit
from wallet.reading import record_file
from wallet.tables import Invitation, Offer
from wallet.views import Facts
from web.language import language_of


def routes() -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/login")
    async def login(request: Request, wallet: Parts, login: Annotated[str, Body()], passcode: Annotated[str, Body()]) -> Facts:
        account = await wallet.accounts.sign_in(login, passcode)
        return {"name": account.name, "csrf": admit(request, account)}

    @router.post("/logout", dependencies=[HeaderGuard])
    async def logout(request: Request, wallet: Parts, patient: Caller) -> Facts:
        await wallet.accounts.sign_out(patient.id)
        request.session.clear()
        return {"state": "signed_out"}

    @router.post("/invitations", dependencies=[HeaderGuard], status_code=201)
    async def follow(wallet: Parts, patient: Caller, url: Annotated[str, Body(embed=True)]) -> Facts:
        found = await wallet.invitations.look(patient.id, url)
        return await _invitation(wallet, await wallet.invitations.connect(patient.id, found.id))

    @router.get("/invitations/{invitation_id}")
    async def invitation(invitation_id: str, wallet: Parts, patient: Caller) -> Facts:
        found = await wallet.invitations.get(patient.id, invitation_id)
        await wallet.reconcile(patient.id)
        return await _invitation(wallet, found)

    @router.get("/offers")
    async def offers(request: Request, wallet: Parts, patient: Caller) -> list[Facts]:
        await wallet.reconcile(patient.id)
        return [views.offer_summary(row, language_of(request)) for row in await wallet.offers.waiting(patient.id)]

    @router.get("/offers/{offer_id}")
    async def offer(offer_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        await wallet.reconcile(patient.id)
        view = await wallet.offers.view(patient.id, offer_id)
        return await views.offer(wallet, patient, view, language_of(request))

    @router.post("/offers/{offer_id}/accept", dependencies=[HeaderGuard])
    async def accept(offer_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        return views.offer_summary(await wallet.offers.accept(patient.id, offer_id), language_of(request))

    @router.post("/offers/{offer_id}/decline", dependencies=[HeaderGuard])
    async def decline_offer(offer_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        return views.offer_summary(await wallet.offers.decline(patient.id, offer_id), language_of(request))

    @router.get("/requests")
    async def requests(request: Request, wallet: Parts, patient: Caller) -> list[Facts]:
        await wallet.reconcile(patient.id)
        return [views.request_summary(row, language_of(request)) for row in await wallet.requests.waiting(patient.id)]

    @router.get("/requests/{request_id}")
    async def ask(request_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        await wallet.reconcile(patient.id)
        return views.request(await wallet.requests.view(patient.id, request_id), language_of(request))

    @router.post("/requests/{request_id}/share", dependencies=[HeaderGuard])
    async def share(
        request_id: str,
        request: Request,
        wallet: Parts,
        patient: Caller,
        records: Annotated[dict[str, str] | None, Body(embed=True)] = None,
    ) -> Facts:
        """`records`: type → record id; a type left out is answered by its newest record."""
        row = await wallet.requests.share(patient.id, request_id, records or {})
        return views.request_summary(row, language_of(request))

    @router.post("/requests/{request_id}/decline", dependencies=[HeaderGuard])
    async def decline_request(request_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        return views.request_summary(await wallet.requests.decline(patient.id, request_id), language_of(request))

    @router.get("/credentials")
    async def credentials(request: Request, wallet: Parts, patient: Caller) -> list[Facts]:
        return await views.records(wallet, patient, language_of(request))

    @router.get("/credentials/{record_id}")
    async def credential(record_id: str, request: Request, wallet: Parts, patient: Caller) -> Facts:
        return await views.record(wallet, patient, record_id, language_of(request))

    @router.get("/credentials/{record_id}/file")
    async def file(record_id: str, wallet: Parts, patient: Caller) -> Response:
        return await record_file(wallet, patient.id, record_id)

    @router.get("/history")
    async def history(request: Request, wallet: Parts, patient: Caller) -> list[Facts]:
        return [views.share(row, language_of(request)) for row in await wallet.history.all(patient.id)]

    return router


async def _invitation(wallet: Parts, invitation: Invitation) -> Facts:
    """Where an invitation stands: `offer` or `request` is the id of what came of it, once it is there."""
    led = await wallet.invitations.leads_to(invitation)
    is_offer = isinstance(led, Offer)
    return {
        "id": invitation.id,
        "kind": invitation.kind,
        "state": invitation.state,
        "label": invitation.label,
        "connected": await wallet.invitations.is_connected(invitation),
        "offer": led.id if led is not None and is_offer else None,
        "request": led.id if led is not None and not is_offer else None,
    }
