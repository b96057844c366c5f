"""An issuer service of two hospitals, in this process: register, agents and ledger are fakes, the rest is real."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

import issuer
from issuer.console.routes import router as console_router
from issuer.context import IssuerContext
from issuer.onboarding.api import router as onboarding_router
from issuer.onboarding.bindings import Bindings
from issuer.patients.api import router as patients_router
from issuer.settings import AgentSettings, HospitalSettings, LedgerSettings, LeiSourceSettings, Settings, StaffSettings
from ledger.keys import KeyType, SigningKey
from schemas.errors import LedgerError
from storage import Database
from storage.clock import FixedClock
from tests.issuer.onboarding.agent import FakeAgent
from tests.issuer.onboarding.register import HK, SZ, Register
from web.pages import Pages
from web.problems import install_problems
from web.sessions import install_sessions

BASE = "http://localhost:18520"
STAFF = {"cho": "clerk", "olga": "records_officer", "ana": "approver", "ben": "approver", "audrey": "auditor"}


class FakeLedger:
    """A ledger that answers, or does not."""

    def __init__(self) -> None:
        self.down = False

    async def checkpoint(self) -> str:
        if self.down:
            raise LedgerError("ledger.unreachable", "The ledger does not answer.")
        return "ledger.test\n1\nAAAA\n"


@dataclass
class House:
    """The service and what is around it."""

    context: IssuerContext
    app: FastAPI
    clock: FixedClock
    register: Register
    agents: dict[str, FakeAgent]
    ledger: FakeLedger
    bindings: Bindings = field(init=False)

    def __post_init__(self) -> None:
        self.bindings = Bindings(self.context)

    def client(self, key: str = "", **headers: str) -> httpx.AsyncClient:
        """A caller of the service, with the API key of that name."""
        if key:
            headers["authorization"] = f"Bearer key-of-{key}"
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE, headers=headers)

    async def bind(self, slug: str = "hk") -> None:
        """An active hospital."""
        await self.bindings.apply(slug, who="olga")
        await self.bindings.check_lei(slug, who="olga")
        await self.bindings.prove_did(slug, who="olga")
        await self.bindings.approve(slug, who="ana")
        await self.bindings.activate(slug)


def house_settings(database_url: str) -> Settings:
    log = SigningKey("ledger.test/log", KeyType.NOTE, Ed25519PrivateKey.generate()).verifier_key
    witness = SigningKey("witness.test", KeyType.COSIGNATURE, Ed25519PrivateKey.generate()).verifier_key
    return Settings(
        base_url=BASE,
        database=database_url,
        session_secret="a secret of the session of 32 bytes",
        api_keys={name: f"key-of-{name}" for name in ("his", "second")},
        staff=[StaffSettings(name=name, password=f"password of {name}", role=role) for name, role in STAFF.items()],  # type: ignore[arg-type]
        hospitals=[
            _hospital("sz", "深圳湾示范医院 Shenzhen Bay Demonstration Hospital", SZ, "CN"),
            _hospital("hk", "維港示範醫院 Harbour Demonstration Hospital", HK, "HK"),
        ],
        registrar="hk",
        ledger=LedgerSettings(url="http://ledger.test", token="token", origin_key=str(log), witness_keys=[str(witness)]),
        lei_source=LeiSourceSettings(url="http://lei.test"),
        checklist_required=False,  # `tests/issuer/onboarding/checks` and the console's test of the checklist need it
    )


def _hospital(slug: str, label: str, lei: str, jurisdiction: str) -> HospitalSettings:
    return HospitalSettings(
        slug=slug,
        label=label,
        lei=lei,
        jurisdiction=jurisdiction,
        did=f"did:web:localhost%3A18520:hospitals:{slug}",
        agent=AgentSettings(admin_url="http://agent.test", api_key="agent-key", webhook_key="webhook-key"),
    )


async def open_house(database: Database, clock: FixedClock, database_url: str, **more: Any) -> House:
    """A running service over a migrated database."""
    settings = house_settings(database_url)
    app, register, ledger = FastAPI(), Register(), FakeLedger()
    agents = {hospital.slug: FakeAgent(clock) for hospital in settings.hospitals}
    mounts = {
        "http://lei.test": httpx.ASGITransport(register.app),
        BASE: httpx.ASGITransport(app),
    }
    context = IssuerContext(
        settings=settings,
        database=database,
        clock=clock,
        agents=agents,  # type: ignore[arg-type]
        ledger=ledger,  # type: ignore[arg-type]
        http=httpx.AsyncClient(mounts=mounts),
        pages=Pages(Path(issuer.__file__).parent, "Issuer console"),
        entropy=secrets.token_bytes,
        **more,
    )
    install_sessions(app, settings.session_secret.get_secret_value(), cookie="issuer")
    install_problems(app, context.pages)
    context.pages.mount(app)
    for factory in (onboarding_router, patients_router, console_router):
        app.include_router(factory(context))
    return House(context, app, clock, register, agents, ledger)


@pytest.fixture
async def house(database: Database, clock: FixedClock, database_url: str) -> AsyncIterator[House]:
    opened = await open_house(database, clock, database_url)
    yield opened
    await opened.context.http.aclose()
