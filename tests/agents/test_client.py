"""The client against an agent that is simulated: every way to fail, and what the errors say."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from agents.client import AgentClient
from agents.tokens import wallet_of
from schemas.errors import AgentError, MedcredError, NotFoundError, StateError

CANARY = "CANARY-NAME-7Q4X"
type Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **more: int) -> AgentClient:
    return AgentClient("http://agent", "key", http=httpx.AsyncClient(transport=httpx.MockTransport(answer)), **more)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.Response(401, text=CANARY), AgentError, "agent.key_refused"),
        (httpx.Response(403, text=CANARY), AgentError, "agent.key_refused"),
        (httpx.Response(404, text=CANARY), NotFoundError, "agent.not_found"),
        (httpx.Response(400, text=CANARY), AgentError, "agent.refused"),
        (httpx.Response(422, text=CANARY), AgentError, "agent.refused"),
        (httpx.Response(500, text=CANARY), AgentError, "agent.fault"),
        (httpx.Response(200, text=CANARY), AgentError, "agent.strange_answer"),
        (httpx.Response(200, json={"other": CANARY}), AgentError, "agent.strange_answer"),
    ],
)
async def test_the_agents_words_never_leave(answer: httpx.Response, kind: type[MedcredError], code: str) -> None:
    with pytest.raises(kind) as failed:
        await client(lambda request: answer).connection("c1")
    assert failed.value.code == code
    assert CANARY not in str(failed.value.as_dict())


async def test_the_plugins_refusal_is_passed_on() -> None:
    refusal = {"code": "share.not_subject", "message": "No.", "hint": "Ask."}
    with pytest.raises(StateError) as failed:
        await client(lambda request: httpx.Response(409, json=refusal)).share("p1", ["r1"])
    assert failed.value.as_dict() == refusal


async def test_a_refusal_of_unknown_form_is_not() -> None:
    with pytest.raises(AgentError) as failed:
        await client(lambda request: httpx.Response(409, text=CANARY)).share("p1", ["r1"])
    assert failed.value.code == "agent.refused"
    assert CANARY not in str(failed.value.as_dict())


async def test_no_database() -> None:
    words = {"code": "agent.database", "message": "The agent's database does not answer.", "hint": ""}
    with pytest.raises(AgentError) as failed:
        await client(lambda request: httpx.Response(503, json=words)).health()
    assert failed.value.code == "agent.database"


async def test_a_missing_plugin_is_named() -> None:
    def stock(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, json={"result": ["acapy_agent.holder"]})
            if request.url.path == "/plugins"
            else httpx.Response(404)
        )

    for ask in (client(stock).require_plugin, client(stock).health):
        with pytest.raises(AgentError) as failed:
            await ask()
        assert failed.value.code == "agent.plugin_missing"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ReadTimeout(CANARY), "agent.timeout"),
        (httpx.ConnectError(CANARY), "agent.unreachable"),
        (httpx.RemoteProtocolError(CANARY), "agent.unreachable"),
    ],
)
async def test_a_dead_or_slow_agent(error: httpx.TransportError, code: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(AgentError) as failed:
        await client(fail).health()
    assert failed.value.code == code


async def test_an_endless_answer_is_cut_off() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" " * 2**20

    with pytest.raises(AgentError) as failed:
        await client(lambda request: httpx.Response(200, stream=Endless())).held_credentials()
    assert failed.value.code == "agent.too_much"


async def test_no_more_calls_at_once_than_allowed_over_all_tenants() -> None:
    running = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200, json={"results": []})

    agent = AgentClient("http://agent", "key", http=httpx.AsyncClient(transport=httpx.MockTransport(answer)), limit=3)
    wallets = [agent.as_tenant(f"t{number}") for number in range(5)]
    await asyncio.gather(*(wallet.held_credentials() for wallet in wallets for _ in range(4)))
    assert most == 3


async def test_a_tenants_token_is_asked_for_once() -> None:
    asked = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        await asyncio.sleep(0)
        return httpx.Response(200, json={"token": f"token-{len(asked)}"})

    agent = AgentClient("http://agent", "key", http=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    tokens = await asyncio.gather(*(agent.tenant_token("w1") for _ in range(8)))
    assert set(tokens) == {"token-1"}
    assert asked == ["/multitenancy/wallet/w1/token"]


async def test_a_tenant_speaks_with_its_token() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"results": []})

    await client(answer).as_tenant("t1").held_credentials()
    assert seen[0]["authorization"] == "Bearer t1"


class TokenKeeper:
    """An agent that knows one valid token for a wallet, as ACA-Py does: a new one voids the last."""

    def __init__(self, *, honours: bool = True) -> None:
        self.made = 0
        self.calls: list[str] = []
        self._honours = honours

    def new_token(self) -> str:
        self.made += 1
        claims = base64.urlsafe_b64encode(json.dumps({"wallet_id": "w1", "iat": self.made}).encode()).decode().rstrip("=")
        return f"header.{claims}.signature"

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        await asyncio.sleep(0)
        if request.url.path == "/multitenancy/wallet/w1/token":
            return httpx.Response(200, json={"token": self.new_token()})
        claims = json.loads(base64.urlsafe_b64decode(request.headers["authorization"].split(".")[1] + "=="))
        valid = self._honours and claims["iat"] == self.made
        return httpx.Response(200, json={"results": []}) if valid else httpx.Response(401)


def two_processes(keeper: TokenKeeper) -> list[AgentClient]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(keeper))
    return [AgentClient("http://agent", "key", http=http) for _ in range(2)]


async def test_two_processes_take_a_wallet_from_each_other() -> None:
    keeper = TokenKeeper()
    wallets = [agent.as_tenant(await agent.tenant_token("w1")) for agent in two_processes(keeper)]
    for wallet in (*wallets, *wallets):
        assert await wallet.held_credentials() == []
    assert keeper.made == 2 + 4


async def test_many_refused_at_once_ask_for_one_token() -> None:
    keeper = TokenKeeper()
    ours, other = two_processes(keeper)
    token = await ours.tenant_token("w1")
    wallets = [ours.as_tenant(token) for _ in range(3)]
    await other.tenant_token("w1")
    await asyncio.gather(*(wallet.held_credentials() for wallet in wallets for _ in range(4)))
    assert keeper.made == 3
    assert await ours.as_tenant(await ours.tenant_token("w1")).held_credentials() == []
    assert keeper.made == 3


async def test_a_renewed_token_that_is_refused_too() -> None:
    keeper = TokenKeeper(honours=False)
    agent, _ = two_processes(keeper)
    with pytest.raises(AgentError) as failed:
        await agent.as_tenant(keeper.new_token()).held_credentials()
    assert failed.value.code == "agent.key_refused"
    assert keeper.calls == ["/medcred/credentials", "/multitenancy/wallet/w1/token", "/medcred/credentials"]


@pytest.mark.parametrize("token", ["t1", "a.b.c", "a.W10.c", "a.bnVsbA.c", "a.eyJ3YWxsZXRfaWQiOiAxfQ.c", ""])
async def test_a_token_that_names_no_wallet_is_not_renewed(token: str) -> None:
    assert wallet_of(token) is None
    asked = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(401)

    with pytest.raises(AgentError) as failed:
        await client(refuse).as_tenant(token).held_credentials()
    assert failed.value.code == "agent.key_refused"
    assert asked == ["/medcred/credentials"]


async def test_a_presentation_request_we_cannot_read_has_none() -> None:
    view = {"id": "p1", "state": "request-received", "role": "prover", "connection_id": None, "thread_id": "t", "error": None}
    body = view | {"request": {"presentation_definition": {}}, "presentation": None}
    exchange = await client(lambda request: httpx.Response(200, content=json.dumps(body))).presentation_exchange("p1")
    assert exchange.request is None


async def test_an_invitation_is_stripped_to_what_the_agent_takes() -> None:
    bodies: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"oob_id": "o1", "connection_id": None})

    await client(answer).receive_invitation({"@id": "i1", "@type": "t", "services": [], "surprise": CANARY})
    assert bodies == [{"@id": "i1", "@type": "t", "services": []}]
