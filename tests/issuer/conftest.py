"""Fixtures of the issuer's tests: a migrated database on both engines, settings of two hospitals, a clock that stands still."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from issuer.settings import AgentSettings, HospitalSettings, LedgerSettings, LeiSourceSettings, Settings, StaffSettings
from storage import Database, migrate
from storage.clock import FixedClock

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LOG_KEY = "ledger.test+00000000+AQ=="


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty issuer database, migrated."""
    database = Database(database_url)
    await migrate(database, "issuer")
    yield database
    await database.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings of a service that drives a Shenzhen and a Hong Kong hospital."""
    return Settings(
        base_url="http://localhost:8101",
        database=database_url,
        session_secret="a secret of the session of 32 bytes",
        api_keys={
            "his": "key-of-his",
            "second": "key-of-second",
            "hk-only": {"secret": "key-of-hk-only", "hospitals": ["hk"]},
            "sz-only": {"secret": "key-of-sz-only", "hospitals": ["sz"]},
        },
        staff=[
            StaffSettings(name="Ho", password="ho", role="records_officer"),
            StaffSettings(name="Lam", password="lam", role="approver"),
        ],
        hospitals=[_hospital("sz", "深圳湾示范医院", "CN"), _hospital("hk", "維港示範醫院", "HK")],
        registrar="hk",
        ledger=LedgerSettings(url="http://ledger.test", token="token", origin_key=LOG_KEY),
        lei_source=LeiSourceSettings(url="http://lei.test"),
    )


def _hospital(slug: str, label: str, jurisdiction: str) -> HospitalSettings:
    return HospitalSettings(
        slug=slug,
        label=label,
        lei="984500HKTESTHOSP0164",
        jurisdiction=jurisdiction,
        did=f"did:web:localhost%3A8101:hospitals:{slug}",
        agent=AgentSettings(admin_url="http://agent.test", api_key="agent-key", webhook_key="webhook-key"),
    )
