"""Logs: one JSON object a line on stderr, with facts that are safe to keep.

What is never logged: names, document numbers, record content, credentials, presentations, tokens, keys, DIDs of patients.
Only the fields listed in SAFE_FIELDS pass; anything else given as `extra` is dropped, so that a careless call leaks nothing.
"""

import json
import logging
import sys
from datetime import UTC, datetime

SAFE_FIELDS = frozenset(
    {
        "agent", "attempt", "check", "code", "count", "credential", "deadline", "epoch", "error", "exchange", "hospital", "lei",
        "origin", "outcome", "port", "seconds", "service", "session", "size", "state", "status", "step", "topic", "where",
    }
)  # fmt: skip


class JsonLines(logging.Formatter):
    """One record as one JSON line: time, level, place, message and the safe fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        line.update({name: value for name, value in record.__dict__.items() if name in SAFE_FIELDS})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def install_logs(level: int = logging.INFO) -> None:
    """Send all logs of this process to stderr as JSON lines; request lines and third-party chatter are left out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("uvicorn.access", "httpx", "httpcore", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
