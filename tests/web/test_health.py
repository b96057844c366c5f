"""What is a service's own must answer; what others run may be away."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from schemas.errors import UnavailableError
from web import health
from web.health import health_answer


async def well() -> None:
    pass


async def answers_itself() -> object:
    return object()


async def away() -> None:
    raise UnavailableError("part.unreachable", "The part does not answer.")


async def old() -> str:
    return "expired"


async def silent() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("own", "other", "status", "code", "finding"),
    [
        (well, well, "ok", 200, "ok"),
        (well, answers_itself, "ok", 200, "ok"),
        (well, away, "degraded", 200, "part.unreachable"),
        (well, old, "degraded", 200, "expired"),
        (well, silent, "degraded", 200, "check.timeout"),
        (away, well, "failing", 503, "ok"),
        (silent, away, "failing", 503, "part.unreachable"),
    ],
    ids=["well", "object", "other away", "other old", "other silent", "own away", "both"],
)
async def test_own_and_others(
    own: Callable[[], Awaitable[object]],
    other: Callable[[], Awaitable[object]],
    status: str,
    code: int,
    finding: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    answer = await health_answer({"database": own}, {"part": other})
    told = json.loads(answer.body)
    assert (answer.status_code, told["status"], told["checks"]["part"]) == (code, status, finding)


async def test_a_part_that_must_not_be_worked_with() -> None:
    answer = await health_answer({"database": well}, {"part": away}, fatal=("part.unreachable",))
    assert (answer.status_code, json.loads(answer.body)["status"]) == (503, "failing")
