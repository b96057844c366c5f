"""The copies in the database that let the desk judge while others are away: trust list, fetched documents, ledger heads.

A copy only ever moves forward: an older list or a smaller head never takes the place of a newer one, whoever writes last.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.memory import LogHead
from storage import Database
from verifier.cache import Kept
from verifier.desk.tables import Base, DocumentCopy, HeadCopy, TrustCopy


class Copies:
    """Reads and writes the copies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def trust(self, publisher: str) -> TrustCopy | None:
        """The newest trust list kept of this publisher."""
        async with self._database.begin() as session:
            return await session.get(TrustCopy, publisher)

    async def keep_trust(self, publisher: str, sequence: int, document: str, at: datetime) -> None:
        """Keep a trust list; one with a smaller sequence leaves the copy as it is."""
        values = {"publisher": publisher, "sequence": sequence, "document": document, "fetched_at": at}
        await self._keep(TrustCopy, "publisher", values, TrustCopy.sequence <= sequence)

    async def documents(self, urls: Collection[str]) -> dict[str, Kept]:
        """The documents kept of these addresses and DIDs."""
        async with self._database.begin() as session:
            rows = await session.scalars(select(DocumentCopy).where(DocumentCopy.url.in_(urls)))
            return {row.url: Kept(json.loads(row.document), row.fetched_at) for row in rows}

    async def document_urls(self) -> list[str]:
        """All addresses and DIDs of which a document is kept."""
        async with self._database.begin() as session:
            return list(await session.scalars(select(DocumentCopy.url)))

    async def keep_document(self, url: str, kept: Kept) -> None:
        """Keep a document; one fetched earlier leaves the copy as it is."""
        values = {"url": url, "document": json.dumps(kept.document, ensure_ascii=False), "fetched_at": kept.fetched_at}
        await self._keep(DocumentCopy, "url", values, DocumentCopy.fetched_at <= kept.fetched_at)

    async def heads(self) -> dict[str, LogHead]:
        """The heads kept, by origin."""
        async with self._database.begin() as session:
            return {
                row.origin: LogHead(row.origin, row.size, bytes.fromhex(row.root))
                for row in await session.scalars(select(HeadCopy))
            }

    async def keep_head(self, head: LogHead, at: datetime) -> None:
        """Keep a head; a smaller one leaves the copy as it is."""
        values = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "seen_at": at}
        await self._keep(HeadCopy, "origin", values, HeadCopy.size < head.size)

    async def _keep(self, table: type[Base], key: str, values: dict[str, Any], newer: ColumnElement[bool]) -> None:
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(table).values(**values)
        changes = {name: value for name, value in values.items() if name != key}
        async with self._database.begin() as session:
            await session.execute(insert.on_conflict_do_update(index_elements=[key], set_=changes, where=newer))
