"""Alembic's entry for the issuer's tables. Revisions are named by number: `0001`, `0002`, …, each upon the one before."""

from issuer.tables import Base
from storage.environment import run

run(Base.metadata)
