"""The desk's trust list: fetched from its publisher's address, believed only under the pinned publisher's signature, kept.

fetch      one read within limits; parsed and checked against the list kept before: an older sequence is refused
kept       the copy in the database, its signature checked again when it is loaded
fresh      before a verdict: asks again when the copy is older than a minute or does not know an issuer at hand,
           but not more often than every few seconds, and after a failure not for a while. The copy serves when nobody answers.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import httpx

from schemas.errors import MedcredError
from storage import Clock
from verifier.desk.copies import Copies
from verifier.desk.settings import TrustSource
from verifier.desk.tables import TrustCopy
from verifier.fetch import Limits, fetch
from verifier.identity.trust import MAX_BYTES, TrustList

log = logging.getLogger(__name__)

LIMITS = Limits(max_bytes=MAX_BYTES, seconds=3.0, allow_loopback=True)
YOUNG = timedelta(seconds=60)
PAUSE = timedelta(seconds=2)
PAUSE_AFTER_FAILURE = timedelta(seconds=15)


class Trust:
    """The trust list of one desk."""

    def __init__(self, source: TrustSource, copies: Copies, http: httpx.AsyncClient, clock: Clock) -> None:
        self._source = source
        self._copies = copies
        self._http = http
        self._clock = clock
        self._parsed: tuple[str, TrustList] | None = None
        self._next_try = datetime.min.replace(tzinfo=clock.now().tzinfo)
        self._turn = asyncio.Lock()

    async def copy(self) -> TrustCopy | None:
        """The copy kept, with the time it was fetched."""
        return await self._copies.trust(self._source.publisher) if self._source.publisher else None

    async def kept(self) -> TrustList | None:
        """The list kept; None when there is none that this desk believes."""
        copy = await self.copy()
        return self._read(copy.document) if copy else None

    async def fresh(self, issuers: Collection[str]) -> TrustList | None:
        """The best list to judge these issuers by.

        Args:
            issuers: DIDs named in the document at hand.
        """
        trust = await self._good_enough(issuers)
        if trust:
            return trust
        async with self._turn:  # whoever waited here finds what the one before fetched
            trust = await self._good_enough(issuers)
            if trust is None and self._clock.now() >= self._next_try:
                await self._fetch()
        return trust or await self.kept()

    async def refresh(self) -> bool:
        """Fetch the list and keep it. False, with a line in the log, when that did not work: the old copy stays."""
        async with self._turn:
            return await self._fetch()

    async def _good_enough(self, issuers: Collection[str]) -> TrustList | None:
        copy = await self.copy()
        trust = self._read(copy.document) if copy else None
        young = copy is not None and self._clock.now() - copy.fetched_at < YOUNG
        return trust if trust and young and all(trust.issuer(did) for did in issuers) else None

    async def _fetch(self) -> bool:
        if not self._source.publisher:
            return False
        self._next_try = self._clock.now() + PAUSE_AFTER_FAILURE
        try:
            answer = await fetch(self._http, self._source.url, LIMITS)
            newest = await self.kept()
            trust = TrustList.parse(answer.body, publisher=self._source.publisher, newest=newest)
        except MedcredError as error:
            log.warning("the trust list was not renewed", extra={"code": error.code})
            return False
        await self._copies.keep_trust(trust.publisher, trust.sequence, answer.body.decode(), self._clock.now())
        self._next_try = self._clock.now() + PAUSE
        return True

    def _read(self, document: str) -> TrustList | None:
        if self._parsed is None or self._parsed[0] != document:
            try:
                self._parsed = document, TrustList.parse(document, publisher=self._source.publisher)
            except MedcredError as error:
                log.error("the trust list kept is not believed", extra={"code": error.code})
                return None
        return self._parsed[1]
