"""The wallet speaks four languages, whole, and says nothing to a patient that is not in the catalogues."""

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import wallet
from wallet.words import day, moment
from web.language import LANGUAGES
from web.pages import HERE as WEB

ROOM = Path(wallet.__file__).parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def messages() -> Iterator[str]:
    """Every message a template looks up, and every sentence and hint of an error of this room."""
    for template in sorted((ROOM / "templates").glob("*.html")):
        text = template.read_text()
        yield from re.findall(r'_\(\s*"((?:[^"\\]|\\.)*)"', text)
        assert "_('" not in text, f"{template.name}: write messages in double quotes, this test reads those"
    for source in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                yield from (word.value for word in node.args[1:3] if isinstance(word, ast.Constant) and word.value)
    yield "My health wallet"


def catalogue(folder: Path, language: str) -> dict[str, str]:
    with (folder / language.replace("-", "_") / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and not entry.fuzzy}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    known = catalogue(WEB / "locale", language) | catalogue(ROOM / "locale", language)
    assert [message for message in dict.fromkeys(messages()) if not known.get(message)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_over_or_says_less(language: str) -> None:
    wanted = set(messages())
    for message, said in catalogue(ROOM / "locale", language).items():
        assert message in wanted, f"nobody says {message!r} any more"
        assert fields(message) == fields(said), f"{message!r} has other fields in {language}"


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_simplified_and_traditional_differ() -> None:
    assert "錢包" in catalogue(ROOM / "locale", "zh-Hant")["My health wallet"]
    assert "钱包" in catalogue(ROOM / "locale", "zh-Hans")["My health wallet"]


def test_times_are_local() -> None:
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert moment(late, "en") == "25 Nov 2026 00:30"
    assert moment(late, "zh-Hant") == "2026年11月25日 00:30"
    assert moment(None, "pt") == ""
    assert day("2026-11-24T16:30:00Z", "en") == "25 November 2026"
    assert day("2026-11-24", "zh-Hans") == "2026年11月24日"
    assert day("soon", "en") == day(None, "pt") == ""
