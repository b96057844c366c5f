"""What a person reads: everything, in the reader's language first, and what leaves the wallet before she says yes."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from schemas import samples
from schemas.display import Row, Section, field_list, sections, type_name
from schemas.display.sentences import codes, concept, moment, names, say, words
from schemas.errors import RecordError
from schemas.labels import LANGUAGES, code_label, label, nearest
from schemas.records import RECORD_MODELS, subject_model
from schemas.records.measures import Quantity, Span, Timing, When
from schemas.records.people import Party
from schemas.records.words import Coding, Concept, Text
from schemas.types import RecordType

type Json = dict[str, Any]
type Samples = dict[str, list[Json]]

HL7 = "http://terminology.hl7.org/CodeSystem/"


def everything(shown: list[Section]) -> str:
    return "\n".join(
        [*(section.title for section in shown), *(f"{row.label} {row.value}" for each in shown for row in each.rows)]
    )


def row(shown: list[Section], title: str, named: str) -> str:
    """The value of a row, both found by the words they begin with."""
    found = next(section for section in shown if section.title.startswith(title))
    return next(each.value for each in found.rows if each.label.startswith(named))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", samples.BUNDLES)
def test_everything_that_was_written_is_shown(sample_credentials: Samples, name: str, language: str) -> None:
    for credential in sample_credentials[name]:
        shown = everything(sections(credential, language)).casefold()
        for written in _written(credential["credentialSubject"]):
            assert written.casefold() in shown, written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", samples.BUNDLES)
def test_no_row_or_title_is_empty_and_the_patient_stands_first(sample_credentials: Samples, name: str, language: str) -> None:
    for credential in sample_credentials[name]:
        shown = sections(credential, language)
        assert shown[0].title == label("patient", language)
        assert all(section.title.strip() and section.rows for section in shown)
        assert all(each.label.strip() and each.value.strip() for section in shown for each in section.rows)


@pytest.mark.parametrize(
    ("language", "name", "potassium"),
    [
        ("en", "Potassium", "5.0 mmol/L, Normal (Reference range 3.5 – 5.1 mmol/L)"),
        ("zh-Hant", "鉀", "5.0 mmol/L, 正常 (參考範圍 3.5 – 5.1 mmol/L)"),
        ("zh-Hans", "鉀", "5.0 mmol/L, 正常 (参考范围 3.5 – 5.1 mmol/L)"),
        ("pt", "鉀", "5.0 mmol/L, Normal (Intervalo de referência 3.5 – 5.1 mmol/L)"),
    ],
)
def test_a_laboratory_result_is_one_row(sample_credentials: Samples, language: str, name: str, potassium: str) -> None:
    shown = sections(sample_credentials[samples.LABORATORY_REPORT][0], language)
    assert row(shown, label("results", language), name).startswith(potassium)


def test_what_the_report_says_is_not_said_again_for_each_result(sample_credentials: Samples) -> None:
    shown = sections(sample_credentials[samples.LABORATORY_REPORT][0], "en")
    assert row(shown, "Results", "Potassium") == "5.0 mmol/L, Normal (Reference range 3.5 – 5.1 mmol/L); LOINC 2823-3"


def test_the_readers_language_stands_first_and_the_others_stay(sample_credentials: Samples) -> None:
    credential = sample_credentials[samples.HK_PATIENT_SUMMARY][0]
    assert row(sections(credential, "zh-HK"), "病人", "姓名") == "陳美；CHAN Mei"
    assert row(sections(credential, "en"), "Problems / 健康問題", "Essential hypertension / 原發性高血壓").startswith(
        "SNOMED CT 59621000, ICD-10 I10; Clinical status: Active"
    )
    assert [section.title for section in sections(credential, "en")[2:5]] == [
        "Allergies and intolerances / Allergies / 過敏",
        "Problems / 健康問題",
        "Medicines / Current medicines / 現用藥物",
    ]


def test_none_known_is_said_in_the_readers_language(sample_credentials: Samples) -> None:
    shown = sections(sample_credentials[samples.HK_PATIENT_SUMMARY][0], "pt")
    assert row(shown, "Dispositivos e implantes / 植入裝置 / Implants", "Motivo da ausência") == "Nenhum conhecido"


def test_a_medicine_is_a_section_of_its_own(sample_credentials: Samples) -> None:
    shown = sections(sample_credentials[samples.PRESCRIPTION][0], "en")
    assert [section.title.split(" / ")[0] for section in shown] == [
        "Patient",
        "Prescription",
        "Amlodipine tablet 5 mg",
        "Metformin tablet 500 mg",
    ]
    assert row(shown, "Amlodipine", "Supply lasts") == "90 day"
    assert "1 × / 1 day" in row(shown, "Amlodipine", "Dosage")


def test_unknown_content_is_refused_not_hidden(sample_credentials: Samples) -> None:
    credential = sample_credentials[samples.ALLERGY][0]
    credential["credentialSubject"]["record"]["hidden"] = "x"
    with pytest.raises(RecordError) as refusal:
        sections(credential, "en")
    assert refusal.value.code == "record.schema"
    with pytest.raises(RecordError):
        sections({"type": ["VerifiableCredential", "AllergyCredential"]}, "en")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-Hant", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh_TW", "zh-Hant"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("pt-BR", "pt"),
        ("en-GB", "en"),
        ("fr", "en"),
    ],
)
def test_every_reader_is_served(tag: str, language: str) -> None:
    assert nearest(tag) == language


@pytest.mark.parametrize("table", ["types", "fields", "codes", "sections"])
def test_labels_are_complete(table: str) -> None:
    entries = json.loads((files("schemas.labels") / f"{table}.json").read_text(encoding="utf-8"))
    assert all(len(said) == len(LANGUAGES) and all(map(str.strip, said)) for said in entries.values())


@pytest.mark.parametrize("record_type", RecordType)
def test_every_member_has_a_label(record_type: RecordType) -> None:
    schema = subject_model(record_type).model_json_schema(by_alias=True)
    records = {model.__name__ for model in RECORD_MODELS.values()}
    values = {
        "Text",
        "Coding",
        "Concept",
        "Quantity",
        "Span",
        "When",
        "Timing",
        "PersonName",
        "Party",
        "Strength",
        "ReferenceRange",
    }
    for name, part in schema["$defs"].items():
        for member in () if name in values else part["properties"]:
            if member != "type":
                assert label(member, "zh-Hant")
            elif name not in records:
                assert label(name, "pt")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("record_type", RecordType)
def test_the_list_of_fields_names_patient_record_and_credential(record_type: RecordType, language: str) -> None:
    listed = field_list(record_type, language)
    colon, comma = ("：", "、") if language.startswith("zh") else (": ", ", ")
    assert listed[0].startswith(f"{label('patient', language)}{colon}{label('names', language)}{comma}")
    if language.startswith("zh"):
        assert not [line for line in listed if ": " in line or ", " in line]
    assert listed[-1].startswith(label("envelope", language))
    assert len(listed) == len(set(listed)) >= 4
    assert type_name(record_type, language)


def test_the_list_of_fields_covers_every_row_that_is_shown(sample_credentials: Samples) -> None:
    for name in (samples.IMMUNISATION, samples.PRESCRIPTION, samples.ALLERGY, samples.LABORATORY_REPORT):
        credential = sample_credentials[name][0]
        listed = "\n".join(field_list(RecordType(credential["type"][1]), "en"))
        for section in sections(credential, "en")[:2]:
            assert all(each.label in listed for each in section.rows)


def test_words_in_several_languages() -> None:
    said = [Text(value="Crab"), Text(value="蟹", language="zh-Hant"), Text(value="crab", language="en")]
    assert words(said, "zh-Hans") == "蟹 / Crab"
    assert words(said, "en") == "crab / 蟹"
    long = Text(value="x" * 61, language="en")
    assert words([long, Text(value="長", language="zh-Hant")], "zh-Hant") == "長\n" + "x" * 61


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            Concept(text=[Text(value="active")], coding=[Coding(system=f"{HL7}allergyintolerance-clinical", code="active")]),
            "活躍",
        ),
        (
            Concept(text=[Text(value="醫囑離院")], coding=[Coding(system=f"{HL7}discharge-disposition", code="home")]),
            "回家 / 醫囑離院",
        ),
        (Concept(coding=[Coding(system="http://snomed.info/sct", code="1")]), "SNOMED CT 1"),
        (Concept(coding=[Coding(system="http://example.org", code="x1", display=[Text(value="Local")])]), "Local (x1)"),
        (Concept(coding=[Coding(code="-", display=[Text(value="CONTRAST")])]), "CONTRAST"),
        (Concept(coding=[Coding(system=f"{HL7}v3-ActCode", code="XYZ")]), "XYZ"),
    ],
)
def test_concepts(value: Concept, shown: str) -> None:
    assert concept(value, "zh-Hant") == shown
    assert names(value, "zh-Hant") or codes(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Quantity(value="0.10", unit="mIU/L", comparator="<"), "< 0.10 mIU/L"),
        (Quantity(value="5"), "5"),
        (Quantity(value="5", unit="d", unit_code="d"), "5 day"),
        (Quantity(value="5", unit="d"), "5 d"),
        (Span(low=Quantity(value="1", unit="g")), "≥ 1 g"),
        (Span(low=Quantity(value="1", unit="g"), high=Quantity(value="2", unit="mg")), "1 g – 2 mg"),
        (When(date="2026-11-24T15:00:00.5+08:00"), "2026-11-24 15:00 (UTC+08:00)"),
        (When(date="2026"), "2026"),
        (When(start="2020-01"), "from 2020-01"),
        (When(end="2020-01"), "– 2020-01"),
        (When(age=Quantity(value="7", unit="a", unit_code="a")), "at age 7 year"),
        (When(words=[Text(value="in childhood")]), "in childhood"),
        (Timing(frequency="1", frequency_max="2", period="8", period_unit="h"), "1–2 × / 8 hour"),
        (Timing(frequency="3"), "3 ×"),
        (Timing(days_of_week=["mon"], moments=["HS"], times_of_day=["08:30:00"]), "Monday, before sleep, 08:30"),
        (Timing(repeat_count="4", moments_offset="30"), "30 minute, 4 ×"),
        (Party(names=[Text(value="Dr A")], roles=[Concept(text=[Text(value="Surgeon")])]), "Dr A (Surgeon)"),
        (Party(roles=[Concept(text=[Text(value="Surgeon")])]), "Surgeon"),
        (True, "Yes"),
        ("female", "Female"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert say(value, "en") == shown


def test_moments_in_utc_and_other_texts() -> None:
    assert moment("2026-11-24T15:00:00Z") == "2026-11-24 15:00 (UTC)"
    assert moment("SAMPLE-T1") == "SAMPLE-T1"
    assert code_label("SAMPLE", "en") is None
    with pytest.raises(TypeError):
        say(7, "en")


def test_rows_are_plain_values() -> None:
    assert Row("a", "b") == Row("a", "b")


def _written(value: Any) -> Iterator[str]:
    """Every text, number, name and date of a subject; codes that are put into words, and what only a machine needs, left out."""
    if isinstance(value, dict):
        if "@value" in value:
            yield from value["@value"].split("\n")
            return
        if "coding" in value:
            standard = [item for item in value["coding"] if item.get("system", "").startswith((HL7, "https://w3id.org/medcred/"))]
            value = value if not standard else {"text": value.get("text", []) if "home" in str(standard) else []}
        for name, inner in value.items():
            if name in {"full", "lotNumber", "doseNumber", "value", "prescriptionNumber", "sopInstance", "givenOn", "fileName"}:
                yield from [inner] if isinstance(inner, str) else _written(inner)
            elif name == "code":
                yield inner
            elif name == "sectionCode":
                continue
            elif not isinstance(inner, str):
                yield from _written(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _written(inner)
