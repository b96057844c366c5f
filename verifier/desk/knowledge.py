"""What the desk knows without asking anybody: the trust list, fetched documents and ledger heads, kept in the database.

Everything kept was believed when it came and is judged again each time it is used, so the desk goes on with the issuer, the
ledger and the network away, and says how old its knowledge is. Only documents of hospitals on the trust list are ever fetched; a
status list speaks of a hundred thousand records or more, and fetching it tells the hospital nothing about whose record is at the
desk.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from ledger.client import LedgerClient
from ledger.memory import LogHead
from schemas.errors import MedcredError
from storage import Clock, Database
from verifier.cache import Kept
from verifier.desk.copies import Copies
from verifier.desk.key_events import SeenKeyEvents
from verifier.desk.settings import Settings
from verifier.desk.tables import TrustCopy
from verifier.desk.trust import Trust
from verifier.documents import did_of
from verifier.evidence import Evidence
from verifier.fetch import Limits
from verifier.gather import LIMITS, fetch_status_list
from verifier.identity.trust import TrustList
from verifier.identity.vlei import KeyStateCache

log = logging.getLogger(__name__)


class Notebook:
    """The verifier's `Shelf` for one verdict: filled from the database before, written back after (`Knowledge.keep`).

    Args:
        documents, heads: what is known already.
        now: when the verdict is given.
        young: a status list older than this is not handed out, so that it is fetched again; None hands out all.
    """

    def __init__(
        self, documents: Mapping[str, Kept], heads: Mapping[str, LogHead], now: datetime, young: timedelta | None
    ) -> None:
        self._documents, self._heads = dict(documents), dict(heads)
        self._now, self._young = now, young
        self.new_documents: dict[str, Kept] = {}
        self.new_heads: dict[str, LogHead] = {}

    def document(self, url: str) -> Kept | None:
        """The document kept of an address or DID; None asks for it to be fetched."""
        kept = self._documents.get(url)
        if kept and self._young is not None and _is_list(url, kept) and self._now - kept.fetched_at >= self._young:
            return None
        return kept

    def keep(self, url: str, document: dict[str, Any], at: datetime) -> None:
        """Note what an address gave."""
        self._documents[url] = self.new_documents[url] = Kept(document, at)

    def recall(self, origin: str) -> LogHead | None:
        """The head remembered of a ledger."""
        return self._heads.get(origin)

    def remember(self, head: LogHead) -> None:
        """Note a head instead of any earlier one of its ledger."""
        self._heads[head.origin] = self.new_heads[head.origin] = head

    @property
    def kept_lists(self) -> dict[str, Kept]:
        """What is known of status lists, however old, by address."""
        return {url: kept for url, kept in self._documents.items() if _is_list(url, kept)}


class Knowledge:
    """The knowledge of one desk.

    Args:
        http: reads what is public; closed by the service.
    """

    def __init__(self, database: Database, http: httpx.AsyncClient, clock: Clock, settings: Settings) -> None:
        self.http = http
        self.limits: Limits = replace(LIMITS, allow_loopback=settings.on_one_machine)
        self.copies = Copies(database)
        self.trust = Trust(settings.trust, self.copies, http, clock)
        self._clock = clock
        self._ledger = settings.ledger
        self._database = database
        self._key_events = KeyStateCache()

    async def notebook(self, names: Collection[str], *, young: timedelta | None = None) -> Notebook:
        """What is known about these addresses of status lists and DIDs, and about every ledger."""
        documents, heads = await self.copies.documents(names), await self.copies.heads()
        return Notebook(documents, heads, self._clock.now(), young)

    async def keep(self, notebook: Notebook) -> None:
        """Write back what a verdict learnt."""
        for url, kept in notebook.new_documents.items():
            await self.copies.keep_document(url, kept)
        for head in notebook.new_heads.values():
            await self.copies.keep_head(head, self._clock.now())

    def ledger_urls(self, trust: TrustList | None) -> dict[str, str]:
        """Who proves the growth of which log.

        A ledger is asked about its own log only: its proof of another would look like fraud.
        """
        if self._ledger is None or trust is None:
            return {}
        origins = [self._ledger.origin] if self._ledger.origin else [log.origin for log in trust.logs]
        return {origins[0]: self._ledger.url} if len(origins) == 1 else {}

    def ledgers(self, trust: TrustList | None) -> dict[str, LedgerClient]:
        """The same as clients."""
        return {origin: LedgerClient(url, "", self.http) for origin, url in self.ledger_urls(trust).items()}

    def key_knowledge(self) -> Evidence:
        """What is known of KERI key events; called in the event loop, used in the thread where a verdict is given."""
        seen = SeenKeyEvents(self._database, asyncio.get_running_loop())
        return Evidence(key_events=self._key_events, first_seen=seen)

    async def trust_copy(self) -> TrustCopy | None:
        """The trust list kept, with the time it was fetched."""
        return await self.trust.copy()

    async def trust_state(self) -> str:
        """`ok`, `missing` or `expired`."""
        trust = await self.trust.kept()
        if trust is None:
            return "missing"
        return "ok" if self._clock.now() < trust.expires_at else "expired"

    async def refresh(self) -> None:
        """Fetch the trust list and the status lists again, so that what is kept is young when the network goes."""
        await self.trust.refresh()
        trust = await self.trust.kept()
        for url, kept in (await self.copies.documents(await self.copies.document_urls())).items():
            issuer = did_of(kept.document.get("issuer"))
            if _is_list(url, kept) and trust and issuer and trust.issuer(issuer):
                await self._refresh_list(url)

    async def _refresh_list(self, url: str) -> None:
        now = self._clock.now()
        try:
            source = await fetch_status_list(url, self.http, at=now, limits=self.limits)
        except MedcredError as error:
            log.warning("a status list was not renewed", extra={"code": error.code})
            return
        if source.read and source.read.url == url:
            await self.copies.keep_document(url, Kept(dict(source.document), now))


def _is_list(url: str, kept: Kept) -> bool:
    """Whether it is a status list, and no DID document and no text of a proof of identity."""
    return not url.startswith("did:") and "text" not in kept.document
