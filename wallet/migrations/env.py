"""Alembic's entry to the wallet's migrations. Revisions are named by number, each upon the one before."""

from storage.environment import run
from wallet.tables import Base

run(Base.metadata)
