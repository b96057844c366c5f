"""Alembic's entry to the operator's migrations."""

from ledger.tables import metadata
from storage.environment import run

run(metadata)
