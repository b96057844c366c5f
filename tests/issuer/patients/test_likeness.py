"""Whose record it is: names as people write them, and facts that agree, differ or cannot be compared."""

from datetime import UTC, datetime
from typing import Any

import pytest

from issuer.patients.identity import DocumentType
from issuer.patients.likeness import Comparison, Likeness, Match, compare, compare_names
from schemas.fhir import read_bundle
from schemas.records.people import PersonName
from tests.issuer.issuing.house import bundle, identity

A, S, D, U = Match.AGREES, Match.SIMILAR, Match.DIFFERS, Match.UNKNOWN
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "said", "match"),
    [
        ("João da Silva", ["João da Silva"], A),
        ("JOAO DA SILVA", ["João da Silva"], A),
        ("Silva, João da", ["João da Silva"], A),
        ("João Silva", ["João da Silva"], S),
        ("Ｃｈａｎ　Ｍｅｉ", ["CHAN Mei"], A),
        ("Mei Chan", ["CHAN Mei", "陳美"], A),
        ("陳美 Chan Mei", ["CHAN Mei", "陳美"], A),
        ("陳美 Chan Mei", ["陳美"], A),
        ("陳美", ["陳 美"], A),
        ("陳美 Chan Mei", ["Chen Mei", "陳美"], A),
        ("陳美 Chan Mei", ["CHAN Mei", "陳薇"], S),
        ("陳美 Chan Mei", ["CHAN Mei", "李薇"], S),
        ("陳美", ["陈美"], A),
        ("张伟", ["張偉", "ZHANG Wei"], A),
        ("陳薇", ["陈美"], S),
        ("陳美", ["王强"], D),
        ("王强", ["Wang Qiang"], U),
        ("Wang Xiaoming", ["Xiao Ming WANG"], A),
        ("Wang Xiaoming", ["Wang Xiaoling"], S),
        ("Chan Mei", ["Wang Qiang", "王强"], D),
        ("CANARY-NAME-7Q4X", ["João da Silva"], D),
        ("·", ["Chan Mei"], U),
    ],
)
def test_names(known: str, said: list[str], match: Match) -> None:
    assert compare_names(known, [PersonName(full=name) for name in said]) is match


@pytest.mark.parametrize(
    ("identifier", "name", "birth_date", "sex", "likeness"),
    [
        (A, A, A, A, Likeness.SAME),
        (U, A, A, A, Likeness.SAME),
        (U, A, U, U, Likeness.SAME),
        (A, U, U, U, Likeness.SAME),
        (A, S, A, A, Likeness.SAME),
        (U, U, A, A, Likeness.SAME),
        (A, D, U, U, Likeness.DOUBTFUL),
        (A, D, D, A, Likeness.DOUBTFUL),
        (U, S, A, A, Likeness.DOUBTFUL),
        (U, A, D, A, Likeness.DOUBTFUL),
        (U, A, A, D, Likeness.DOUBTFUL),
        (U, D, A, A, Likeness.DOUBTFUL),
        (U, U, U, U, Likeness.DOUBTFUL),
        (U, U, U, A, Likeness.DOUBTFUL),
        (U, D, U, U, Likeness.OTHER),
        (U, D, U, A, Likeness.OTHER),
        (U, A, D, D, Likeness.OTHER),
        (U, D, A, D, Likeness.OTHER),
        (U, S, D, D, Likeness.OTHER),
        (D, A, A, A, Likeness.OTHER),
    ],
)
def test_what_follows(identifier: Match, name: Match, birth_date: Match, sex: Match, likeness: Likeness) -> None:
    assert Comparison(identifier, name, birth_date, sex).likeness is likeness


def said(**patient: Any) -> Any:
    content = bundle()
    content["entry"][0]["resource"] |= patient
    return read_bundle(content)


NATIONAL = {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNHKG"}]}}


@pytest.mark.parametrize(
    ("patient", "fact", "match"),
    [
        ({}, "birth_date", A),
        ({"birthDate": "1980-02-04"}, "birth_date", D),
        ({"birthDate": "1980-02"}, "birth_date", U),
        ({}, "sex", A),
        ({"gender": "male"}, "sex", D),
        ({"gender": "unknown"}, "sex", U),
        ({}, "identifier", U),
        ({"identifier": [{"value": "k 123 4567"}]}, "identifier", A),
        ({"identifier": [NATIONAL | {"value": "A1234567"}, {"value": "K1234567"}]}, "identifier", A),
        ({"identifier": [{"value": "-"}, {"system": "urn:x"}]}, "identifier", U),
        ({"identifier": [NATIONAL | {"value": "A1234567"}]}, "identifier", U),
    ],
)
def test_facts_of_a_bundle(patient: dict[str, Any], fact: str, match: Match) -> None:
    assert compare(identity("p", NOW), said(**patient)).facts()[fact] is match


def test_another_national_number_is_another_person() -> None:
    known = identity("p", NOW, document_type=DocumentType.HONG_KONG_ID)
    other = compare(known, said(identifier=[NATIONAL | {"value": "A123456(7)"}]))
    assert (other.identifier, other.likeness) == (D, Likeness.OTHER)


def test_what_was_not_kept_is_not_compared() -> None:
    older = compare(identity("p", NOW, birth_digest=None, sex_digest=None), said())
    assert (older.birth_date, older.sex, older.likeness) == (U, U, Likeness.SAME)
