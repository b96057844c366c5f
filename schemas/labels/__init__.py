"""The words that records are shown with, in four languages, as data.

`types` are the kinds of record, `fields` the members, `codes` the codes of HL7 value sets, `sections` the LOINC codes of the
sections of a document.

Each entry of a JSON file beside this one is a key with its words in the order of LANGUAGES.
"""

import json
from functools import cache
from importlib.resources import files

from schemas.types import RecordType

LANGUAGES = ("en", "zh-Hant", "zh-Hans", "pt")

# Where readers of a language or script come from: a tag that names a region and no script still says which script it is.
_TRADITIONAL = frozenset({"hk", "mo", "tw", "hant"})


def nearest(language: str) -> str:
    """The language of LANGUAGES that serves a BCP 47 tag: `zh-HK` is `zh-Hant`, `pt-BR` is `pt`, what we lack is `en`."""
    parts = language.lower().replace("_", "-").split("-")
    if parts[0] == "zh":
        return "zh-Hant" if _TRADITIONAL & set(parts[1:]) else "zh-Hans"
    return "pt" if parts[0] == "pt" else "en"


def label(member: str, language: str) -> str:
    """What a member of a record is called, by its JSON name.

    Raises:
        KeyError: the member has no label.
    """
    return _table("fields")[member][LANGUAGES.index(nearest(language))]


def code_label(code: str, language: str) -> str | None:
    """What a code of a known value set means; None when we have no words for it."""
    words = _table("codes").get(code)
    return words[LANGUAGES.index(nearest(language))] if words else None


def section_label(code: str, language: str) -> str | None:
    """What a section of a document is called, by its LOINC code; None when we have no words for it."""
    words = _table("sections").get(code)
    return words[LANGUAGES.index(nearest(language))] if words else None


def type_label(record_type: RecordType, language: str) -> str:
    """What a kind of record is called."""
    return _table("types")[record_type.value][LANGUAGES.index(nearest(language))]


def type_names(record_type: RecordType) -> list[dict[str, str]]:
    """The names of a kind of record as the language value objects of a credential's `name` (VC-DM 2.0 §11.1)."""
    return [{"@value": type_label(record_type, language), "@language": language} for language in LANGUAGES]


@cache
def _table(name: str) -> dict[str, list[str]]:
    table: dict[str, list[str]] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return table
