"""Who may come in and do what: signing in, roles, forged forms, and pages that watch."""

import asyncio
import re
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from issuer.console.live import changes
from issuer.console.parts import Console
from issuer.console.routes import router
from issuer.staff import DUTIES, Duty, Role
from tests.issuer.console.conftest import SignIn
from tests.issuer.console.person import Person
from tests.issuer.onboarding.house import STAFF, House

NOBODYS = {"/sign-in", "/logout", "/console/patients/search"}
ID = "00000000-0000-4000-8000-000000000000"
DUTY = {
    "/console/hospitals/hk/apply": Duty.ONBOARD,
    "/console/hospitals/hk/check-lei": Duty.ONBOARD,
    "/console/hospitals/hk/read-lei": Duty.ONBOARD,
    "/console/hospitals/hk/prove-did": Duty.ONBOARD,
    "/console/hospitals/hk/activate": Duty.ONBOARD,
    "/console/hospitals/hk/rotate-key": Duty.ONBOARD,
    "/console/hospitals/hk/send-back": Duty.APPROVE,
    "/console/hospitals/hk/approve": Duty.APPROVE,
    "/console/hospitals/hk/suspend": Duty.APPROVE,
    "/console/hospitals/hk/reinstate": Duty.APPROVE,
    "/console/hospitals/hk/checks/licence": Duty.ONBOARD,
    f"/console/hospitals/hk/checks/licence/{ID}": Duty.ONBOARD,
    "/console/hospitals/hk/names": Duty.ONBOARD,
    "/console/hospitals/hk/duplicates": Duty.ONBOARD,
    f"/console/hospitals/hk/duplicates/{ID}": Duty.ONBOARD,
    "/console/hospitals/hk/hand-over": Duty.ONBOARD,
    "/console/notices/1/seen": Duty.APPROVE,
    "/console/patients/search": Duty.READ,
    "/console/patients": Duty.BIND_PATIENT,
    f"/console/patients/{ID}/bindings": Duty.BIND_PATIENT,
    f"/console/bindings/{ID}/revoke": Duty.REVOKE_BINDING,
    f"/console/issue/{ID}": Duty.ISSUE,
    f"/console/previews/{ID}/issue": Duty.ISSUE,
    f"/console/credentials/{ID}/resend": Duty.ISSUE,
    f"/console/credentials/{ID}/withdraw": Duty.ISSUE,
    f"/console/credentials/{ID}/status": Duty.ASK_STATUS_CHANGE,
    "/console/approvals/1/approve": Duty.APPROVE,
    "/console/approvals/1/refuse": Duty.APPROVE,
}


VALUES = {
    "slot": "licence",
    "number": ID,
    "slug": "hk",
    "patient": ID,
    "binding": ID,
    "token": ID,
    "submission": ID,
    "credential": ID,
    "change": "1",
}


def paths(house: House, method: str) -> set[str]:
    """Every address of the console that takes this method, with values put in."""
    found: set[str] = set()
    waiting = [router(house.context)]
    while waiting:
        for route in waiting.pop().routes:
            if isinstance(route, APIRoute):
                if method in route.methods:
                    path = route.path.replace("/notices/{number}", "/notices/1")
                    found.add(re.sub(r"{(\w+)}", lambda name: VALUES.get(name[1], name[0]), path))
            else:
                waiting.append(route.original_router)  # type: ignore[attr-defined]
    return found


async def test_every_page_leads_a_stranger_to_the_door_and_back(house: House) -> None:
    async with house.client(accept="text/html") as stranger:
        pages = paths(house, "GET") - NOBODYS
        assert len(pages) > 15
        for path in pages:
            answer = await stranger.get(path + ("?key=hospital:hk" if path.endswith("events") else ""))
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in"), path


@pytest.mark.parametrize("name", STAFF)
async def test_each_role_may_do_its_duties_and_no_others(house: House, person: SignIn, name: str) -> None:
    member = await person(name)
    for path, duty in DUTY.items():
        answer = await member.client.post(path, data={"csrf": member.csrf})
        refused = answer.status_code == 403 and "staff.role" in answer.text
        assert refused != (duty in DUTIES[Role(STAFF[name])]), (path, answer.status_code)


async def test_every_form_is_in_the_table_of_duties(house: House) -> None:
    decisions = {f"/console/approvals/1/{decision}" for decision in ("approve", "refuse")}
    forms = paths(house, "POST") - {"/sign-in", "/logout", "/console/approvals/1/{decision}"} | decisions
    assert forms == set(DUTY)


async def test_the_auditor_changes_nothing() -> None:
    assert DUTIES[Role.AUDITOR] == {Duty.READ}
    assert not any(Duty.APPROVE in DUTIES[role] for role in Role if role is not Role.APPROVER)


@pytest.mark.parametrize("csrf", ["", "forged"])
async def test_a_form_without_the_token_of_the_session_changes_nothing(house: House, person: SignIn, csrf: str) -> None:
    olga = await person("olga")
    for path in [*DUTY, "/logout"]:
        answer = await olga.client.post(path, data={"csrf": csrf})
        assert answer.status_code == 403, path
    assert await Console(house.context).hospitals() == {}
    await olga.read("/")
    assert olga.path == "/"


async def test_wrong_passwords_are_refused_and_five_of_them_make_a_pause(house: House) -> None:
    stranger = Person(house, "olga")
    await stranger.read("/sign-in")
    await stranger.send("/sign-in", name="nobody", password="password of olga")
    assert "not right" in stranger.text
    for _ in range(5):
        await stranger.send("/sign-in", name="olga", password="wrong")
        assert (stranger.answer.status_code, stranger.answer.headers["www-authenticate"]) == (401, "Session")
        house.clock.at += timedelta(seconds=1)
    await stranger.send("/sign-in", name="olga", password="password of olga")
    assert "Wait five minutes" in stranger.text
    assert (stranger.answer.status_code, stranger.answer.headers["retry-after"]) == (429, "295")
    house.clock.at += timedelta(minutes=5)
    await stranger.send("/sign-in", name="olga", password="password of olga")
    assert stranger.path == "/"
    await stranger.client.aclose()


@pytest.mark.parametrize(
    ("next_page", "leads_to"),
    [
        ("/console/audit", "/console/audit"),
        ("https://elsewhere.example/console/", "/"),
        ("//elsewhere.example", "/"),
        ("/console//elsewhere.example", "/"),
        ("/console/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
async def test_signing_in_leads_only_to_our_own_pages(house: House, next_page: str, leads_to: str) -> None:
    stranger = Person(house, "olga")
    await stranger.read("/sign-in")
    await stranger.send("/sign-in", name="olga", password="password of olga", next=next_page)
    assert str(stranger.answer.url).removeprefix("http://localhost:18520") == leads_to
    await stranger.client.aclose()


async def test_signing_in_begins_a_new_session_and_signing_out_ends_it(house: House, person: SignIn) -> None:
    stranger = Person(house, "olga")
    await stranger.read("/sign-in")
    before = stranger.csrf
    await stranger.send("/sign-in", name="olga", password="password of olga")
    assert stranger.csrf != before
    await stranger.send("/logout")
    assert stranger.path == "/sign-in"
    await stranger.read("/console/audit")
    assert stranger.path == "/sign-in"
    await stranger.client.aclose()


async def test_a_page_hears_at_once_and_after_each_change(house: House) -> None:
    heard = changes(Console(house.context), ["binding:1", "credential:2"])
    first = await anext(heard)
    assert first == "event: changed\ndata: {}\n\n"
    waiting = asyncio.ensure_future(anext(heard))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.context.bell.ring("credential:3")
    house.context.bell.ring("credential:2")
    assert await waiting == first
    await heard.aclose()


@pytest.mark.parametrize("key", ["patient:1", "binding:", "binding:../x", "hospital:hk\nevent: x"])
async def test_only_known_things_can_be_watched(house: House, person: SignIn, key: str) -> None:
    cho = await person("cho")
    answer = await cho.client.get("/console/events", params={"key": key})
    assert answer.status_code == 422
