"""What runs out when, and the iCalendar file by the letter of RFC 5545."""

from datetime import UTC, date, datetime, timedelta

import pytest

from issuer.onboarding.checks.calendar import Due, What, icalendar
from tests.issuer.onboarding.checks.papers import bound
from tests.issuer.onboarding.house import House

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def due(days: int, name: str = "維港示範醫院", what: What = What.LICENCE) -> Due:
    return Due("hk", name, what, AT.date() + timedelta(days=days), "1")


@pytest.mark.parametrize(("days", "window"), [(-1, 0), (0, 30), (30, 30), (31, 60), (60, 60), (61, 90), (90, 90), (91, None)])
def test_windows(days: int, window: int | None) -> None:
    assert due(days).window(AT.date()) == window


def test_the_file_by_the_letter() -> None:
    content = icalendar([(due(10), "Licence: A; B, C \\ D\nBEGIN:VEVENT")], host="here.example", at=AT)
    assert content.decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//medcred//issuer//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:licence-hk-1@here.example",
        "DTSTAMP:20261124T150000Z",
        "DTSTART;VALUE=DATE:20261204",
        "DTEND;VALUE=DATE:20261205",
        r"SUMMARY:Licence: A\; B\, C \\ D\nBEGIN:VEVENT",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        r"DESCRIPTION:Licence: A\; B\, C \\ D\nBEGIN:VEVENT",
        "TRIGGER:-P30D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("title", ["x" * 300, "維" * 100, "é" * 66 + "維" * 9, "🏥" * 50])
def test_long_lines_are_folded_between_characters(title: str) -> None:
    content = icalendar([(due(1), title)], host="h", at=AT)
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() or line == b"" for line in lines)
    assert f"SUMMARY:{title}\r\n" in content.decode().replace("\r\n ", "")


async def test_callers_with_a_key_may_subscribe(house: House) -> None:
    await bound(house)
    async with house.client("his") as caller, house.client() as stranger:
        assert (await stranger.get("/onboarding/calendar.ics")).status_code == 401
        answer = await caller.get("/onboarding/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    text = answer.text.replace("\r\n ", "")
    assert f"DTSTART;VALUE=DATE:{date(2027, 3, 1):%Y%m%d}" in text
    assert "SUMMARY:LEI renewal: 維港示範醫院 Harbour Demonstration Hospital" in text
    assert text.count("BEGIN:VEVENT") == 2
    assert "CANARY" not in text
