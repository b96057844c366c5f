"""Which of the four languages a person reads, and that every message is there in each."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import web
from tests.web.conftest import Browser
from web.language import LANGUAGE_NAMES, LANGUAGES, Words, preferred

ROOM = Path(web.__file__).parent
TRANSLATED = ("zh_Hant", "zh_Hans", "pt")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de, fr;q=0.9", "en"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-HK,zh;q=0.9", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("ZH-hk", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-Hant-CN", "zh-Hant"),
        ("pt-BR,pt;q=0.8", "pt"),
        ("en-GB, pt;q=0.9", "en"),
        ("en;q=0.5, pt;q=0.9", "pt"),
        ("pt;q=0, en;q=0.1", "en"),
        ("pt;q=0", "en"),
        ("zh;q=2, pt", "pt"),
        ("ptolemaic, english", "en"),
        ("de, pt;q=0.3, zh-HK;q=0.4", "zh-Hant"),
        ("pt;q=high, en;q=0.1", "en"),
        ("pt;q=nan, en", "en"),
        (";;;,,,=;q=", "en"),
        ("en" * 5000, "en"),
        ("x," * 10_000 + "pt", "en"),
    ],
)
def test_the_browsers_preference(header: str, language: str) -> None:
    assert preferred(header) == language


def test_an_address_beats_the_cookie_beats_the_browser(client: Browser) -> None:
    client.headers["accept-language"] = "pt"
    assert '<html lang="pt">' in client.get("/hello").text
    answer = client.get("/hello?lang=zh-Hans")
    assert '<html lang="zh-Hans">' in answer.text
    assert "lang=zh-Hans" in answer.headers["set-cookie"]
    assert '<html lang="zh-Hans">' in client.get("/hello").text, "the cookie remembers"
    assert '<html lang="en">' in client.get("/hello?lang=en").text
    answer = client.get("/hello?lang=tlh")
    assert '<html lang="en">' in answer.text
    assert not [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("lang=")]


def messages_of_the_room() -> set[str]:
    """Every message in the room's templates and code that goes to a person."""
    found = set()
    for template in (ROOM / "templates").glob("*.html"):
        found |= {text for _, text in re.findall(r"""_\((["'])(.*?)\1""", template.read_text())}
    for module in ("sessions.py", "problems.py"):
        tree = ast.parse((ROOM / module).read_text())
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documentation]
        found |= {str(node.value) for node in texts if re.fullmatch(r"[A-Z][^{}\n]*\.", str(node.value))}
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_hold_every_message(language: str) -> None:
    with (ROOM / "locale" / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        catalogue = read_po(stream)
    assert str(catalogue.locale) == language
    there = {str(entry.id): str(entry.string) for entry in catalogue if entry.id}
    needed = messages_of_the_room()
    assert len(needed) >= 10
    assert needed - there.keys() == set()
    assert [message for message, translated in there.items() if not translated] == []
    assert not [entry.id for entry in catalogue if entry.fuzzy]


def test_the_first_room_that_knows_a_message_wins(tmp_path: Path) -> None:
    for folder, text in (("first", "primeiro {name}"), ("second", "segundo {name}")):
        file = tmp_path / folder / "pt" / "LC_MESSAGES" / "messages.po"
        file.parent.mkdir(parents=True)
        file.write_text(f'msgid ""\nmsgstr ""\n"Language: pt\\n"\n\nmsgid "one {{name}}"\nmsgstr "{text}"\n')
    words = Words((tmp_path / "first", tmp_path / "second"))
    assert words.say("pt", "one {name}", name="{x}") == "primeiro {x}"
    assert words.say("en", "one {name}", name="A") == "one A"
    assert words.say("pt", "100 % {unknown}") == "100 % {unknown}", "without values nothing is filled in"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_in_each_language(client: Browser, language: str) -> None:
    page = client.get(f"/hello?lang={language}&said=x").text
    assert f'<html lang="{language}">' in page
    for code, name in LANGUAGE_NAMES.items():
        assert f'hreflang="{code}"' in page
        assert f">{name}</a>" in page
    assert page.count('aria-current="true"') == 1
    assert ("Skip to content" in page) is (language == "en")
    assert not re.search(r"\{\{|\{%|Undefined", page)
    assert not re.search(r"<script(?![^>]*src)|\sstyle=|\son\w+=", page), "inline script or style would be refused by the browser"
