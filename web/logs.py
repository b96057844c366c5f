"""Logs: one JSON object a line on stderr, with facts that are safe to keep.

What is never logged: names, document numbers, record content, credentials, presentations, tokens, keys, DIDs of patients.
Only the fields listed in SAFE_FIELDS pass; anything else given as `extra` is dropped, so that a careless call leaks nothing.
"""

import json
import logging
import re
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
            "says": _without_trace(record.getMessage()),
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


def _without_trace(message: str) -> str:
    """The last place and the kind of error of a traceback that a library logs as text; its words may hold what must not be kept.

    Errors raised on purpose keep their sentence: it never holds personal data.
    """
    if "Traceback (most recent call last)" not in message:
        return message
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    where = next((line for line in reversed(lines) if line.startswith("File ")), "")
    error = next((line for line in reversed(lines) if _ERROR_LINE.match(line)), lines[-1])
    kind, _, words = error.partition(": ")
    return (
        f"{error if kind.startswith('schemas.errors.') else kind} ({where.partition(', in ')[0]})"
        if words
        else f"{kind} ({where})"
    )


_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit)\b")
