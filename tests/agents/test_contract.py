"""The contract: every endpoint and field the client uses exists in the agents' own swagger.json."""

from typing import Any

import pytest

from agents import endpoints
from agents.endpoints import Endpoint
from tests.agents.running import Party

pytestmark = pytest.mark.agents
type Json = dict[str, Any]


async def _swagger(agent: Party) -> Json:
    answer = await agent.raw("GET", "/api/docs/swagger.json")
    assert answer.is_success
    described: Json = answer.json()
    return described


def _missing(endpoint: Endpoint, swagger: Json) -> list[str]:
    operation = swagger["paths"].get(endpoint.path, {}).get(endpoint.method.lower())
    if operation is None:
        return [f"{endpoint.method} {endpoint.path}"]
    parameters = operation.get("parameters", [])
    query = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    body: set[str] = set()
    for parameter in parameters:
        if parameter["in"] == "body":
            definition = swagger["definitions"][parameter["schema"]["$ref"].rpartition("/")[2]]
            body |= set(definition["properties"])
    where = f"{endpoint.method} {endpoint.path}"
    return [f"{where} body {name}" for name in sorted(endpoint.body - body)] + [
        f"{where} query {name}" for name in sorted(endpoint.query - query)
    ]


async def test_what_we_use_exists(hospital: Party, patients: Party) -> None:
    described = [await _swagger(hospital), await _swagger(patients)]
    for endpoint in endpoints.ALL:
        # Tenants exist only on a multitenant agent.
        swagger = described[1] if endpoint.path.startswith("/multitenancy") else described[0]
        assert _missing(endpoint, swagger) == []


async def test_the_check_itself_finds_what_is_gone(hospital: Party) -> None:
    swagger = await _swagger(hospital)
    assert _missing(Endpoint("GET", "/medcred/nothing"), swagger) == ["GET /medcred/nothing"]
    wrong = Endpoint("POST", "/medcred/sign", frozenset({"documents", "surprise"}))
    assert _missing(wrong, swagger) == ["POST /medcred/sign body surprise"]


async def test_every_medcred_route_is_in_the_list(hospital: Party) -> None:
    swagger = await _swagger(hospital)
    served = {
        (method.upper(), path) for path, methods in swagger["paths"].items() if path.startswith("/medcred/") for method in methods
    }
    assert served == {(endpoint.method, endpoint.path) for endpoint in endpoints.ALL if endpoint.path.startswith("/medcred/")}


async def test_the_plugin_is_there_and_the_database_answers(hospital: Party, patients: Party, clinic: Party) -> None:
    for agent in (hospital, patients, clinic):
        await agent.require_plugin()
        health = await agent.health()
        assert health.database
        assert health.contexts >= 8
