"""The pages of the checklist by hand: papers put in and checked, names, duplicates, the package, the calendar, notices."""

import io
import logging
import zipfile
from datetime import timedelta

import pytest

from issuer.onboarding.checks.hand_over import check_package
from issuer.onboarding.trust_list import publisher
from issuer.onboarding.watch import tick
from tests.issuer.console.conftest import SignIn
from tests.issuer.console.person import Person
from tests.issuer.onboarding.checks.papers import FakeFinder
from tests.issuer.onboarding.house import House
from tests.issuer.onboarding.register import HK

AT = "/console/hospitals/hk"
FILE = [("file", ("CANARY-NAME-7Q4X authority.pdf", b"%PDF CANARY-NOTE-5T8W", "application/pdf"))]
STATED = {
    "registry_extract": {"stated_name": "維港示範醫院", "stated_number": "1234567"},
    "licence": {"stated_name": "Harbour Demo Hospital", "stated_number": "PH-1", "valid_until": "2027-01-10"},
    "address": {"stated_line": "1 Test Road", "stated_city": "Hong Kong", "stated_country": "HK"},
    "authority": {},
}


async def put_in(person: Person, slot: str) -> None:
    form = {"csrf": person.csrf, "filed": "room 3, CANARY-ID-9Z2K", **STATED[slot]}
    person._take(await person.client.post(f"{AT}/checks/{slot}", data=form, files=FILE, follow_redirects=True))


async def check(person: Person, slot: str, result: str = "accept") -> None:
    form = person.page.find("form", action=lambda to: bool(to) and to.startswith(f"{AT}/checks/{slot}/"))
    assert form is not None, person.text
    await person.send(str(form["action"]), result=result)


async def test_two_people_take_the_checklist_from_empty_to_approved(
    house: House, person: SignIn, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(
        "issuer.onboarding.checks.duplicates.finder_of",
        lambda _: FakeFinder(*house.register.records.values(), at=house.clock.at),
    )
    olga, ana, cho = await person("olga"), await person("ana"), await person("cho")
    await olga.read(f"{AT}/checks")
    assert "Look for duplicates in the LEI register" in olga.text
    await olga.send(f"{AT}/apply", name="維港示範醫院 Harbour Demonstration Hospital", lei=HK)
    await olga.send(f"{AT}/check-lei")
    await olga.send(f"{AT}/prove-did")
    for slot in STATED:
        await put_in(olga, slot)
        await check(olga, slot)
    assert "A name that differs, on a paper" in olga.text
    await olga.send(f"{AT}/names", source="licence", other="Harbour Demo Hospital", reason="abbreviation")
    await olga.send(f"{AT}/duplicates")
    assert "the LEI applied with" in olga.text
    form = olga.page.find("form", action=lambda to: bool(to) and to.startswith(f"{AT}/duplicates/"))
    assert form is not None
    await olga.send(str(form["action"]), found="same_lei")
    assert "Everything is checked" in olga.text
    assert "room 3, CANARY-ID-9Z2K" in olga.text
    await cho.read(f"{AT}/checks")
    assert "Accepted" in cho.text
    assert "CANARY" not in cho.answer.text
    assert "PH-1" not in cho.answer.text
    await ana.read(AT)
    assert "6 of 6" in ana.text
    await ana.send(f"{AT}/approve", names_compared="yes")
    assert "Active" in ana.text
    assert "CANARY" not in caplog.text
    await ana.read("/console/audit")
    assert "CANARY" not in ana.answer.text


async def test_a_refused_paper_is_said_and_nothing_is_kept(house: House, person: SignIn) -> None:
    olga = await person("olga")
    await olga.read(f"{AT}/checks")
    await olga.send(f"{AT}/checks/licence", filed="here", stated_name="x", stated_number="1")
    assert "evidence.file" in olga.text
    await olga.send(f"{AT}/checks/licence", absent="public_body")
    assert "a public body without such a paper" in olga.text
    await olga.send(f"{AT}/hand-over")
    assert "hand_over.incomplete" in olga.text
    assert "registry_extract" in olga.text


async def test_the_package_is_signed_by_the_registrar(house: House, person: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.onboarding.checks.duplicates.finder_of", lambda _: FakeFinder(at=house.clock.at))
    olga = await person("olga", language="zh-Hant")
    await olga.read(f"{AT}/checks")
    for slot in STATED:
        await put_in(olga, slot)
        await check(olga, slot)
    await olga.send(f"{AT}/names", source="licence", other="Harbour Demo Hospital", reason="abbreviation")
    await olga.send(f"{AT}/names", source="registry_extract", other="維港示範醫院", reason="one_language")
    await olga.send(f"{AT}/duplicates")
    form = olga.page.find("form", action=lambda to: bool(to) and to.startswith(f"{AT}/duplicates/"))
    assert form is not None
    await olga.send(str(form["action"]), found="none")
    await olga.read(f"{AT}/checks")
    answer = await olga.client.post(f"{AT}/hand-over", data={"csrf": olga.csrf})
    assert answer.headers["content-type"] == "application/zip", answer.text
    assert b"CANARY" not in answer.content
    said = check_package(answer.content, await publisher(house.context))
    assert said["statement"].endswith("no number in it was minted here.")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        printed = archive.read("checklist.html").decode()
        assert "CANARY" not in "".join(archive.read(name).decode() for name in archive.namelist())
    assert '<html lang="zh-Hant">' in printed
    assert "查核清單" in printed


async def test_what_runs_out_is_listed_and_can_be_subscribed_to(house: House, person: SignIn) -> None:
    await house.bind()
    olga = await person("olga", language="pt")
    await olga.read(f"{AT}/checks")
    await put_in(olga, "licence")
    await check(olga, "licence")
    await olga.read("/console/calendar")
    assert "Dentro de 60 dias" in olga.text
    assert "2027-01-10" in olga.text
    answer = await olga.client.get("/console/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:Licença da instituição: 維港示範醫院" in answer.text.replace("\r\n ", "")


async def test_what_is_to_be_told_waits_for_a_person(house: House, person: SignIn) -> None:
    await house.bind()
    house.register.records[HK]["attributes"]["entity"]["legalName"]["name"] = "維港新醫院"
    house.clock.at += timedelta(minutes=51)
    await tick(house.context)
    ana, olga = await person("ana"), await person("olga")
    await olga.read("/console/approvals")
    assert "the legal name in the LEI record changed" in olga.text
    assert "/console/notices/1/seen" not in olga.forms()
    await ana.read("/console/approvals")
    await ana.send("/console/notices/1/seen")
    assert "Nothing waits for a second person" in ana.text
    await ana.send("/console/notices/1/seen")
    assert "notice.seen" in ana.text
    await ana.read(AT)
    assert "seen by ana" in ana.text
