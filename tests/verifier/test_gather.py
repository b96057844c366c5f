"""Gathering: only what a listed hospital signed is followed, copies serve when nobody answers, and offline nobody is asked."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.memory import LogHead, LogMemory
from schemas.errors import LedgerError
from tests.verifier import world
from tests.verifier.museum.exhibit import Heads
from tests.verifier.world import AT, HK, ORIGIN, REVOCATION, SUSPENSION, carried, issued, signed, status_list, trust, unsigned
from verifier.cache import Cache
from verifier.evidence import Evidence
from verifier.fetch import Limits
from verifier.gather import fetch_status_list, gather, needs
from verifier.policy import CARRIED_FILE, LIVE_DESK
from verifier.verdict import Verdict, Word
from verifier.verify import verify, verify_file

LOOPBACK = Limits(max_bytes=1024 * 1024, seconds=1, allow_loopback=True)
DID_URL = "http://localhost:8101/hospitals/hk/did.json"


class Web:
    """The hospital's web server in memory."""

    def __init__(self, pages: dict[str, Any] | None = None) -> None:
        self.pages = {REVOCATION: status_list(), SUSPENSION: status_list("suspension")} if pages is None else pages
        self.asked: list[str] = []

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        page = self.pages.get(str(request.url))
        if page is None:
            return httpx.Response(404)
        return httpx.Response(200, content=page if isinstance(page, bytes) else json.dumps(page).encode())


async def judge(document: Any, web: Web, *, cache: Cache | None = None, evidence: Evidence | None = None, **how: Any) -> Verdict:
    async with web.client() as http:
        gathered = await gather(
            document, evidence or Evidence(trust=trust()), at=AT, http=http, cache=cache, limits=LOOPBACK, **how
        )
    return verify(document, gathered, CARRIED_FILE, AT)


def reason(verdict: Verdict, check: str) -> str:
    found = verdict.check(check)
    assert found
    return found.reason


async def test_the_lists_of_a_genuine_record_are_fetched() -> None:
    web = Web()
    verdict = await judge(issued(), web)
    assert (verdict.verdict, sorted(web.asked)) == (Word.GENUINE, [REVOCATION, SUSPENSION])


async def test_a_revocation_since_is_seen_although_an_older_list_was_stapled() -> None:
    web = Web({REVOCATION: status_list("revocation", [world.POSITION]), SUSPENSION: status_list("suspension")})
    assert reason(await judge(carried(), web), "status") == "status.revoked"


@pytest.mark.parametrize(
    "document",
    [
        signed(unsigned(), world.ROGUE_KEY),
        {**issued(), "issuer": "did:web:evil.example"},
        signed({**unsigned(), "issuer": "did:web:evil.example"}, world.ROGUE_KEY, "did:web:evil.example#key-1"),
        unsigned(),
        {"type": "VerifiableCredential"},
        {"type": "CarriedRecord"},
        {"type": "VerifiablePresentation", "verifiableCredential": [7, {"type": "VerifiableCredential"}]},
        [],
        None,
    ],
)
async def test_what_a_stranger_wrote_calls_nobody(document: Any) -> None:
    web = Web()
    verdict = await judge(document, web)
    assert web.asked == []
    assert verdict.verdict in (Word.NOT_GENUINE, Word.COULD_NOT_CHECK)


async def test_a_context_that_never_answers_is_not_asked() -> None:
    web = Web()
    never = "https://context.example/never-answers/v1"
    verdict = await judge(issued({**unsigned(), "@context": [*unsigned()["@context"], never]}), web)
    assert never not in web.asked
    assert not verdict.accepted


@pytest.mark.parametrize("page", [None, b"<html>", {}, [], {"id": REVOCATION}, status_list("suspension")])
async def test_a_wrong_answer_is_no_list(page: Any) -> None:
    web = Web({REVOCATION: page, SUSPENSION: status_list("suspension")})
    verdict = await judge(issued(), web)
    assert reason(verdict, "status") in ("status.unavailable", "status.list_rejected")
    assert verdict.verdict is Word.COULD_NOT_CHECK


async def test_copies_serve_when_nobody_answers(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    assert (await judge(issued(), Web(), cache=cache)).verdict is Word.GENUINE
    gone = Web({})
    assert (await judge(issued(), gone, cache=cache)).verdict is Word.GENUINE
    assert gone.asked == [], "a copy of a moment ago is not fetched again"
    at = AT + timedelta(hours=1)
    async with gone.client() as http:
        evidence = await gather(issued(), Evidence(trust=trust()), at=at, http=http, cache=cache, limits=LOOPBACK)
    assert verify(issued(), evidence, CARRIED_FILE, at).verdict is Word.GENUINE
    assert sorted(gone.asked) == [REVOCATION, SUSPENSION]


async def test_an_error_page_does_not_push_out_a_good_copy(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    await judge(issued(), Web(), cache=cache)
    before = cache.document(REVOCATION)
    at = AT + timedelta(hours=1)
    web = Web({REVOCATION: {"error": "busy"}, SUSPENSION: {"error": "busy"}})
    async with web.client() as http:
        await gather(issued(), Evidence(trust=trust()), at=at, http=http, cache=cache, limits=LOOPBACK)
    assert cache.document(REVOCATION) == before


def did_json(key: Any = world.ROGUE_KEY, name: str = "key-9", **changes: Any) -> dict[str, Any]:
    multikey = world.did_of_key(key).removeprefix("did:key:")
    method = {"id": f"{HK}#{name}", "type": "Multikey", "controller": HK, "publicKeyMultibase": multikey}
    return {"id": HK, "verificationMethod": [method], "assertionMethod": [method["id"]], **changes}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (did_json(), ("issuer_key.newer_than_list", Word.COULD_NOT_CHECK)),
        (did_json(assertionMethod=[]), ("issuer_key.not_for_signing", Word.NOT_GENUINE)),
        (did_json(name="key-8"), ("issuer_key.not_issuers", Word.NOT_GENUINE)),
        (did_json(id="did:web:elsewhere.example"), ("issuer_key.not_issuers", Word.NOT_GENUINE)),
        (None, ("issuer_key.not_issuers", Word.NOT_GENUINE)),
    ],
)
async def test_a_key_the_list_does_not_know(tmp_path: Path, page: Any, expected: tuple[str, Word]) -> None:
    """The hospital's own site can say that a key is newer than the list; it cannot make anything genuine."""
    web = Web({DID_URL: page} if page else {})
    cache = Cache(tmp_path)
    document = signed(unsigned(), world.ROGUE_KEY, f"{HK}#key-9")
    for _ in range(2):
        verdict = await judge(document, web, cache=cache)
        assert (reason(verdict, "issuer_key"), verdict.verdict) == expected
    if page == did_json():
        assert web.asked == [DID_URL], "the second time the copy serves"


class Operator:
    """A ledger operator that proves its growth, or does not."""

    def __init__(self, prove: Callable[[int, int], Sequence[bytes]]) -> None:
        self.prove = prove

    async def consistency(self, old: int, new: int) -> list[bytes]:
        return list(self.prove(old, new))


def two_records() -> tuple[world.Log, dict[str, Any], LogHead, dict[str, Any], LogHead]:
    log = world.Log()
    first = signed(unsigned())
    first = world.with_receipt(first, log.receipt(first))
    early = log.head()
    second = signed({**unsigned(), "id": "urn:uuid:2"})
    second = world.with_receipt(second, log.receipt(second))
    return log, first, early, second, log.head()


async def test_a_ledger_that_grew_is_compared_and_remembered() -> None:
    log, first, early, second, late = two_records()
    heads = Heads()
    evidence = Evidence(trust=trust(), memory=LogMemory(heads))
    operators = {ORIGIN: Operator(log.consistency)}
    assert reason(await judge(first, Web(), evidence=evidence, ledgers=operators), "log_consistent") == "log.first_seen"
    assert heads[ORIGIN] == early
    assert reason(await judge(second, Web(), evidence=evidence, ledgers=operators), "log_consistent") == "log.consistent"
    assert heads[ORIGIN] == late
    assert reason(await judge(first, Web(), evidence=evidence, ledgers=operators), "log_consistent") == "log.consistent"
    assert heads[ORIGIN] == late, "an earlier receipt does not set the memory back"


async def test_several_heads_in_one_presentation_are_compared_with_each_other() -> None:
    log, first, _, second, late = two_records()
    shown = world.presentation([second, first])
    heads = Heads({ORIGIN: LogHead(ORIGIN, 5, log.tree().root(5))})
    evidence = Evidence(trust=trust(), memory=LogMemory(heads), expected=world.expected())
    async with Web().client() as http:
        how = {"http": http, "limits": LOOPBACK, "ledgers": {ORIGIN: Operator(log.consistency)}}
        gathered = await gather(shown, evidence, at=AT, **how)
    assert needs(shown, evidence, AT).growth == ((ORIGIN, 5, 6), (ORIGIN, 5, 7), (ORIGIN, 6, 7))
    verdict = verify(shown, gathered, LIVE_DESK, AT)
    assert verdict.verdict is Word.GENUINE
    assert heads[ORIGIN] == late


async def test_an_operator_that_does_not_prove_or_lies() -> None:
    _log, _first, early, second, _ = two_records()

    def away(old: int, new: int) -> Sequence[bytes]:
        raise LedgerError("ledger.unreachable", "Nobody answers.", "")

    for prove, expected in ((away, "log.not_compared"), (lambda old, new: [b"x" * 32], "log.rewritten")):
        evidence = Evidence(trust=trust(), memory=LogMemory(Heads({ORIGIN: early})))
        verdict = await judge(second, Web(), evidence=evidence, ledgers={ORIGIN: Operator(prove)})
        assert reason(verdict, "log_consistent") == expected


async def test_offline_with_a_cache(tmp_path: Path) -> None:
    """The issuer is stopped; what was kept and what was stapled serve."""
    cache = Cache(tmp_path / "kept")
    file = tmp_path / "record.medcred.json"
    file.write_bytes(world.text(issued()))
    how = {"at": AT, "trust": trust(), "cache": cache}
    assert verify_file(file, **how).refusals == ("status.unavailable",)
    cache.keep(REVOCATION, status_list(), AT)
    cache.keep(SUSPENSION, status_list("suspension"), AT)
    assert verify_file(file, **how).verdict is Word.GENUINE
    later = verify_file(file, **{**how, "at": AT + timedelta(days=2)})
    assert (later.verdict, reason(later, "status"), later.accepted) == (Word.GENUINE_WITH_NOTES, "status.as_of", True)
    assert cache.recall(ORIGIN) is not None
    forked = world.Log(other="another history")
    other = signed(unsigned())
    rewritten = world.with_receipt(other, forked.receipt(other))
    assert reason(verify_file(world.text(rewritten), **how), "log_consistent") == "log.rewritten"


def test_a_broken_cache_is_an_empty_one(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.document(REVOCATION) is None
    cache.keep(REVOCATION, {"a": 1}, AT)
    cache.remember(LogHead(ORIGIN, 3, bytes(32)))
    kept = cache.document(REVOCATION)
    assert kept
    assert (kept.document, kept.fetched_at) == ({"a": 1}, AT)
    assert cache.recall(ORIGIN) == LogHead(ORIGIN, 3, bytes(32))
    for content in (b"", b"{", b"[]", b'{"url": "elsewhere", "fetchedAt": "x", "document": {}}', b"[" * 100_000):
        for file in tmp_path.rglob("*.json"):
            file.write_bytes(content)
        assert cache.document(REVOCATION) is None
        assert cache.recall(ORIGIN) is None
    assert list(tmp_path.rglob("*.new")) == []


def test_a_name_that_is_a_path_stays_in_the_folder(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "inner")
    cache.keep("../../../etc/passwd", {}, AT)
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "inner" / "documents"]


async def test_a_single_list() -> None:
    async with Web().client() as http:
        source = await fetch_status_list(REVOCATION, http, at=AT, limits=LOOPBACK)
    assert source.read
    assert source.fetched_at == AT
    assert replace(source, fetched_at=None).as_of() == world.ISSUED
