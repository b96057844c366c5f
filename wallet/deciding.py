"""The pages where a patient decides, one decision a screen: a link, an offer, a request; and the scanner that leads there."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from schemas.errors import InputError, MedcredError
from wallet import views
from wallet.door import HeaderGuard, Parts, Visitor
from wallet.pictures import LARGEST_SIDE, read_qr
from wallet.states import InvitationKind, InvitationState
from wallet.tables import Offer
from web.language import language_of
from web.pages import Pages
from web.sessions import FormGuard


def routes(pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/scan")
    async def scan(request: Request, patient: Visitor) -> Response:
        return pages.render(request, "scan.html", problem=None)

    @router.post("/scan", dependencies=[FormGuard])
    async def follow(request: Request, wallet: Parts, patient: Visitor, link: Annotated[str, Form()] = "") -> Response:
        try:
            invitation = await wallet.invitations.look(patient.id, link)
        except MedcredError as error:
            return pages.render(request, "scan.html", status=error.http_status, problem=error)
        return RedirectResponse(f"/invitations/{invitation.id}", 303)

    @router.post("/scan/picture", dependencies=[HeaderGuard])
    async def picture(request: Request, patient: Visitor, width: int, height: int) -> Response:
        """The text of a QR code in grey pixels, for browsers that cannot decode one themselves. Nothing is kept."""
        pixels = bytearray()
        async for chunk in request.stream():
            pixels += chunk
            if len(pixels) > LARGEST_SIDE**2:
                raise InputError("picture.malformed", "This picture cannot be read.", "Paste the link instead.")
        return JSONResponse({"text": read_qr(bytes(pixels), width, height)}, headers={"Cache-Control": "no-store"})

    @router.get("/invitations/{invitation_id}")
    async def invitation(invitation_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        found = await wallet.invitations.get(patient.id, invitation_id)
        if found.state == InvitationState.RECEIVED:
            await wallet.reconcile(patient.id)
            led = await wallet.invitations.leads_to(found)
            if led is not None:
                return RedirectResponse(f"/{'offers' if isinstance(led, Offer) else 'requests'}/{led.id}", 303)
            connected = found.kind == InvitationKind.LINK and await wallet.invitations.is_connected(found)
            return pages.render(request, "arriving.html", invitation=found, connected=connected)
        if found.state == InvitationState.DECLINED:
            return RedirectResponse("/", 303)
        return pages.render(request, "link.html", invitation=found)

    @router.post("/invitations/{invitation_id}/connect", dependencies=[FormGuard])
    async def connect(invitation_id: str, wallet: Parts, patient: Visitor) -> Response:
        await wallet.invitations.connect(patient.id, invitation_id)
        return RedirectResponse(f"/invitations/{invitation_id}", 303)

    @router.post("/invitations/{invitation_id}/decline", dependencies=[FormGuard])
    async def refuse(invitation_id: str, wallet: Parts, patient: Visitor) -> Response:
        await wallet.invitations.decline(patient.id, invitation_id)
        return RedirectResponse("/", 303)

    @router.get("/offers/{offer_id}")
    async def offer(offer_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        await wallet.reconcile(patient.id)
        view = await wallet.offers.view(patient.id, offer_id)
        return pages.render(request, "offer.html", offer=await views.offer(wallet, patient, view, language_of(request)))

    @router.post("/offers/{offer_id}/accept", dependencies=[FormGuard])
    async def accept(offer_id: str, wallet: Parts, patient: Visitor) -> Response:
        await wallet.offers.accept(patient.id, offer_id)
        return RedirectResponse(f"/offers/{offer_id}", 303)

    @router.post("/offers/{offer_id}/decline", dependencies=[FormGuard])
    async def decline_offer(offer_id: str, wallet: Parts, patient: Visitor) -> Response:
        await wallet.offers.decline(patient.id, offer_id)
        return RedirectResponse(f"/offers/{offer_id}", 303)

    @router.get("/requests/{request_id}")
    async def ask(request_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        await wallet.reconcile(patient.id)
        view = await wallet.requests.view(patient.id, request_id)
        return pages.render(request, "request.html", asking=views.request(view, language_of(request)))

    @router.post("/requests/{request_id}/share", dependencies=[FormGuard])
    async def share(request_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        form = await request.form()
        chosen = {name.removeprefix("record."): str(value) for name, value in form.items() if name.startswith("record.")}
        await wallet.requests.share(patient.id, request_id, chosen)
        return RedirectResponse(f"/requests/{request_id}", 303)

    @router.post("/requests/{request_id}/decline", dependencies=[FormGuard])
    async def decline_request(request_id: str, wallet: Parts, patient: Visitor) -> Response:
        await wallet.requests.decline(patient.id, request_id)
        return RedirectResponse(f"/requests/{request_id}", 303)

    return router
