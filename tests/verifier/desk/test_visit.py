"""A visit at the desk, from the code to the verdict, with an agent and a judge made of memory."""

import asyncio
import io
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import text

from storage.clock import FixedClock
from verifier.desk.settings import Settings
from verifier.desk.tables import Base
from web.qr import qr_png

CLINIC = "did:web:localhost%3A8103:clinic"


async def test_the_code_page_says_what_is_asked_for_what_and_by_whom_before_anybody_scans(visit: Any) -> None:
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


async def test_the_request_names_the_clinic_and_carries_a_challenge_of_its_own(visit: Any) -> None:
    first, second = await visit.ask(), await visit.ask()
    requests = [visit.agent.exchanges[await visit.exchange_of(each)].request for each in (first, second)]
    assert requests[0].challenge != requests[1].challenge
    assert {request.domain for request in requests} == {CLINIC}
    assert requests[0].purpose == "治療 · 治疗 · Treatment · Tratamento"
    assert requests[0].types == ["ImmunizationCredential"]


async def test_a_visit_from_waiting_to_shared(visit: Any) -> None:
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


async def test_a_browser_that_scans_is_sent_to_the_invitation(visit: Any) -> None:
    asked = await visit.ask()
    answer = await visit.browser.get(httpx.URL(asked["url"]).path, headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://agent.example?oob=")
    assert answer.headers["cache-control"] == "no-store"
    assert (await visit.state(asked))["state"] == "scanned"


async def test_a_second_answer_to_the_same_challenge_is_never_judged(visit: Any) -> None:
    asked = await visit.ask()
    await visit.answer(asked)
    first = await visit.state(asked)
    visit.judge.verdict = AssertionError("judged again")
    visit.agent.answer(await visit.exchange_of(asked), {"holder": "did:key:z6MkThief"})
    await visit.hint(await visit.exchange_of(asked))
    await visit.settle()
    assert await visit.state(asked) == first
    assert len(visit.judge.asked) == 1


async def test_a_used_code_leads_nowhere(visit: Any) -> None:
    asked = await visit.ask()
    await visit.answer(asked)
    answer = await visit.scan(asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "desk.request_over")
    unknown = await visit.browser.get("/r/aaaaaaaaaaaa", headers={"Accept": "application/json"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "desk.request_over")


async def test_a_patient_who_declines_is_told_of_and_the_agent_forgets_the_request(visit: Any) -> None:
    asked = await visit.ask()
    exchange_id = await visit.exchange_of(asked)
    visit.agent.decline(exchange_id)
    await visit.hint(exchange_id)
    assert (await visit.state(asked))["state"] == "declined"
    assert "The patient declined" in (await visit.page(asked)).select_one("h1").get_text()
    await visit.settle()
    assert visit.agent.deleted == [exchange_id]


async def test_a_code_nobody_answers_expires_and_one_tap_makes_a_new_one(visit: Any, clock: FixedClock) -> None:
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


async def test_a_new_code_makes_the_old_one_useless_at_once(visit: Any) -> None:
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
    visit: Any, clock: FixedClock, late: int, state: str
) -> None:
    asked = await visit.ask()
    visit.agent.answer(await visit.exchange_of(asked), {"holder": "did:key:z6MkX", "verifiableCredential": []})
    clock.at += timedelta(seconds=180 + late)
    await visit.settle()
    assert (await visit.state(asked))["state"] == state


async def test_an_answer_no_webhook_told_of_is_found(visit: Any) -> None:
    asked = await visit.ask()
    visit.agent.answer(await visit.exchange_of(asked), {"verifiableCredential": []})
    await visit.settle()
    assert (await visit.state(asked))["state"] == "shared"


async def test_an_agent_that_is_away_is_asked_again(visit: Any) -> None:
    visit.agent.away = True
    asked = await visit.ask()
    page = await visit.page(asked)
    assert page.select_one("svg.qr") is None
    assert "does not answer yet" in page.get_text()
    assert (await visit.scan(asked)).json()["code"] == "desk.not_ready"
    visit.agent.away = False
    await visit.settle()
    assert (await visit.page(asked)).select_one("svg.qr") is not None


async def test_with_the_agent_away_to_the_end_the_request_expires(visit: Any, clock: FixedClock) -> None:
    asked = await visit.ask()
    visit.agent.away = True
    clock.at += timedelta(seconds=185)
    await visit.settle()
    assert (await visit.state(asked))["state"] == "waiting"  # the answer may be there
    clock.at += timedelta(seconds=25)
    await visit.settle()
    assert (await visit.state(asked))["state"] == "expired"


async def test_a_request_the_agent_lost_fails_and_says_so(visit: Any) -> None:
    asked = await visit.ask()
    visit.agent.exchanges.clear()
    await visit.settle()
    state = await visit.state(asked)
    assert (state["state"], state["fault"]) == ("failed", "desk.request_lost")
    assert "lost this request" in (await visit.page(asked)).get_text()


async def test_a_check_that_breaks_ends_the_session_and_tells_nothing_of_the_content(
    visit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visit.judge.verdict = ValueError("CANARY-NAME-7Q4X")
    asked = await visit.ask()
    await visit.answer(asked)
    assert (await visit.state(asked))["fault"] == "desk.check_broke"
    assert "CANARY" not in caplog.text


async def test_a_restart_loses_nothing(open_visit: Any) -> None:
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


async def exchange_id(visit: Any, asked: dict[str, str]) -> str:
    found: str = await visit.exchange_of(asked)
    return found


async def test_events_tell_each_state_and_stop_at_the_last(visit: Any) -> None:
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


async def test_events_find_what_another_process_changed(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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
async def test_a_request_for_nothing_or_without_a_purpose_is_refused(visit: Any, given: object, code: str) -> None:
    answer = await visit.post("/sessions", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert visit.agent.exchanges == {}


async def test_the_form_keeps_what_was_chosen_when_something_is_missing(visit: Any) -> None:
    answer = await visit.post("/sessions", data={"types": ["AllergyCredential"], "purpose": "other", "words": ""})
    assert answer.status_code == 422
    assert 'value="AllergyCredential" checked' in answer.text
    assert "Say the purpose in a few words." in answer.text


class TestDoors:
    """Who may come in, and who may not."""

    async def test_signed_out_people_are_sent_to_the_sign_in_and_programs_refused(self, open_visit: Any) -> None:
        async with open_visit() as visit:
            assert (await visit.browser.get("/")).headers["location"] == "/login"
            answer = await visit.browser.get("/sessions/x", headers={"Accept": "text/html"})
            assert answer.headers["location"] == "/login"
            assert (await visit.browser.get("/sessions/x", headers={"Accept": "application/json"})).status_code == 404
            assert (await visit.browser.get("/sessions/x/events")).status_code == 403

    @pytest.mark.parametrize("name", ["nurse", "nobody"])
    async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(self, open_visit: Any, name: str) -> None:
        async with open_visit() as visit:
            answer = await visit.browser.post("/api/login", json={"name": name, "password": "guess"})
            assert (answer.status_code, answer.json()["code"]) == (403, "desk.sign_in")

    async def test_guessing_is_slowed_down(self, open_visit: Any) -> None:
        async with open_visit() as visit:
            wrong = {"name": "nurse", "password": "guess"}
            statuses = [(await visit.browser.post("/api/login", json=wrong)).status_code for _ in range(11)]
            assert statuses == [403] * 10 + [429]

    @pytest.mark.parametrize(
        "path", ["/sessions", "/sessions/{id}/renew", "/sessions/{id}/leave", "/sessions/{id}/reading", "/logout"]
    )
    async def test_a_forged_form_changes_nothing(self, visit: Any, path: str) -> None:
        asked = await visit.ask()
        for headers in ({}, {"X-CSRF": "guess"}):
            answer = await visit.browser.post(path.format(**asked), headers=headers, data={"types": "AllergyCredential"})
            assert (answer.status_code, answer.json()["code"]) == (403, "form.stale")
        assert (await visit.state(asked))["state"] == "waiting"
        assert len(visit.agent.exchanges) == 1

    async def test_another_member_of_staff_sees_nothing_of_a_session(self, open_visit: Any) -> None:
        async with open_visit() as visit:
            await visit.sign_in()
            asked = await visit.ask()
            await visit.sign_in("porter", "day-shift")
            for path in ("", "/events"):
                assert (await visit.browser.get(f"/sessions/{asked['id']}{path}")).status_code == 404
            for path in ("renew", "leave", "reading"):
                assert (await visit.post(f"/sessions/{asked['id']}/{path}")).status_code == 404

    async def test_a_webhook_without_the_key_is_not_heard(self, visit: Any) -> None:
        asked = await visit.ask()
        exchange = await visit.exchange_of(asked)
        visit.agent.answer(exchange, {"verifiableCredential": []})
        assert (await visit.hint(exchange, key="guess")).status_code == 401
        assert (await visit.state(asked))["state"] == "waiting"

    async def test_a_webhook_about_something_unknown_is_ignored(self, visit: Any) -> None:
        assert (await visit.hint("no-such-exchange")).status_code == 200

    async def test_signing_in_begins_a_fresh_session(self, open_visit: Any) -> None:
        async with open_visit() as visit:
            await visit.browser.get("/login")
            before = visit.browser.cookies["medcred_desk"]
            await visit.sign_in()
            token = visit.csrf
            assert visit.browser.cookies["medcred_desk"] != before
            await visit.sign_in()
            assert visit.csrf != token


class TestHealth:
    async def test_all_is_well(self, visit: Any) -> None:
        answer = await visit.browser.get("/health")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "checks": {"database": "ok", "agent": "ok", "trust_list": "missing"}}

    async def test_an_agent_that_is_away_is_named_and_the_desk_starts_all_the_same(self, open_visit: Any, agent: Any) -> None:
        agent.away = True
        async with open_visit() as visit:
            answer = await visit.browser.get("/health")
            assert (answer.status_code, answer.json()["checks"]["agent"]) == (503, "agent.unreachable")
            assert (await visit.browser.get("/verify")).status_code == 200

    async def test_an_agent_without_our_plugin_stops_the_start(self, open_visit: Any, agent: Any) -> None:
        agent.plugin = False
        with pytest.raises(Exception, match="without the medcred plugin"):
            async with open_visit():
                pass


class TestPrivacy:
    """Nothing of a record stays: not in rows, logs, addresses or answers for programs."""

    async def test_the_record_is_readable_for_a_minute_and_the_verdict_stays(self, visit: Any, clock: FixedClock) -> None:
        visit.judge.verdict = visit.verdict()
        asked = await visit.ask()
        await visit.answer(asked)
        clock.at += timedelta(seconds=59)
        assert "CANARY-ID-9Z2K" in (await visit.page(asked)).get_text()
        clock.at += timedelta(seconds=60)
        page = await visit.page(asked)
        assert "CANARY" not in page.get_text()
        assert page.select_one("#verdict .word").get_text(" ", strip=True) == "✓ Genuine"
        exchange = await visit.exchange_of(asked)
        await visit.settle()
        assert visit.agent.deleted == [exchange]

    async def test_leaving_wipes_at_once_and_an_absent_agent_is_told_later(self, visit: Any) -> None:
        visit.judge.verdict = visit.verdict()
        asked = await visit.ask()
        await visit.answer(asked)
        visit.agent.away = True
        assert (await visit.post(f"/sessions/{asked['id']}/leave")).status_code == 303
        visit.agent.away = False
        assert "CANARY" not in (await visit.page(asked)).get_text()
        await visit.settle()
        assert len(visit.agent.deleted) == 1

    async def test_signing_out_wipes(self, visit: Any) -> None:
        visit.judge.verdict = visit.verdict()
        asked = await visit.ask()
        await visit.answer(asked)
        await visit.post("/logout")
        assert len(visit.agent.deleted) == 1

    async def test_an_answer_whose_signature_does_not_hold_shows_nothing_and_is_wiped_at_once(self, visit: Any) -> None:
        visit.judge.verdict = visit.verdict("signature.altered", credential=None)
        asked = await visit.ask()
        await visit.answer(asked)
        page = await visit.page(asked)
        assert page.select_one("#verdict")["data-verdict"] == "not_genuine"
        assert page.select_one("#content") is None
        assert "CANARY" not in page.get_text()
        assert "Harbour" not in page.get_text()
        await visit.settle()
        assert len(visit.agent.deleted) == 1

    async def test_no_canary_in_rows_logs_events_or_json(
        self, visit: Any, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        visit.judge.verdict = visit.verdict()
        asked = await visit.ask()
        await visit.scan(asked)
        await visit.answer(asked)
        page = (await visit.page(asked)).get_text()
        assert "CANARY-NAME-7Q4X" in page  # so the search below means something
        told = [str(await visit.state(asked)), (await visit.browser.get(f"/sessions/{asked['id']}/events")).text, caplog.text]
        told += [str(request) for request in visit.addresses]
        if settings.database.startswith("sqlite"):
            folder = Path(settings.database.removeprefix("sqlite:///")).parent
            told += [file.read_bytes().decode("latin-1") for file in folder.glob("test.db*")]
        else:
            told.append(await dump(visit))
        assert [canary for canary in visit.canaries if any(canary in each for each in told)] == []


async def dump(visit: Any) -> str:
    """Every row of every table, as text."""
    rows = []
    async with visit.desk.database.engine.connect() as connection:
        for table in Base.metadata.tables:
            rows += (await connection.execute(text(f"SELECT * FROM {table}"))).all()
    return str(rows)
