"""The desk with the real verifier: what must be refused is refused, and the issuer may be away."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from storage.clock import FixedClock
from tests.verifier import world
from tests.verifier.desk.conftest import OpenVisit
from tests.verifier.desk.fakes import Elsewhere
from tests.verifier.desk.visiting import Visit
from verifier.desk.judging import Judge
from verifier.desk.settings import Settings

TRUST = "http://localhost:8101/trust.json"
LEDGER = "http://localhost:8104"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(world.AT)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"trust": settings.trust.model_copy(update={"publisher": world.PUBLISHER})})


@pytest.fixture
async def visit(open_visit: OpenVisit, elsewhere: Elsewhere) -> AsyncIterator[Visit]:
    """A desk that judges, with the issuer's lists published."""
    elsewhere.pages[TRUST] = world.text(world.trust_document())
    publish(elsewhere)
    async with open_visit() as visit:
        visit.desk.conversation.judge = Judge(visit.desk.knowledge, visit.desk.clock)
        await visit.sign_in()
        yield visit


def publish(elsewhere: Elsewhere, **lists: Any) -> None:
    for document in world.lists(**lists):
        elsewhere.pages[document["id"]] = world.text(document)


async def present(visit: Visit, credential: world.Json | None = None, **changes: Any) -> dict[str, Any]:
    """A whole visit in which the wallet presents this credential; returns the state afterwards."""
    asked = await visit.ask()
    row = await visit.desk.sessions.get(asked["id"])
    grant = world.grant(purpose=row.words, validUntil=world.stamp(visit.desk.clock.now() + timedelta(minutes=10)))
    usual = {"challenge": row.challenge, "terms": [grant], "at": visit.desk.clock.now()}
    await visit.answer(asked, world.presentation([credential or world.issued()], **(usual | changes)))
    return await visit.state(asked)


def reasons(state: dict[str, Any]) -> set[str]:
    return {check["reason"] for check in state["verdict"]["checks"]}


async def test_a_record_shared_by_its_patient_is_genuine(visit: Visit) -> None:
    state = await present(visit)
    assert state["verdict"]["verdict"] == "genuine", reasons(state)
    assert state["verdict"]["accepted"]
    assert state["verdict"]["issuer"]["lei"] == world.HK_LEI
    page = await visit.page(state, "zh-HK")
    assert page.select_one("#verdict .word").get_text(" ", strip=True) == "✓ 真確"
    assert "維港示範醫院" in page.get_text()
    assert "CANARY-NAME-7Q4X" in page.select_one("#content").get_text()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("wrong_domain", "domain.wrong"),
        ("no_challenge", "challenge.missing"),
        ("stolen", "holder.not_subject"),
        ("altered", "signature.altered"),
        ("self_issued", "issuer.unknown"),
        ("another_log", "ledger.other_log"),
        ("no_consent", "consent.missing"),
        ("other_purpose", "consent.other_purpose"),
    ],
)
async def test_what_must_be_refused(visit: Visit, fault: str, reason: str) -> None:
    answers: dict[str, Callable[[], Any]] = {
        "wrong_domain": lambda: present(visit, domain="did:web:another.example"),
        "no_challenge": lambda: present(visit, challenge=""),
        "stolen": lambda: present(visit, by=world.THIEF_KEY),
        "altered": lambda: present(visit, altered()),
        "self_issued": lambda: present(visit, self_issued()),
        "another_log": lambda: present(visit, world.issued(log=another_log())),
        "no_consent": lambda: present(visit, terms=[]),
        "other_purpose": lambda: present(visit, terms=[world.grant(purpose="advertising")]),
    }
    state = await answers[fault]()
    assert reason in reasons(state)
    assert not state["verdict"]["accepted"]
    assert state["verdict"]["verdict"] in ("not_genuine", "could_not_check")


def altered() -> world.Json:
    credential = world.issued()
    return {**credential, "validUntil": "2099-01-01T00:00:00Z"}


def self_issued() -> world.Json:
    credential = world.unsigned() | {"issuer": world.ROGUE}
    return world.signed(credential, world.ROGUE_KEY, world.did_key_method(world.ROGUE))


def another_log() -> world.Log:
    return world.Log(world.SigningKey("elsewhere.example/log", world.KeyType.NOTE, world.key("another log")))


async def test_an_answer_replayed_in_another_session_is_refused_and_shows_nothing(visit: Visit) -> None:
    first, second = await visit.ask(), await visit.ask()
    row = await visit.desk.sessions.get(first["id"])
    overheard = world.presentation(challenge=row.challenge, terms=[world.grant(purpose=row.words)])
    await visit.answer(first, overheard)
    assert (await visit.state(first))["verdict"]["verdict"] == "genuine"
    await visit.answer(second, overheard)
    state = await visit.state(second)
    assert "challenge.wrong" in reasons(state)
    assert state["verdict"]["verdict"] == "not_genuine"
    page = await visit.page(second)
    assert page.select_one("#content") is None
    assert "CANARY" not in page.get_text()


async def test_an_expired_record_is_genuine_and_refused_by_the_clinics_rule_apart(visit: Visit, clock: FixedClock) -> None:
    record = world.issued(world.unsigned(valid_until=world.ISSUED + timedelta(minutes=5)))
    state = await present(visit, record)
    assert (state["verdict"]["verdict"], state["verdict"]["accepted"]) == ("genuine_with_notes", False)
    page = await visit.page(state)
    assert "Genuine, check these" in page.select_one("#verdict").get_text()
    assert "expired" in page.select_one("#policy").get_text()


async def test_a_revocation_a_minute_ago_is_seen(visit: Visit, elsewhere: Elsewhere, clock: FixedClock) -> None:
    assert (await present(visit))["verdict"]["verdict"] == "genuine"
    clock.at += timedelta(minutes=1)
    publish(elsewhere, revoked=[world.POSITION], at=clock.at)
    state = await present(visit)
    assert "status.revoked" in reasons(state)
    assert state["verdict"]["verdict"] == "not_genuine"


async def test_a_hold_that_was_lifted_is_forgotten(visit: Visit, elsewhere: Elsewhere, clock: FixedClock) -> None:
    publish(elsewhere, suspended=[world.POSITION])
    assert "status.suspended" in reasons(await present(visit))
    clock.at += timedelta(minutes=1)
    publish(elsewhere, at=clock.at)
    assert (await present(visit))["verdict"]["verdict"] == "genuine"


async def test_with_the_issuer_away_the_copies_serve_and_the_page_says_how_old_they_are(
    visit: Visit, elsewhere: Elsewhere, clock: FixedClock
) -> None:
    await present(visit)
    elsewhere.pages.clear()
    clock.at += timedelta(hours=3)
    state = await present(visit)
    assert state["verdict"]["verdict"] == "genuine", reasons(state)
    page = await visit.page(state)
    assert "As of 2026-11-24 23:30 (UTC+8)." in page.select_one("[data-check=status]").get_text()
    assert "3 hours old" in page.select_one("footer").get_text()
    clock.at += timedelta(hours=24)
    assert "status.as_of" in reasons(await present(visit))


async def test_without_any_list_the_desk_says_that_it_could_not_check_in_grey(
    open_visit: OpenVisit, elsewhere: Elsewhere
) -> None:
    async with open_visit() as visit:
        visit.desk.conversation.judge = Judge(visit.desk.knowledge, visit.desk.clock)
        await visit.sign_in()
        state = await present(visit)
        assert state["verdict"]["verdict"] == "could_not_check"
        page = await visit.page(state)
        assert "unknown" in page.select_one("#verdict")["class"]
        assert page.select(".bad, .fail") == []


async def test_the_background_round_keeps_lists_young_for_when_the_network_goes(
    visit: Visit, elsewhere: Elsewhere, clock: FixedClock
) -> None:
    await present(visit)
    clock.at += timedelta(hours=20)
    publish(elsewhere, at=clock.at)
    await visit.desk.knowledge.refresh()
    elsewhere.pages.clear()
    clock.at += timedelta(hours=20)
    state = await present(visit)
    assert "status.good" in reasons(state)


async def test_a_ledger_that_grew_proves_it_and_one_that_was_rewritten_is_caught_after_a_restart(
    open_visit: OpenVisit, elsewhere: Elsewhere
) -> None:
    elsewhere.pages[TRUST] = world.text(world.trust_document())
    publish(elsewhere)
    honest = world.Log()
    first = world.issued(log=honest)
    old = honest.head().size
    later = world.issued(world.unsigned(salt=b"another salt, as long"), log=honest)
    proof = [world.b64encode(step).decode() for step in honest.consistency(old, honest.head().size)]
    body = {"old": old, "new": honest.head().size, "proof": proof}
    elsewhere.pages[f"{LEDGER}/consistency?old={old}&new={old + 1}"] = json.dumps(body).encode()
    async with open_visit() as visit:
        visit.desk.conversation.judge = Judge(visit.desk.knowledge, visit.desk.clock)
        await visit.sign_in()
        assert "log.first_seen" in reasons(await present(visit, first))
        assert "log.consistent" in reasons(await present(visit, later))
    rewritten = world.Log(other="rewritten")
    world.issued(log=rewritten)
    async with open_visit() as visit:
        visit.desk.conversation.judge = Judge(visit.desk.knowledge, visit.desk.clock)
        await visit.sign_in()
        state = await present(visit, world.issued(log=rewritten))
        assert "log.rewritten" in reasons(state)
        assert state["verdict"]["verdict"] == "not_genuine"


async def test_a_ledger_is_never_asked_about_the_log_of_another(visit: Visit, settings: Settings) -> None:
    two = [{"origin": key.verifier_key.name, "verifierKey": str(key.verifier_key), "jurisdiction": "HK"} for key in KEYS]
    assert visit.desk.knowledge.ledger_urls(world.trust()) == {world.ORIGIN: LEDGER}
    assert visit.desk.knowledge.ledger_urls(world.trust(logs=two)) == {}
    assert visit.desk.knowledge.ledger_urls(None) == {}


KEYS = (world.LOG_KEY, world.SigningKey("elsewhere.example/log", world.KeyType.NOTE, world.key("another log")))
