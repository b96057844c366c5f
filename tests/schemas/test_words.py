"""Words: every language is kept, none is invented, narrative loses its markup and nothing else."""

from typing import Any

import pytest

from schemas.fhir.bundle import Bundle, Resource
from schemas.fhir.words import concept, narrative, plain_text, texts
from schemas.records.words import Coding, Concept, Text

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def at(language: str | None = None) -> Resource:
    content: dict[str, Any] = {"resourceType": "Basic"} | ({"language": language} if language else {})
    return Resource(content, "Bundle.entry[0].resource", Bundle({}))


def translated(**languages: str) -> dict[str, Any]:
    return {
        "extension": [
            {"url": TRANSLATION, "extension": [{"url": "lang", "valueCode": tag}, {"url": "content", "valueString": words}]}
            for tag, words in languages.items()
        ]
    }


def test_a_text_has_its_own_language_and_its_translations() -> None:
    owner = {"title": "過敏", "_title": translated(en="Allergies", pt="Alergias")}
    assert texts(at("zh-HK"), owner, "title") == [
        Text(value="過敏", language="zh-HK"),
        Text(value="Allergies", language="en"),
        Text(value="Alergias", language="pt"),
    ]


@pytest.mark.parametrize(
    ("language", "written", "expected"),
    [
        ("en-US", "Rash", "en-US"),
        ("en-US", "生蠔", None),
        ("zh-Hans", "皮疹", "zh-Hans"),
        ("yue", "出疹", "yue"),
        ("English- [en-US]", "Rash", None),
        (None, "Rash", None),
    ],
)
def test_a_language_is_stated_only_where_it_is_true(language: str | None, written: str, expected: str | None) -> None:
    assert texts(at(language), {"text": written}, "text") == [Text(value=written, language=expected)]


def test_a_translation_alone_is_a_text() -> None:
    assert texts(at(), {"_display": translated(en="Crab")}, "display") == [Text(value="Crab", language="en")]


@pytest.mark.parametrize("beside", [{}, {"extension": [{"url": TRANSLATION}]}, translated(en="  ")])
def test_blank_words_are_no_words(beside: dict[str, Any]) -> None:
    assert texts(at(), {"text": "  ", "_text": beside}, "text") == []


def test_a_concept_keeps_words_codes_and_displays() -> None:
    value = {
        "text": "青黴素",
        "coding": [
            {"system": "http://snomed.info/sct", "version": "2024", "code": "764146007", "display": "Penicillin"},
            {"system": "hkctt", "display": "PENICILLIN", "_display": translated(**{"zh-Hant": "盤尼西林"})},
            {"system": "http://example.org"},
        ],
    }
    assert concept(at(), value) == Concept(
        text=[Text(value="青黴素")],
        coding=[
            Coding(system="http://snomed.info/sct", version="2024", code="764146007", display=[Text(value="Penicillin")]),
            Coding(system="hkctt", display=[Text(value="PENICILLIN"), Text(value="盤尼西林", language="zh-Hant")]),
        ],
    )


def test_an_absent_concept_says_why() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-unknown"}
    for value in ({"extension": [absent]}, {"coding": [{"_code": {"extension": [absent]}}]}, {"_text": {"extension": [absent]}}):
        found = concept(at(), value)
        assert found is not None
        assert found.coding[0].code == "asked-unknown"
    assert concept(at(), {}) is None
    assert concept(at(), {"extension": []}) is None


@pytest.mark.parametrize(
    ("xhtml", "expected"),
    [
        ("<div><p>一</p><p>two &amp; three</p></div>", "一\ntwo & three"),
        ("<div><ul><li><b>Name</b>: aspirin</li><li>rash<br/>mild</li></ul></div>", "Name: aspirin\nrash\nmild"),
        ("<div><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></div>", "a | b\n1 | 2"),
        ("<div>a\n   b\t c</div>", "a b c"),
        ("<div><script>alert(1)</script><style>p{}</style>x</div>", "x"),
        ("<div><img src='x'/></div>", ""),
        ("<div>&lt;script&gt;</div>", "<script>"),
        ("<div><p>never closed", "never closed"),
    ],
)
def test_narrative_becomes_plain_text(xhtml: str, expected: str) -> None:
    assert plain_text(xhtml) == expected


def test_empty_narrative_says_nothing() -> None:
    assert narrative(at(), {"text": {"status": "empty", "div": "<div>no data</div>"}}) == []
    assert narrative(at(), {}) == []
