"""Alembic calls this to run the desk's migrations."""

from storage.environment import run
from verifier.desk.tables import Base

run(Base.metadata)
