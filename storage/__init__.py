"""Where rows live: one engine for SQLite and PostgreSQL, migrations per room, time that tests can move.

A room keeps its tables in `<room>/tables.py` and its migrations in `<room>/migrations/`; this room knows neither.
"""

from storage.clock import Clock, SystemClock
from storage.engine import Database, UtcTime
from storage.migrate import migrate

__all__ = ["Clock", "Database", "SystemClock", "UtcTime", "migrate"]
