"""Where LEI records come from: one interface, and the register with an index behind it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from schemas.errors import NotFoundError, SourceError
from verifier.identity.lei.freshness import LEI_FRESHNESS, Age, LeiFreshness
from verifier.identity.lei.record import LeiRecord


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime: ...


class LeiSource(Protocol):
    """Somewhere LEI records are read from."""

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI.

        Raises:
            FormatError: `lei.malformed`, the check digits are wrong.
            NotFoundError: `lei.not_found`, the register has no such LEI.
            SourceError: the register did not give an answer that can be used.
        """
        ...


class First(StrEnum):
    """Which source is asked first."""

    REGISTER = "register"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class TwoSources:
    """A `LeiSource` of a register and an index of its published file. Each record's `source` and `as_of` say what it is.

    The register first: the index answers when the register does not, or has only an older record to remember.
    The index first: a fresh record of the index is enough; else the register is asked, and an aged record of the index is
    given only when the register is silent. Only the register can say that there is no such LEI.
    """

    register: LeiSource
    index: LeiSource
    clock: Clock
    first: First = First.REGISTER
    freshness: LeiFreshness = LEI_FRESHNESS

    async def record(self, lei: str) -> LeiRecord:
        """The record of an LEI.

        Raises:
            FormatError: `lei.malformed`. NotFoundError: `lei.not_found`.
            SourceError: neither has it; the register's error.
        """
        indexed = await self._indexed(lei) if self.first is First.INDEX else None
        if indexed and self.freshness.of(indexed.as_of, self.clock.now()) is Age.FRESH:
            return indexed
        try:
            record = await self.register.record(lei)
        except SourceError:
            indexed = indexed or await self._indexed(lei)
            if indexed is None:
                raise
            return indexed
        if self.freshness.of(record.as_of, self.clock.now()) is Age.FRESH:
            return record
        indexed = indexed or await self._indexed(lei)
        return max(record, indexed, key=lambda one: one.as_of) if indexed else record

    async def _indexed(self, lei: str) -> LeiRecord | None:
        try:
            return await self.index.record(lei)
        except (SourceError, NotFoundError):
            return None
