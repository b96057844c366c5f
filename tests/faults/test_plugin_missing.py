"""ACA-Py starts without a plugin that it cannot load. The issuer then does not start, and its log says why."""

import dataclasses
from pathlib import Path

import httpx
import pytest

from medcred.house import read_house
from medcred.supervise.plan import plans
from medcred.supervise.process import Plan
from medcred.supervise.supervisor import Supervisor
from schemas.errors import SetupError, UnavailableError
from tests.faults.test_supervisor_killed import small_house


async def test_the_issuer_refuses_an_agent_without_the_plugin(tmp_path: Path) -> None:
    house = read_house(small_house(tmp_path))
    planned = [_without_plugin(plan) if plan.name == "agent-hk" else plan for plan in plans(house)]
    with pytest.raises(SetupError) as caught:
        async with Supervisor(planned, lambda _: None) as supervisor:
            await supervisor.all_ready(patience=120)
    assert caught.value.message == "issuer is not ready: it ended with exit code 3."
    assert caught.value.hint.endswith("logs/issuer.log")
    lines = (house.state / "logs" / "issuer.log").read_text().splitlines()
    assert [line for line in lines if '"code": "agent.plugin_missing"' in line and '"agent": "hk"' in line]
    assert [line for line in lines if "AgentError: This agent runs without the medcred plugin." in line]


def _without_plugin(plan: Plan) -> Plan:
    """The agent as somebody would start it who forgot `--plugin`; the supervisor is told that it is ready when it listens."""
    argv = list(plan.argv)
    place = argv.index("--plugin")
    port = argv[argv.index("--admin") + 2]

    async def listens() -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                answer = await http.get(
                    f"http://127.0.0.1:{port}/status/live", headers={"x-api-key": plan.env["ACAPY_ADMIN_API_KEY"]}
                )
            except httpx.TransportError as error:
                raise UnavailableError("test.not_yet", "it does not listen yet") from error
        if not answer.is_success:
            raise UnavailableError("test.not_yet", "it is not up yet")

    return dataclasses.replace(plan, argv=[*argv[:place], *argv[place + 2 :]], ready=listens)
