"""FHIR words: texts in every language the bundle has, codings, concepts, notes, and narrative as plain text.

A text's other languages come from the extension http://hl7.org/fhir/StructureDefinition/translation on the element; its own
from the extension …/language, or else from the `language` of the resource. A language is stated only where the bundle states
it: text in Chinese characters under an English resource is left without one.
"""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from schemas.fhir.bundle import Json, Resource
from schemas.records.words import Coding, Concept, Text

_EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
_TRANSLATION = f"{_EXTENSIONS}translation"
_LANGUAGE = f"{_EXTENSIONS}language"
_ABSENT = f"{_EXTENSIONS}data-absent-reason"
_ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_TAG = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HAN_LANGUAGES = frozenset({"zh", "yue", "ja", "ko", "cmn", "lzh"})


def texts(at: Resource, owner: Json, element: str) -> list[Text]:
    """The text of an element of `owner` and its translations."""
    written = owner.get(element)
    beside = owner.get(f"_{element}") or {}
    if isinstance(written, list):
        return unique(text for index, item in enumerate(written) for text in _one(at, item, _nth(beside, index)))
    return unique(_one(at, written, beside))


def concept(at: Resource, value: Json | None) -> Concept | None:
    """A CodeableConcept, or the reason why it is absent; None when it says nothing."""
    if not value:
        return None
    said = texts(at, value, "text")
    codings = [coding for item in value.get("coding") or [] if (coding := _coding(at, item))]
    if not said and not codings:
        reason = _absent_reason(value) or next(filter(None, map(_absent_reason, value.get("coding") or [])), None)
        codings = [Coding(system=_ABSENT_SYSTEM, code=reason)] if reason else []
    return Concept(text=said, coding=codings) if said or codings else None


def needed_concept(at: Resource, owner: Json, element: str) -> Concept:
    """A concept without which an entry says nothing.

    Raises:
        RecordError: `record.invalid`, it has neither words nor a code.
    """
    found = concept(at, owner.get(element))
    if found is None:
        raise at.fault(element, "has neither words nor a code")
    return found


def concepts(at: Resource, owner: Json, element: str) -> list[Concept]:
    """The concepts of an element that may be absent, one, or several."""
    value = owner.get(element) or []
    return [found for item in (value if isinstance(value, list) else [value]) if (found := concept(at, item))]


def code_concept(at: Resource, coding: Json | None) -> Concept | None:
    """A concept of one Coding (`Encounter.class`, `ImagingStudy.modality`)."""
    return concept(at, {"coding": [coding]}) if coding else None


def notes(at: Resource, owner: Json, element: str = "note") -> list[Text]:
    """The texts of annotations."""
    return unique(text for note in owner.get(element) or [] for text in texts(at, note, "text"))


def narrative(at: Resource, owner: Json) -> list[Text]:
    """The words of an XHTML narrative, without its markup (FHIR R4 §2.4)."""
    block = owner.get("text") or {}
    said = plain_text(block.get("div") or "")
    return _one(at, said, {}) if said and block.get("status") != "empty" else []


def plain_text(xhtml: str) -> str:
    """What a reader sees of some XHTML: one line a block, table cells apart."""
    reader = _Reader()
    reader.feed(xhtml)
    reader.close()
    lines = (" ".join(line.split()).strip(" |") for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def has_han(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return bool(_HAN.search(text))


def language_tag(tag: object) -> str | None:
    """A well-formed BCP 47 tag, or None."""
    return tag if isinstance(tag, str) and len(tag) <= 35 and _TAG.fullmatch(tag) else None


def unique(found: Iterable[Text]) -> list[Text]:
    """Each text once, in order."""
    return list(dict.fromkeys(found))


def extensions(owner: object, url: str) -> Iterator[Json]:
    """The extensions of an element with one URL."""
    if isinstance(owner, dict):
        yield from (item for item in owner.get("extension") or [] if item.get("url") == url)


def _coding(at: Resource, item: Json) -> Coding | None:
    code, display = item.get("code"), texts(at, item, "display")
    if not code and not display:
        return None
    return Coding(system=item.get("system"), version=item.get("version"), code=code, display=display)


def _one(at: Resource, written: object, beside: Json) -> list[Text]:
    found = []
    if isinstance(written, str) and written.strip():
        stated = next((item.get("valueCode") for item in extensions(beside, _LANGUAGE)), None)
        language = language_tag(stated or at.language)
        if not stated and language and has_han(written) and language.split("-")[0].lower() not in _HAN_LANGUAGES:
            language = None
        found.append(Text(value=written.strip(), language=language))
    for translation in extensions(beside, _TRANSLATION):
        parts = {part.get("url"): part for part in translation.get("extension") or []}
        content = parts.get("content", {})
        said = content.get("valueString") or content.get("valueMarkdown")
        if said and said.strip():
            found.append(Text(value=said.strip(), language=language_tag(parts.get("lang", {}).get("valueCode"))))
    return found


def _nth(beside: object, index: int) -> Json:
    item = beside[index] if isinstance(beside, list) and index < len(beside) else None
    return item if isinstance(item, dict) else {}


def _absent_reason(owner: Json) -> str | None:
    for place in (owner, owner.get("_text"), owner.get("_code"), owner.get("_display")):
        if code := next((item.get("valueCode") for item in extensions(place, _ABSENT)), None):
            return str(code)
    return None


class _Reader(HTMLParser):
    _BLOCKS = frozenset(
        {"div", "p", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dt", "dd"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"script", "style"}
        if tag in self._BLOCKS:
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data.replace("\n", " "))
