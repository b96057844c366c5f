"""Every English message of the desk is in the three catalogues, with the same fields, and says something else than English."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import verifier.desk
from verifier.desk.purposes import NAMES, Purpose, purpose_text
from verifier.desk.shown import CHECK_NAMES, NOTHING_SHOWN, NOTHING_TO_DO, STATE_TAGS, WORDS
from verifier.desk.watching import FAULTS, STEPS
from verifier.verify import CREDENTIAL, LIVE, PRESENTATION_SEAL, SEAL
from web.language import Words

ROOM = Path(verifier.desk.__file__).parent
SHARED = ROOM.parent.parent / "web" / "locale"
SAME_IN_ALL = {"LEI", "Hospital", "{name}:"}  # what Portuguese writes as English does
ERRORS = {
    "InputError",
    "NotAllowedError",
    "NotSignedInError",
    "TooOftenError",
    "NotFoundError",
    "StateError",
    "UnavailableError",
    "FormatError",
}


def _messages() -> set[str]:
    found = {"Clinic desk", NOTHING_SHOWN, NOTHING_TO_DO, "Good", "Note", "Bad", "Not known"}
    found |= {*NAMES.values(), *CHECK_NAMES.values(), *STATE_TAGS.values(), *STEPS.values(), *FAULTS.values()}
    found |= {text for _, big, meaning in WORDS.values() for text in (big, meaning)}
    for template in (ROOM / "templates").glob("*.html"):
        found |= {match[2] for match in re.finditer(r"_\(([\"'])(.+?)\1", template.read_text())}
    for module in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call):
                found |= _texts(node)
    return found


def _texts(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    chosen = call.args[1:2] if name in ("say",) else call.args[1:3] if name in ERRORS else []
    return {each.value for each in chosen if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _catalogue(folder: Path, language: str) -> dict[str, str]:
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id}


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "pt"])
def test_every_message_is_translated(language: str) -> None:
    known = _catalogue(SHARED, language) | _catalogue(ROOM / "locale", language)
    internal = {"The request is not a JSON object.", "Send {types, purpose}."}  # for programs, in English as the codes are
    missing = sorted(message for message in _messages() - internal if not known.get(message))
    assert missing == []


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "pt"])
def test_translations_keep_the_fields_and_are_not_english(language: str) -> None:
    for message, translated in _catalogue(ROOM / "locale", language).items():
        assert sorted(re.findall(r"\{\w+\}", message)) == sorted(re.findall(r"\{\w+\}", translated)), message
        assert translated != message or message in SAME_IN_ALL, message


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "pt"])
def test_no_catalogue_holds_a_message_that_nobody_says(language: str) -> None:
    assert sorted(set(_catalogue(ROOM / "locale", language)) - _messages()) == []


def test_every_check_of_the_verifier_has_a_name() -> None:
    assert {*SEAL, *CREDENTIAL, *PRESENTATION_SEAL, *LIVE} == set(CHECK_NAMES)


def test_a_listed_purpose_is_said_in_every_language_once() -> None:
    words = Words((ROOM / "locale",))
    assert purpose_text(Purpose.TREATMENT, "", words) == "治療 · 治疗 · Treatment · Tratamento"
    assert purpose_text(Purpose.CERTIFICATE, "ignored", words).count("·") == 3
