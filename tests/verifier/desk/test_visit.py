"""A visit at the desk, from the code to the verdict, with an agent and a judge made of memory."""

import asyncio
import io
import logging
from datetime import timedelta

import httpx
import pytest
import zxingcpp
from PIL import Image

from storage.clock import FixedClock
from tests.verifier.desk.conftest import OpenVisit
from tests.verifier.desk.visiting import Visit
from web.qr import qr_png

CLINIC = "did:web:localhost%3A8103:clinic"


async def test_the_code_page_says_what_is_asked_for_what_and_by_whom_before_anybody_scans(visit: Visit) -> None:
    asked = await visit.ask(["ImmunizationCredential", "AllergyCredential"])
    page = await visit.page(asked)
    text = page.select_one(".asked").get_text(" ")
    assert "Lantau Demonstration Clinic" in text
    assert "Treatment" in text
    assert len(page.select(".asked h3")) == 2
    assert len(page.select(".asked li")) > 6
    assert page.select_one("svg.qr") is not None
    assert asked["url"] in page.select_one("#state").get_text()
    assert page.select_one("[aria-current=step]").get_text() == "Waiting"
    assert page.select_one("#countdown").get_text() == "3:00"


def test_the_code_is_readable_by_a_camera() -> None:
    picture = Image.open(io.BytesIO(qr_png("http://localhost:8103/r/abcdefghjkmn")))
    assert zxingcpp.read_barcodes(picture)[0].text == "http://localhost:8103/r/abcdefghjkmn"


async def test_the_request_names_the_clinic_and_carries_a_challenge_of_its_own(visit: Visit) -> None:
    first, second = await visit.ask(), await visit.ask()
    requests = [visit.agent.exchanges[await visit.exchange_of(each)].request for each in (first, second)]
    assert requests[0].challenge != requests[1].challenge
    assert {request.domain for request in requests} == {CLINIC}
    assert requests[0].purpose == "治療 · 治疗 · Treatment · Tratamento"
    assert requests[0].types == ["ImmunizationCredential"]


async def test_a_visit_from_waiting_to_shared(visit: Visit) -> None:
    visit.judge.verdict = visit.verdict()
    asked = await visit.ask()
    assert (await visit.state(asked))["state"] == "waiting"

    answer = await visit.scan(asked)
    assert answer.json()["label"].endswith("Lantau Demonstration Clinic")
    page = await visit.page(asked)
    assert page.select_one("#live")["data-state"] == "scanned"
    assert page.select_one("svg.qr") is None  # hidden, not faded

    await visit.answer(asked)
    state = await visit.state(asked)
    assert (state["state"], state["verdict"]["verdict"]) == ("shared", "genuine")
    ((presentation, expected),) = visit.judge.asked
    assert presentation["holder"].endswith("CANARYPATIENT")
    row = await visit.desk.sessions.get(asked["id"])
    assert (expected.challenge, expected.domain, expected.types) == (row.challenge, CLINIC, ("ImmunizationCredential",))
    assert expected.purpose == row.words

    page = await visit.page(asked)
    assert page.select_one("#verdict .word").get_text(" ", strip=True) == "✓ Genuine"
    assert "CANARY-ID-9Z2K" in page.select_one("#content").get_text()
    assert "Harbour Demonstration Hospital" in page.get_text()
    assert "Always check photo ID." in page.get_text()
    assert {li["data-check"] for li in page.select("ul.checks li")} >= {"signature", "issuer_trusted", "challenge", "holder"}


async def test_a_browser_that_scans_is_sent_to_the_invitation(visit: Visit) -> None:
    asked = await visit.ask()
    answer = await visit.browser.get(httpx.URL(asked["url"]).path, headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://agent.example?oob=")
    assert answer.headers["cache-control"] == "no-store"
    assert (await visit.state(asked))["state"] == "scanned"


async def test_a_second_answer_to_the_same_challenge_is_never_judged(visit: Visit) -> None:
    asked = await visit.ask()
    await visit.answer(asked)
    first = await visit.state(asked)
    visit.judge.verdict = AssertionError("judged again")
    visit.agent.answer(await visit.exchange_of(asked), {"holder": "did:key:z6MkThief"})
    await visit.hint(await visit.exchange_of(asked))
    await visit.settle()
    assert await visit.state(asked) == first
    assert len(visit.judge.asked) == 1


async def test_a_used_code_leads_nowhere(visit: Visit) -> None:
    asked = await visit.ask()
    await visit.answer(asked)
    answer = await visit.scan(asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "desk.request_over")
    unknown = await visit.browser.get("/r/aaaaaaaaaaaa", headers={"Accept": "application/json"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "desk.request_over")


async def test_a_patient_who_declines_is_told_of_and_the_agent_forgets_the_request(visit: Visit) -> None:
    asked = await visit.ask()
    exchange_id = await visit.exchange_of(asked)
    visit.agent.decline(exchange_id)
    await visit.hint(exchange_id)
    assert (await visit.state(asked))["state"] == "declined"
    assert "The patient declined" in (await visit.page(asked)).select_one("h1").get_text()
    await visit.settle()
    assert visit.agent.deleted == [exchange_id]


async def test_a_code_nobody_answers_expires_and_one_tap_makes_a_new_one(visit: Visit, clock: FixedClock) -> None:
    asked = await visit.ask()
    clock.at += timedelta(seconds=180)
    answer = await visit.scan(asked)
    assert answer.json()["code"] == "desk.request_over"  # before the reconciler came by
    await visit.settle()
    assert (await visit.state(asked))["state"] == "expired"

    fresh = (await visit.post(f"/sessions/{asked['id']}/renew")).json()
    rows = [await visit.desk.sessions.get(each["id"]) for each in (asked, fresh)]
    assert rows[0].challenge != rows[1].challenge
    assert rows[0].code != rows[1].code
    assert (rows[1].state, rows[1].types, rows[1].words) == ("waiting", rows[0].types, rows[0].words)


async def test_a_new_code_makes_the_old_one_useless_at_once(visit: Visit) -> None:
    asked = await visit.ask()
    old_exchange = await visit.exchange_of(asked)
    await visit.post(f"/sessions/{asked['id']}/renew")
    assert (await visit.scan(asked)).json()["code"] == "desk.request_over"
    visit.agent.answer(old_exchange, {"holder": "did:key:z6MkLate"})
    await visit.hint(old_exchange)
    assert (await visit.state(asked))["state"] == "expired"
    assert visit.judge.asked == []


@pytest.mark.parametrize(("late", "state"), [(29, "shared"), (30, "expired")])
async def test_an_answer_found_a_little_late_counts_and_found_later_does_not(
    visit: Visit, clock: FixedClock, late: int, state: str
) -> None:
    asked = await visit.ask()
    visit.agent.answer(await visit.exchange_of(asked), {"holder": "did:key:z6MkX", "verifiableCredential": []})
    clock.at += timedelta(seconds=180 + late)
    await visit.settle()
    assert (await visit.state(asked))["state"] == state


async def test_an_answer_no_webhook_told_of_is_found(visit: Visit) -> None:
    asked = await visit.ask()
    visit.agent.answer(await visit.exchange_of(asked), {"verifiableCredential": []})
    await visit.settle()
    assert (await visit.state(asked))["state"] == "shared"


async def test_an_agent_that_is_away_is_asked_again(visit: Visit, clock: FixedClock) -> None:
    visit.agent.away = True
    asked = await visit.ask()
    page = await visit.page(asked)
    assert page.select_one("svg.qr") is None
    assert "does not answer yet" in page.get_text()
    assert (await visit.scan(asked)).json()["code"] == "desk.not_ready"
    visit.agent.away = False
    await visit.settle()
    assert visit.agent.exchanges == {}  # the first asking may still be under way
    clock.at += timedelta(seconds=5)
    await visit.settle()
    assert (await visit.page(asked)).select_one("svg.qr") is not None


async def test_with_the_agent_away_to_the_end_the_request_expires(visit: Visit, clock: FixedClock) -> None:
    asked = await visit.ask()
    visit.agent.away = True
    clock.at += timedelta(seconds=185)
    await visit.settle()
    assert (await visit.state(asked))["state"] == "waiting"  # the answer may be there
    clock.at += timedelta(seconds=25)
    await visit.settle()
    assert (await visit.state(asked))["state"] == "expired"


async def test_a_request_the_agent_lost_fails_and_says_so(visit: Visit) -> None:
    asked = await visit.ask()
    visit.agent.exchanges.clear()
    await visit.settle()
    state = await visit.state(asked)
    assert (state["state"], state["fault"]) == ("failed", "desk.request_lost")
    assert "lost this request" in (await visit.page(asked)).get_text()


async def test_an_answer_lost_while_a_dead_process_held_it_ends_the_session(visit: Visit, clock: FixedClock) -> None:
    asked = await visit.ask()
    await visit.desk.sessions.claim(asked["id"])
    visit.agent.exchanges.clear()
    clock.at += timedelta(minutes=5)
    await visit.settle()
    assert (await visit.state(asked))["state"] == "failed"


async def test_a_check_that_breaks_ends_the_session_and_tells_nothing_of_the_content(
    visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visit.judge.verdict = ValueError("CANARY-NAME-7Q4X")
    asked = await visit.ask()
    await visit.answer(asked)
    assert (await visit.state(asked))["fault"] == "desk.check_broke"
    assert "CANARY" not in caplog.text


async def test_a_restart_loses_nothing(open_visit: OpenVisit) -> None:
    async with open_visit() as before:
        await before.sign_in()
        waiting, answered = await before.ask(), await before.ask()
        await before.scan(answered)
    before.agent.answer((await exchange_id(before, answered)), {"verifiableCredential": []})
    async with open_visit() as after:
        await after.sign_in()
        await after.settle()
        assert (await after.state(waiting))["state"] == "waiting"
        assert (await after.scan(waiting)).status_code == 200
        assert (await after.state(answered))["state"] == "shared"


async def exchange_id(visit: Visit, asked: dict[str, str]) -> str:
    found: str = await visit.exchange_of(asked)
    return found


async def test_events_tell_each_state_and_stop_at_the_last(visit: Visit) -> None:
    asked = await visit.ask()
    stream = asyncio.create_task(visit.browser.get(f"/sessions/{asked['id']}/events"))
    for step in (visit.scan, visit.answer):
        await asyncio.sleep(0.05)
        await step(asked)
    answer = await asyncio.wait_for(stream, 10)
    assert answer.headers["content-type"].startswith("text/event-stream")
    states = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert states[0] == '{"state": "waiting"}'
    assert states[-1] == '{"state": "shared"}'
    assert '{"state": "scanned"}' in states
    assert "CANARY" not in answer.text


async def test_events_find_what_another_process_changed(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.desk.watching.LOOK_SECONDS", 0.05)
    asked = await visit.ask()
    stream = asyncio.create_task(visit.browser.get(f"/sessions/{asked['id']}/events"))
    await asyncio.sleep(0.1)
    monkeypatch.setattr(visit.desk.bell, "ring", lambda _: None)  # that process rings its own bell
    await visit.answer(asked)
    assert '"shared"' in (await asyncio.wait_for(stream, 10)).text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"types": [], "purpose": "treatment"}, "desk.types"),
        ({"purpose": "treatment"}, "desk.types"),
        ({"types": ["BankStatement"], "purpose": "treatment"}, "desk.types"),
        ({"types": ["AllergyCredential"], "purpose": "curiosity"}, "desk.purpose"),
        ({"types": ["AllergyCredential"], "purpose": "other"}, "desk.purpose"),
        ({"types": ["AllergyCredential"], "purpose": "other", "words": " \n"}, "desk.purpose"),
        ({"types": ["AllergyCredential"], "purpose": "other", "words": "x" * 121}, "desk.purpose"),
        ([], "request.malformed"),
    ],
)
async def test_a_request_for_nothing_or_without_a_purpose_is_refused(visit: Visit, given: object, code: str) -> None:
    answer = await visit.post("/sessions", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert visit.agent.exchanges == {}


async def test_the_form_keeps_what_was_chosen_when_something_is_missing(visit: Visit) -> None:
    answer = await visit.post("/sessions", data={"types": ["AllergyCredential"], "purpose": "other", "words": ""})
    assert answer.status_code == 422
    assert 'value="AllergyCredential" checked' in answer.text
    assert "Say the purpose in a few words." in answer.text
