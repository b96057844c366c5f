"""Papers in their slots: put in, checked, sent back, or not needed for a reason.

A paper is its SHA-256 digest and the place where it is kept; the file itself is read once for the digest and not stored. Whoever
checks may give the file again: with another digest it is another paper (`evidence.other_file`).
The newest row of a slot counts, and only while name and LEI of the application are those it was checked for.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.checks.applicant import Applicant, applicant
from issuer.onboarding.checks.slots import FIELDS, NEEDED_FIELDS, PAPERS, Absent, SentBack, Slot, requirements
from issuer.onboarding.checks.tables import Evidence
from schemas.errors import InputError, NotFoundError, RefusedError, StateError

LARGEST = 10 * 2**20
"""The most bytes of a file that are read for its digest."""

MOST_CHARACTERS = 200
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


class Result(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Paper:
    """What someone puts in.

    Attributes:
        sha256: of the file, 64 lower-case hexadecimal digits.
        size: of the file in bytes.
        filed: where the paper is kept, in the words of the records office.
        stated: what it says, by `FIELDS`; nobody's name.
        valid_until: the last day on which it holds; None when it says no such day.
    """

    sha256: str
    size: int
    filed: str
    stated: Mapping[str, str]
    valid_until: date | None = None


async def put_in(context: IssuerContext, slug: str, slot: Slot, paper: Paper, *, who: str) -> str:
    """Put a paper into a slot; the id of its row.

    Raises:
        NotFoundError: `hospital.unknown`. InputError: `evidence.slot`, `evidence.file`, `evidence.filed`, `evidence.stated`.
        RefusedError: `evidence.expired`, the paper has run out.
    """
    if slot not in PAPERS:
        raise InputError("evidence.slot", "This slot is filled by a step of the binding, not by a paper.", "Take that step.")
    if not _DIGEST.fullmatch(paper.sha256) or not 0 < paper.size <= LARGEST:
        raise InputError("evidence.file", "The file is empty, too large, or not rightly digested.", "Give a file of up to 10 MB.")
    filed = _line(paper.filed)
    if not filed:
        raise InputError("evidence.filed", "It is not said where the paper is kept.", "Give its number in the archive.")
    if paper.valid_until is not None and paper.valid_until < context.clock.now().date():
        raise RefusedError("evidence.expired", "This paper has run out.", "Ask the hospital for the one that is in force.")
    return await _add(
        context, slug, slot, who, sha256=paper.sha256, size=paper.size, filed=filed, valid_until=paper.valid_until,
        stated=_stated(slot, paper.stated), result=Result.WAITING,
    )  # fmt: skip


async def not_applicable(context: IssuerContext, slug: str, slot: Slot, reason: Absent, *, who: str) -> str:
    """Say that a slot needs no paper; the id of the row. It is a check: whoever says so cannot approve.

    Raises:
        NotFoundError: `hospital.unknown`. InputError: `evidence.slot`.
        RefusedError: `evidence.needed`, this reason does not hold for this slot in this jurisdiction.
    """
    async with context.database.begin() as session:
        one = await applicant(session, context.settings, slug)
    need = next((need for need in requirements(one.jurisdiction) if need.slot is slot), None)
    if need is None:
        raise InputError("evidence.slot", "This slot is filled by a step of the binding, not by a paper.", "Take that step.")
    if reason not in need.absent:
        raise RefusedError("evidence.needed", "This paper cannot be left out for that reason.", "Ask the hospital for it.")
    now = context.clock.now()
    return await _add(
        context, slug, slot, who, filed="", stated={}, result=Result.NOT_APPLICABLE, reason=reason, checked_by=who, checked_at=now
    )


async def check(
    context: IssuerContext, slug: str, evidence: str, *, who: str, sent_back: SentBack | None = None, sha256: str | None = None
) -> None:
    """Accept a paper, or send it back.

    Args:
        sent_back: why it is sent back; None accepts it.
        sha256: digest of the file that was looked at.

    Raises:
        NotFoundError: `evidence.unknown`. StateError: `evidence.decided`.
        RefusedError: `evidence.other_file`, `evidence.expired`.
    """
    async with context.database.begin() as session:
        row = await session.get(Evidence, evidence, with_for_update=True)
        if row is None or row.hospital != slug:
            raise NotFoundError("evidence.unknown", "There is no such paper here.", "Look at the checklist again.")
        if row.result != Result.WAITING:
            raise StateError("evidence.decided", "This paper was decided already.", "Look at the checklist again.")
        if sent_back is None and sha256 is not None and sha256 != row.sha256:
            raise RefusedError(
                "evidence.other_file",
                "The file you looked at is not the one that was put in.",
                "Find the paper where it is kept, or send this one back.",
            )
        if sent_back is None and _run_out(row, context.clock.now()):
            raise RefusedError("evidence.expired", "This paper has run out.", "Ask the hospital for the one that is in force.")
        row.result = Result.ACCEPTED if sent_back is None else Result.SENT_BACK
        row.reason = sent_back
        row.checked_by, row.checked_at = who, context.clock.now()
    context.bell.ring(f"hospital:{slug}")


async def papers(session: AsyncSession, about: Applicant) -> dict[Slot, Evidence]:
    """The row that counts in each slot of the application as it is now."""
    rows = await session.scalars(
        select(Evidence).where(Evidence.hospital == about.slug).order_by(Evidence.put_in_at, Evidence.id)
    )
    return {Slot(row.slot): row for row in rows if about.same(row.name, row.lei)}


async def past_papers(session: AsyncSession, slug: str) -> Sequence[Evidence]:
    """Every paper that was ever put in for a hospital, the newest first."""
    rows = await session.scalars(
        select(Evidence).where(Evidence.hospital == slug).order_by(Evidence.put_in_at.desc(), Evidence.id)
    )
    return rows.all()


def settled(row: Evidence | None, now: datetime) -> bool:
    """Whether a slot with this row is done: accepted and in force, or needing no paper."""
    if row is None:
        return False
    return row.result == Result.NOT_APPLICABLE or (row.result == Result.ACCEPTED and not _run_out(row, now))


def _run_out(row: Evidence, now: datetime) -> bool:
    return row.valid_until is not None and row.valid_until < now.date()


async def _add(context: IssuerContext, slug: str, slot: Slot, who: str, **values: object) -> str:
    number = str(uuid.UUID(bytes=context.entropy(16), version=4))
    async with context.database.begin() as session:
        about = await applicant(session, context.settings, slug)
        session.add(
            Evidence(
                id=number,
                hospital=slug,
                name=about.name,
                lei=about.lei,
                slot=slot,
                put_in_by=who,
                put_in_at=context.clock.now(),
                **values,
            )
        )
    context.bell.ring(f"hospital:{slug}")
    return number


def _stated(slot: Slot, given: Mapping[str, str]) -> dict[str, str]:
    stated = {field: text for field in FIELDS[slot] if (text := _line(given.get(field, "")))}
    missing = [field for field in FIELDS[slot] if field in NEEDED_FIELDS and field not in stated]
    if missing or (slot is Slot.ADDRESS and not _COUNTRY.fullmatch(stated["country"])):
        raise InputError("evidence.stated", "Something that the paper says is missing.", "Copy the fields marked as needed.")
    return stated


def _line(text: str) -> str:
    """One line of printable text."""
    line = " ".join(text.split())
    if len(line) > MOST_CHARACTERS or not line.isprintable():
        raise InputError("evidence.stated", "Something that the paper says is missing.", "Copy the fields marked as needed.")
    return line
