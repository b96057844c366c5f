"""What runs out when: LEIs, licences and other papers, certificates, and vLEIs to be looked at again by a person.

Also as an iCalendar file (RFC 5545): whole-day events, one reminder thirty days ahead, the same UID for the same thing so that a
calendar that reads the file again moves the event instead of doubling it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.onboarding.checks.evidence import Result
from issuer.onboarding.checks.tables import Evidence
from issuer.onboarding.tables import Hospital, HospitalRoad

WINDOWS = (30, 60, 90)
REVIEW_EVERY = timedelta(days=365)
"""How often a person looks at a hospital's vLEI: a QVI reviews its own once a year."""


class What(StrEnum):
    LEI = "lei"
    REGISTRY_EXTRACT = "registry_extract"
    LICENCE = "licence"
    ADDRESS = "address"
    AUTHORITY = "authority"
    CERTIFICATE = "certificate"
    VLEI_REVIEW = "vlei_review"


@dataclass(frozen=True, slots=True)
class Due:
    """One date of one hospital."""

    hospital: str
    name: str
    what: What
    on: date
    key: str
    """Tells it from others of the same kind."""

    def days(self, today: date) -> int:
        return (self.on - today).days

    def window(self, today: date) -> int | None:
        """The shortest of WINDOWS it falls in, 0 when it is past, None when it is later."""
        if self.days(today) < 0:
            return 0
        return next((window for window in WINDOWS if self.days(today) <= window), None)


async def dues(session: AsyncSession, slugs: Iterable[str]) -> list[Due]:
    """Every date of these hospitals, the soonest first."""
    wanted = list(slugs)
    hospitals = {row.slug: row for row in await session.scalars(select(Hospital).where(Hospital.slug.in_(wanted)))}
    found = [
        Due(slug, row.name, What.LEI, row.next_renewal.date(), row.lei) for slug, row in hospitals.items() if row.next_renewal
    ]
    papers = await session.scalars(
        select(Evidence)
        .where(Evidence.hospital.in_(wanted), Evidence.result == Result.ACCEPTED, Evidence.valid_until.is_not(None))
        .order_by(Evidence.put_in_at, Evidence.id)
    )
    newest = {(row.hospital, row.slot): row for row in papers}
    for (slug, slot), row in newest.items():
        assert row.valid_until is not None
        found.append(Due(slug, hospitals[slug].name if slug in hospitals else row.name, What(slot), row.valid_until, row.id))
    roads = await session.scalars(
        select(HospitalRoad).where(
            HospitalRoad.hospital.in_(wanted), HospitalRoad.replaced_at.is_(None), HospitalRoad.ended_at.is_(None)
        )
    )
    for road in roads:
        name = hospitals[road.hospital].name
        if road.not_after is not None:
            found.append(Due(road.hospital, name, What.CERTIFICATE, road.not_after.date(), road.sha256 or ""))
        if road.credential is not None:
            review = (road.checked_at + REVIEW_EVERY).date()
            found.append(Due(road.hospital, name, What.VLEI_REVIEW, review, road.credential))
    return sorted(found, key=lambda due: (due.on, due.hospital, due.what))


def icalendar(entries: Sequence[tuple[Due, str]], *, host: str, at: datetime) -> bytes:
    """The iCalendar file.

    Args:
        entries: each date with its title, in the reader's language.
        host: makes the UIDs this service's own.
        at: when the file was made.
    """
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//medcred//issuer//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for due, title in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{due.what}-{due.hospital}-{due.key}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{due.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{due.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(title)}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_escaped(title)}",
            "TRIGGER:-P30D",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    """RFC 5545 §3.3.11."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return "".join(character for character in text if character.isprintable())


def _folded(line: str) -> str:
    """RFC 5545 §3.1: at most 75 octets a line, cut between characters; what follows begins with a blank."""
    parts, current, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > 75:
            parts.append(current)
            current, size = " ", 1
        current, size = current + character, size + width
    return "\r\n".join([*parts, current])
