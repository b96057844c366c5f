"""Names side by side: what the hospital applied with, beside each name in the LEI record and in its papers.

    same          character by character
    normalised    the same but for width, case, accents, punctuation, form of Chinese; or the applied name holds several names one
                  after another, this one among them, and nothing else
    different     anything else: `Harbour Hospital Pharmacy` is not `Harbour Hospital`

A source agrees when one of its names does. Where none does a person may take the difference for the same entity, with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.onboarding.checks.applicant import Applicant
from issuer.onboarding.checks.slots import Slot
from issuer.onboarding.checks.tables import Evidence, NameDecision
from schemas.errors import RefusedError
from storage import Clock
from verifier.identity.lei.names import NameFold


class Pair(StrEnum):
    SAME = "same"
    NORMALISED = "normalised"
    DIFFERENT = "different"


class Source(StrEnum):
    """Where the other name stands."""

    LEI_LEGAL = "lei_legal"
    LEI_OTHER = "lei_other"
    REGISTRY = "registry_extract"
    LICENCE = "licence"


class NameReason(StrEnum):
    """Why two names that differ mean the same legal entity."""

    ONE_LANGUAGE = "one_language"
    ABBREVIATION = "abbreviation"
    SPELLING = "spelling"
    FORMER_NAME = "former_name"
    TRADE_NAME = "trade_name"


@dataclass(frozen=True, slots=True)
class NamePair:
    """The applied name, another one, and how they compare. `accepted` is the decision about a difference."""

    source: Source
    applied: str
    other: str
    language: str
    result: Pair
    accepted: NameDecision | None = None


@cache
def fold() -> NameFold:
    """How names are folded; made once, because the Chinese table is large."""
    return NameFold.with_chinese()


def compare(applied: str, other: str, beside: Sequence[str] = ()) -> Pair:
    """How two names compare. `beside` are names that may stand in the applied one before or after the other."""
    if applied == other:
        return Pair.SAME
    one, two = _plain(applied), _plain(other)
    if not one or not two:
        return Pair.DIFFERENT
    if one == two:
        return Pair.NORMALISED
    known = {plain for name in beside if (plain := _plain(name))} | {two}
    return Pair.NORMALISED if _made_of(one, frozenset(known), two) else Pair.DIFFERENT


def side_by_side(
    applied: str, lei_record: Mapping[str, Any] | None, papers: Mapping[Slot, Evidence], decisions: Sequence[NameDecision] = ()
) -> list[NamePair]:
    """Every pair, in the order of `Source`.

    Args:
        lei_record: as the trust list carries it; None before it was read.
        papers: the rows that count, by slot.
    """
    others: list[tuple[Source, str, str]] = []
    if lei_record:
        others.append((Source.LEI_LEGAL, lei_record["legalName"], lei_record.get("language") or ""))
        others += [(Source.LEI_OTHER, one["value"], one.get("language") or "") for one in lei_record.get("otherNames", ())]
    for slot, source in ((Slot.REGISTRY_EXTRACT, Source.REGISTRY), (Slot.LICENCE, Source.LICENCE)):
        if (row := papers.get(slot)) and row.stated.get("name"):
            others.append((source, row.stated["name"], ""))
    beside = [name for _, name, _ in others]
    return [
        NamePair(source, applied, name, language, compare(applied, name, beside), _decision(decisions, source, applied, name))
        for source, name, language in others
    ]


def open_differences(pairs: Sequence[NamePair]) -> list[Source]:
    """The papers whose name differs without anybody having accepted it. The LEI record's names are weighed at the approval."""
    return [
        pair.source
        for pair in pairs
        if pair.source in (Source.REGISTRY, Source.LICENCE) and pair.result is Pair.DIFFERENT and pair.accepted is None
    ]


async def decisions_of(session: AsyncSession, slug: str) -> Sequence[NameDecision]:
    """The accepted differences of a hospital, the oldest first."""
    rows = await session.scalars(select(NameDecision).where(NameDecision.hospital == slug).order_by(NameDecision.id))
    return rows.all()


def accept_difference(
    session: AsyncSession, clock: Clock, about: Applicant, pairs: Sequence[NamePair], *, source: Source, other: str,
    reason: NameReason, who: str,
) -> None:  # fmt: skip
    """Take a difference between the applied name and another for the same legal entity.

    Raises:
        RefusedError: `names.no_difference`, there is no such pair that differs.
    """
    if not any(pair.source is source and pair.other == other and pair.result is Pair.DIFFERENT for pair in pairs):
        raise RefusedError("names.no_difference", "These two names do not differ.", "Look at the names again.")
    session.add(
        NameDecision(
            hospital=about.slug,
            source=source,
            applied=about.name,
            other=other,
            reason=reason,
            decided_by=who,
            decided_at=clock.now(),
        )
    )


def _decision(decisions: Sequence[NameDecision], source: Source, applied: str, other: str) -> NameDecision | None:
    fitting = [one for one in decisions if (one.source, one.applied, one.other) == (source, applied, other)]
    return fitting[-1] if fitting else None


def _plain(name: str) -> str:
    return fold()(name).replace(" ", "")


def _made_of(whole: str, known: frozenset[str], needed: str) -> bool:
    """Whether `whole` is known names one after another, `needed` among them; every way of cutting it is tried once."""
    reached = {0: False}
    for place in range(len(whole)):
        if place not in reached:
            continue
        for name in known:
            if whole.startswith(name, place):
                end = place + len(name)
                reached[end] = reached.get(end, False) or reached[place] or name == needed
    return reached.get(len(whole), False)
