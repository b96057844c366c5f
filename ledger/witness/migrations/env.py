"""Alembic's entry to the witness's migrations."""

from ledger.witness.tables import metadata
from storage.environment import run

run(metadata)
