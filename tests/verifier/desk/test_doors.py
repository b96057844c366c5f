"""Who may come in, and who may not; how the desk says that it is well."""

import pytest

from tests.verifier.desk.conftest import OpenVisit
from tests.verifier.desk.fakes import FakeAgent
from tests.verifier.desk.visiting import Visit


async def test_signed_out_people_are_sent_to_the_sign_in_and_programs_refused(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        assert (await visit.browser.get("/")).headers["location"] == "/login"
        answer = await visit.browser.get("/sessions/x", headers={"Accept": "text/html"})
        assert answer.headers["location"] == "/login"
        assert (await visit.browser.get("/sessions/x", headers={"Accept": "application/json"})).status_code == 404
        assert (await visit.browser.get("/sessions/x/events")).status_code == 401


@pytest.mark.parametrize("name", ["nurse", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(open_visit: OpenVisit, name: str) -> None:
    async with open_visit() as visit:
        answer = await visit.browser.post("/api/login", json={"name": name, "password": "guess"})
        assert (answer.status_code, answer.json()["code"]) == (401, "desk.sign_in")


async def test_guessing_is_slowed_down(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        wrong = {"name": "nurse", "password": "guess"}
        answers = [await visit.browser.post("/api/login", json=wrong) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("desk.too_often", "6")


@pytest.mark.parametrize(
    "path", ["/sessions", "/sessions/{id}/renew", "/sessions/{id}/leave", "/sessions/{id}/reading", "/logout"]
)
async def test_a_forged_form_changes_nothing(visit: Visit, path: str) -> None:
    asked = await visit.ask()
    for headers in ({}, {"X-CSRF": "guess"}):
        answer = await visit.browser.post(path.format(**asked), headers=headers, data={"types": "AllergyCredential"})
        assert (answer.status_code, answer.json()["code"]) == (403, "form.stale")
    assert (await visit.state(asked))["state"] == "waiting"
    assert len(visit.agent.exchanges) == 1


async def test_another_member_of_staff_sees_nothing_of_a_session(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        await visit.sign_in()
        asked = await visit.ask()
        await visit.sign_in("porter", "day-shift")
        for path in ("", "/events"):
            assert (await visit.browser.get(f"/sessions/{asked['id']}{path}")).status_code == 404
        for path in ("renew", "leave", "reading"):
            assert (await visit.post(f"/sessions/{asked['id']}/{path}")).status_code == 404


async def test_a_webhook_without_the_key_is_not_heard(visit: Visit) -> None:
    asked = await visit.ask()
    exchange = await visit.exchange_of(asked)
    visit.agent.answer(exchange, {"verifiableCredential": []})
    assert (await visit.hint(exchange, key="guess")).status_code == 401
    assert (await visit.state(asked))["state"] == "waiting"


async def test_a_webhook_about_something_unknown_is_ignored(visit: Visit) -> None:
    assert (await visit.hint("no-such-exchange")).status_code == 200


async def test_signing_in_begins_a_fresh_session(open_visit: OpenVisit) -> None:
    async with open_visit() as visit:
        await visit.browser.get("/login")
        before = visit.browser.cookies["medcred_desk"]
        await visit.sign_in()
        token = visit.csrf
        assert visit.browser.cookies["medcred_desk"] != before
        await visit.sign_in()
        assert visit.csrf != token


async def test_all_is_well(visit: Visit) -> None:
    answer = await visit.browser.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "checks": {"database": "ok", "agent": "ok", "trust_list": "missing"}}


async def test_an_agent_that_is_away_is_named_and_the_desk_starts_all_the_same(open_visit: OpenVisit, agent: FakeAgent) -> None:
    agent.away = True
    async with open_visit() as visit:
        answer = await visit.browser.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["agent"] == "agent.unreachable"
        assert (await visit.browser.get("/verify")).status_code == 200


async def test_an_agent_without_our_plugin_stops_the_start(open_visit: OpenVisit, agent: FakeAgent) -> None:
    agent.plugin = False
    with pytest.raises(Exception, match="without the medcred plugin"):
        async with open_visit():
            pass
