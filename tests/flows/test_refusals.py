"""What the desk refuses, shown with real agents: each credential is right in all but one thing. ACA-Py alone accepts several."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.database import open_database
from ledger.keys import KeyType, SigningKey
from ledger.operator import Operator
from ledger.settings import WitnessSettings
from ledger.witness_service import create_app as witness_app
from ledger.witnessing import WitnessClient
from storage.clock import SystemClock
from storage.migrate import migrate_sync
from tests.flows.conftest import Told
from tests.flows.crafting import Desk, Json, at_the_desk, desk_in_the_future, witnessed
from tests.flows.running import Thief
from verifier.verdict import stamp

ELSEWHERE = "did:web:elsewhere.example"


@pytest.fixture
async def desk(told: Told, thief: Thief) -> AsyncIterator[Desk]:
    async with at_the_desk(told, thief) as desk:
        yield desk


@pytest.fixture
def silent_url() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/context"


def fails(verdict: Json) -> set[str]:
    return {check["reason"] for check in verdict["checks"] if check["result"] == "fail"}


async def test_what_the_crafted_ones_differ_from_is_genuine(desk: Desk) -> None:
    """Without this, the refusals below could have any reason."""
    verdict = await desk.judge(await desk.credential())
    assert verdict["verdict"] == "genuine", verdict["refusals"]
    assert verdict["accepted"] is True


async def test_a_stolen_credential_presented_by_another_wallet(desk: Desk) -> None:
    somebody = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    verdict = await desk.judge(await desk.credential(subject=somebody))
    assert verdict["verdict"] == "not_genuine"
    assert fails(verdict) == {"holder.not_subject"}


async def test_altered_content(desk: Desk) -> None:
    credential = await desk.credential()
    credential["credentialSubject"]["note"] = "all values normal"
    verdict = await desk.judge(credential)
    assert verdict["verdict"] == "not_genuine"
    assert "signature.altered" in fails(verdict)
    assert verdict["issuer"] is None


async def test_an_expired_credential_is_genuine_and_not_accepted(told: Told, thief: Thief, tmp_path: Path) -> None:
    """Valid when it was witnessed, shown at a desk whose clock is past its end."""
    over = stamp(datetime.now(UTC) + timedelta(minutes=2))
    async with desk_in_the_future(told, thief, tmp_path, timedelta(minutes=20)) as desk:
        credential = await desk.credential(change=lambda unsigned: unsigned.update(validUntil=over))
        verdict = await desk.judge(credential)
    assert verdict["verdict"] == "genuine_with_notes"
    assert verdict["accepted"] is False
    assert verdict["refusals"] == ["validity.expired"]


async def test_self_issued_by_an_unknown_did(desk: Desk) -> None:
    """The thief signs a perfect laboratory report with a DID of its own, and even has it witnessed."""
    credential = await desk.credential()
    unsigned = {name: value for name, value in credential.items() if name != "proof"} | {"issuer": desk.did}
    (signed,) = await desk.thief.sign([unsigned], verification_method=f"{desk.did}#{desk.did.removeprefix('did:key:')}")
    verdict = await desk.judge(await witnessed(signed, desk.operator))
    assert verdict["verdict"] == "not_genuine"
    assert "issuer.unknown" in fails(verdict)
    assert verdict["issuer"] is None


async def test_a_replayed_answer(desk: Desk) -> None:
    first, session = await desk.ask()
    second, again = await desk.ask()
    await desk.answer(first, desk.presentation(first, await desk.credential()))
    assert (await desk.verdict(session))["verdict"] == "genuine"
    await desk.answer(second, await desk.received(first))
    verdict = await desk.verdict(again)
    assert verdict["verdict"] == "not_genuine"
    assert "challenge.wrong" in fails(verdict)


async def test_an_answer_made_for_another_clinic(desk: Desk) -> None:
    exchange, session = await desk.ask()
    presentation = desk.presentation(exchange, await desk.credential())
    presentation["termsOfUse"][0]["recipient"] = ELSEWHERE
    await desk.answer(exchange, presentation, domain=ELSEWHERE)
    verdict = await desk.verdict(session)
    assert verdict["verdict"] == "not_genuine"
    assert fails(verdict) >= {"domain.wrong", "consent.other_recipient"}


async def test_a_context_that_never_answers_stops_nobody(desk: Desk, silent_url: str) -> None:
    credential = await desk.credential()
    credential["@context"].append(silent_url)
    verdict = await asyncio.wait_for(desk.judge(credential), 30)
    assert verdict["verdict"] != "genuine"
    assert verdict["accepted"] is False
    clinic = desk.told.running.agent("lantau")
    assert (await asyncio.wait_for(clinic.health(), 5)).database
    await clinic.aclose()


async def test_a_receipt_of_another_log(desk: Desk, tmp_path: Path) -> None:
    stranger = SigningKey.from_seed("ledger.example/elsewhere", KeyType.NOTE, "ab" * 32)
    async with _operator(tmp_path, stranger, SigningKey.from_seed("witness.example/x", KeyType.COSIGNATURE, "cd" * 32)) as other:
        verdict = await desk.judge(await desk.credential(ledger=other))
    assert verdict["verdict"] == "not_genuine"
    assert fails(verdict) == {"ledger.other_log"}


async def test_a_rewritten_log_even_with_both_keys(desk: Desk, tmp_path: Path) -> None:
    """Operator and witness together sign another history. A desk that remembers the first one sees it."""
    assert (await desk.judge(await desk.credential()))["verdict"] == "genuine"
    services, secrets = desk.told.running.house.services, desk.told.running.secrets
    assert services.ledger
    assert services.witness
    log = SigningKey.from_seed(services.ledger.origin, KeyType.NOTE, secrets.seed(services.ledger.key))
    witness = SigningKey.from_seed(services.witness.name, KeyType.COSIGNATURE, secrets.seed(services.witness.key))
    async with _operator(tmp_path, log, witness) as rewritten:
        verdict = await desk.judge(await desk.credential(ledger=rewritten))
    assert verdict["verdict"] == "not_genuine"
    assert "log.rewritten" in fails(verdict)


class _operator:  # noqa: N801 -- reads as a function where it is used
    """A whole ledger in this process: operator and witness with these keys, an epoch whenever a receipt is asked for."""

    def __init__(self, folder: Path, log: SigningKey, witness: SigningKey) -> None:
        url = f"sqlite:///{folder / 'log.db'}"
        migrate_sync(url, "ledger")
        seed = witness._private_key.private_bytes_raw().hex()
        settings = WitnessSettings(
            name=witness.verifier_key.name,
            database=f"sqlite:///{folder / 'witness.db'}",
            key_seed=seed,
            logs=[str(log.verifier_key)],
        )
        self._engine = open_database(url)
        self._app = witness_app(settings)
        self._log, self._witness = log, witness

    async def __aenter__(self) -> "_operator":
        self._lifespan = self._app.router.lifespan_context(self._app)
        await self._lifespan.__aenter__()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self._app))
        client = WitnessClient("http://witness", self._witness.verifier_key, self._http)
        self._operator = Operator(self._engine, self._log, [client], 1, SystemClock(), os.urandom)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        await self._lifespan.__aexit__(None, None, None)
        self._engine.dispose()

    async def submit(self, commitments: Any) -> None:
        await self._operator.submit(commitments)

    async def receipts(self, commitments: Any) -> Any:
        await self._operator.step()
        return await self._operator.receipts(commitments)

    async def checkpoint(self) -> str:
        return await self._operator.checkpoint()

    async def consistency(self, old: int, new: int) -> list[bytes]:
        return await self._operator.consistency(old, new)
