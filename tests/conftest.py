"""Fixtures every room's tests share: independent data, and an empty database on SQLite and on PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("MEDCRED_INDEPENDENT_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def independent_data() -> Path:
    """The folder of test data made by others. Missing: a failure under CI, a loud skip elsewhere."""
    if DATA.is_dir():
        return DATA
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs the independent test data at {DATA}")
    pytest.skip("independent test data is missing")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a PostgreSQL server that the test command started (`make test`)."""
    url = os.environ.get("MEDCRED_TEST_POSTGRES", "")
    if not url:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs MEDCRED_TEST_POSTGRES; `make test` sets it")
        pytest.skip("no PostgreSQL: MEDCRED_TEST_POSTGRES is not set (`make test` starts one)")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One loud line when the independent data was not there."""
    if not DATA.is_dir():
        terminalreporter.write_line(f"NOT RUN: tests marked `independent`; no data at {DATA}", red=True, bold=True)
