"""The room itself: what a verifier may import stays light, migrations make the tables, and the face is what it should be."""

import subprocess
import sys
from collections.abc import Sequence

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from ledger.client import LedgerClient
from ledger.database import open_database
from ledger.interface import Ledger
from ledger.operator import Operator
from ledger.tables import metadata as operator_tables
from ledger.witness.tables import metadata as witness_tables
from storage.migrate import migrate_sync

VERIFIER_SIDE = ["commitment", "merkle", "notes", "checkpoint", "log_proof", "epoch", "receipt", "receipt_cbor", "memory"]
CLIENT_SIDE = ["interface", "client", "witnessing"]
HEAVY = ("sqlalchemy", "alembic", "fastapi", "starlette", "storage", "web", "httpx")


@pytest.mark.parametrize(
    ("modules", "heavy"), [(VERIFIER_SIDE, HEAVY), (CLIENT_SIDE, HEAVY[:-1])], ids=["verifier side", "client side"]
)
def test_what_a_verifier_imports_is_light(modules: Sequence[str], heavy: Sequence[str]) -> None:
    imports = "; ".join(f"import ledger.{name}" for name in modules)
    program = f"import sys; {imports}; print([name for name in {heavy!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_sha256_needs_no_sm3() -> None:
    commit = "from ledger.commitment import commit; commit(bytes(16), 'text/plain', b'')"
    program = f"import sys, ledger.receipt; {commit}; print('sm.digest' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize(("room", "metadata"), [("ledger", operator_tables), ("ledger.witness", witness_tables)])
def test_migrations_make_exactly_the_tables(database_url: str, room: str, metadata: MetaData) -> None:
    migrate_sync(database_url, room)
    migrate_sync(database_url, room)
    engine = open_database(database_url)
    with engine.connect() as connection:
        ours = set(metadata.tables)
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, parents: kind != "table" or name in ours}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_both_are_ledgers(operator: Operator) -> None:
    def is_ledger(one: Ledger) -> Ledger:
        return one

    assert is_ledger(operator) is operator
    assert all(hasattr(LedgerClient, name) for name in ("submit", "receipts", "checkpoint", "consistency"))
