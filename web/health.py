"""Whether a service does its work: `GET /health`, asked by whoever keeps it running and by people who look for a fault.

What is the service's own (its database) must answer: without it the answer is 503, and a start again may help. What others run
(an agent, the ledger) may be away: the service keeps what came and goes on later, so that is told as `degraded` with 200. To
start a service again because another is away would only take a second one away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from fastapi.responses import JSONResponse

from schemas.errors import MedcredError

CHECK_SECONDS = 5.0
OK = "ok"

type Check = Callable[[], Awaitable[object]]
"""Raises MedcredError when something is wrong. A text it returns is the finding; anything else means that all is well."""


async def health_answer(own: Mapping[str, Check], others: Mapping[str, Check], *, fatal: Collection[str] = ()) -> JSONResponse:
    """All checks at once, each within CHECK_SECONDS, as `{"status": "ok|degraded|failing", "checks": {name: finding}}`.

    Args:
        own: what the service cannot do without.
        others: what may be away for a time.
        fatal: findings with which the service must not work, whatever they are about.
    """
    named = {**own, **others}
    findings = await asyncio.gather(*(_finding(check) for check in named.values()))
    checks = dict(zip(named, findings, strict=True))
    if any(finding in fatal or (finding != OK and name in own) for name, finding in checks.items()):
        return JSONResponse({"status": "failing", "checks": checks}, status_code=503)
    well = all(finding == OK for finding in findings)
    return JSONResponse({"status": OK if well else "degraded", "checks": checks})


async def _finding(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check()
    except MedcredError as error:
        return error.code
    except TimeoutError:
        return "check.timeout"
    return found if isinstance(found, str) else OK
