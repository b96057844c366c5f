"""What a log line holds: safe fields, and of an error its kind and place. Never what was in the record."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import CANARIES
from web.logs import SAFE_FIELDS, JsonLines, install_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the formatter writes for the logger `test`."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


def line(stream: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


def test_a_line_is_one_json_object(stream: io.StringIO) -> None:
    logging.getLogger("test").info("two\nlines 病人", extra={"hospital": "hk", "count": 2})
    assert stream.getvalue().count("\n") == 1
    found = line(stream)
    assert found.pop("at").endswith("+00:00")
    assert found == {"level": "info", "from": "test", "says": "two\nlines 病人", "hospital": "hk", "count": 2}


def test_only_safe_fields_pass(stream: io.StringIO) -> None:
    careless = {"patient": CANARIES[0], "document": CANARIES[1], "note": CANARIES[2], "did": "did:key:z6Mk", "token": "s3"}
    logging.getLogger("test").warning("careless", extra=careless | {"code": "x.y"})
    assert set(line(stream)) == {"at", "level", "from", "says", "code"}
    assert not careless.keys() & SAFE_FIELDS


def test_an_exception_gives_only_its_kind(stream: io.StringIO) -> None:
    try:
        raise ValueError(CANARIES[0])
    except ValueError:
        logging.getLogger("test").exception("it broke")
    assert line(stream)["error"] == "ValueError"
    assert CANARIES[0] not in stream.getvalue()


def test_a_traceback_that_a_library_logs_as_text_is_cut(stream: io.StringIO) -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/lib/routing.py", line 1, in call\n    await self.app()\n'
        '  File "/issuer/service.py", line 70, in lifespan\n    raise KeyError(name)\n'
        f"KeyError: '{CANARIES[0]}'\n"
    )
    logging.getLogger("test").error(text)
    assert line(stream)["says"] == 'KeyError (File "/issuer/service.py", line 70)'


def test_the_words_of_a_chained_error_are_cut(stream: io.StringIO) -> None:
    text = (
        "Traceback (most recent call last):\n"
        f'  File "/a.py", line 1, in a\nValueError: {CANARIES[1]}\n\n'
        "The above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n"
        f'  File "/b.py", line 2, in b\npydantic_core._pydantic_core.ValidationError: 1 validation error for Person\nname\n'
        f"  Input should be a string [type=string_type, input_value='{CANARIES[0]}', input_type=str]\n"
    )
    logging.getLogger("test").error(text)
    assert not [canary for canary in CANARIES if canary in stream.getvalue()]
    assert "ValidationError" in line(stream)["says"]


def test_an_error_raised_on_purpose_keeps_its_sentence(stream: io.StringIO) -> None:
    text = (
        'Traceback (most recent call last):\n  File "/x.py", line 3, in x\nschemas.errors.AgentError: This agent runs without it.'
    )
    logging.getLogger("test").error(text)
    assert line(stream)["says"] == 'schemas.errors.AgentError: This agent runs without it. (File "/x.py", line 3)'


def test_an_error_without_words(stream: io.StringIO) -> None:
    logging.getLogger("test").error('Traceback (most recent call last):\n  File "/x.py", line 3, in x\nKeyboardInterrupt')
    assert line(stream)["says"] == 'KeyboardInterrupt (File "/x.py", line 3, in x)'


def test_installed_logs_leave_request_lines_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    try:
        install_logs()
        logging.getLogger("uvicorn.access").info("GET /o/secret-code")
        logging.getLogger("httpx").info("HTTP Request: GET http://x/?token=s3")
        logging.getLogger("issuer").info("hello")
    finally:
        for handler in list(root.handlers):
            root.removeHandler(handler)
        for handler in handlers:
            root.addHandler(handler)
        root.setLevel(level)
    assert [json.loads(text)["says"] for text in stream.getvalue().splitlines()] == ["hello"]
