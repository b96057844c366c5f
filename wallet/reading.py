"""The pages a patient reads: what waits, the records, one record and its file, who saw what, and the stream of changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wallet import views
from wallet.carry import MEDIA_TYPE, carried_file
from wallet.door import Listener, Parts, Visitor
from web.language import language_of
from web.live import HEARTBEAT_SECONDS, event, event_stream
from web.pages import Pages


def routes(pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request, wallet: Parts, patient: Visitor) -> Response:
        await wallet.reconcile(patient.id)
        return pages.render(request, "home.html", **await views.home(wallet, patient, language_of(request)))

    @router.get("/records/{record_id}")
    async def record(record_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        facts = await views.record(wallet, patient, record_id, language_of(request))
        return pages.render(request, "record.html", record=facts)

    @router.get("/records/{record_id}/carry")
    async def carry(record_id: str, request: Request, wallet: Parts, patient: Visitor) -> Response:
        """Says what the file will hold and what could not be had, before it is saved."""
        found = await wallet.records.get(patient.id, record_id)
        carried = await carried_file(patient.id, found.credential, wallet.outside, wallet.files, wallet.trust)
        facts = await views.record(wallet, patient, record_id, language_of(request))
        return pages.render(request, "carry.html", record=facts, carried=carried)

    @router.get("/records/{record_id}/file")
    async def file(record_id: str, wallet: Parts, patient: Visitor) -> Response:
        return await record_file(wallet, patient.id, record_id)

    @router.get("/history")
    async def history(request: Request, wallet: Parts, patient: Visitor) -> Response:
        language = language_of(request)
        return pages.render(
            request,
            "history.html",
            shares=[views.share(row, language) for row in await wallet.history.all(patient.id)],
            contacts=[views.contact(row, language) for row in await wallet.contacts.all(patient.id)],
        )

    @router.get("/events")
    async def events(wallet: Parts, patient: Listener) -> Response:
        async def changes() -> AsyncIterator[str]:
            with wallet.bell.watch(patient.id) as rung:
                while True:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(rung.wait(), HEARTBEAT_SECONDS)
                    yield event("changed", {}) if rung.is_set() else ": still here\n\n"
                    rung.clear()

        return event_stream(changes())

    return router


async def record_file(wallet: Parts, account_id: str, record_id: str) -> Response:
    """The carried file as a download. Its name says nothing of the record."""
    found = await wallet.records.get(account_id, record_id)
    carried = await carried_file(account_id, found.credential, wallet.outside, wallet.files, wallet.trust)
    return Response(
        carried.as_bytes(),
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": 'attachment; filename="record.medcred.json"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Missing-Status-Lists": str(carried.missing_status),
            "X-Missing-Attachments": str(carried.missing_attachments),
        },
    )
