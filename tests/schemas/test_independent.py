"""Bundles that others made: Hong Kong's eHRSS, IPS connectathons of a dozen countries, Synthea."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld
from pyld.documentloader.frozen import FrozenDocumentLoader

from schemas.display import sections
from schemas.errors import RecordError
from schemas.fhir import RecordDraft, drafts, read_bundle
from schemas.json_schemas import validate_credential
from schemas.labels import LANGUAGES
from schemas.types import RecordType

pytestmark = pytest.mark.independent

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def expected(independent_data: Path) -> dict[str, Json]:
    found: dict[str, Json] = json.loads((independent_data / "fhir" / "expected.json").read_text(encoding="utf-8"))
    assert len(found) == 41
    return found


def read(independent_data: Path, name: str) -> bytes:
    return (independent_data / "fhir" / name).read_bytes()


def test_every_valid_bundle_gives_credentials_that_validate_and_can_be_read(
    independent_data: Path, expected: dict[str, Json], credential_of: Callable[..., Json], loader: FrozenDocumentLoader
) -> None:
    valid = [name for name, facts in expected.items() if facts["r4b_model_valid"]]
    assert len(valid) == 35
    for name in valid:
        found = drafts(read_bundle(read(independent_data, name)))
        assert found, name
        for draft in found:
            credential = credential_of(draft)
            validate_credential(credential)
            dropped: list[str] = []
            jsonld.expand(credential, {"documentLoader": loader}, on_property_dropped=dropped.append)
            assert dropped == [], name
            for language in LANGUAGES:
                assert len(sections(credential, language)) > 1, name


def test_every_invalid_bundle_is_refused_with_a_path(independent_data: Path, expected: dict[str, Json]) -> None:
    refused = {}
    for name, facts in expected.items():
        if not facts["r4b_model_valid"]:
            with pytest.raises(RecordError) as refusal:
                read_bundle(read(independent_data, name))
            assert refusal.value.code == "record.invalid"
            refused[name.removeprefix("ips/")] = refusal.value.path
    assert refused == {
        "HK_IPS_Sample_with_medication.json": "Bundle.entry[6].resource.dosage[0].doseAndRate[0].rate",
        "Bundle-aups-gpvisit-retrieval.json": "Bundle.entry[16].resource",
        "EU_IPS_wylem_bars.json": "Bundle.entry[0].resource.section[7].text.div",
        "AR_Repository_Example_01.json": "Bundle.entry[6].resource.ingredient[0].code",
        "NL_Drimpy_01.json": "Bundle.entry[0].resource.author",
        "DK_02.json": "Bundle.entry[0].resource.author",
    }


def test_a_refusal_repeats_no_value_of_the_bundle(independent_data: Path, expected: dict[str, Json]) -> None:
    for name in (name for name, facts in expected.items() if not facts["r4b_model_valid"]):
        data = read(independent_data, name)
        with pytest.raises(RecordError) as refusal:
            read_bundle(data)
        patient = next(e["resource"] for e in json.loads(data)["entry"] if e["resource"]["resourceType"] == "Patient")
        families = [item["family"] for item in patient["name"] if item.get("family")]
        assert families
        assert not any(family in refusal.value.message for family in families)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_ehrss_bundles_give_a_patient_summary(independent_data: Path, number: int) -> None:
    (draft,) = drafts(read_bundle(read(independent_data, f"ips/HK_IPS_Sample{number}.json")))
    assert draft.type is RecordType.PATIENT_SUMMARY
    record = draft.subject["record"]
    allergies, problems, medicines = record["sections"]
    assert [entry["type"] for entry in allergies["entries"] + problems["entries"]] == ["Allergy", "Allergy", "Condition"]
    assert record["authors"][0]["names"] == [{"@value": "Electronic Health Record Sharing System"}]
    if number == 1:
        assert medicines["emptyReason"]["coding"][0]["code"] == "unavailable"
        assert "No known medications" in medicines["narrative"][0]["@value"]
    else:
        assert medicines["entries"][0]["medicine"]["coding"][0]["code"] == "no-known-medications"
    if number == 3:
        assert allergies["entries"][1]["substance"]["text"] == [{"@value": "生蠔"}]


def test_the_taiwanese_document_gives_its_immunisations(independent_data: Path) -> None:
    (draft,) = drafts(read_bundle(read(independent_data, "ips/TW_01-modified.json")))
    assert draft.type is RecordType.IMMUNIZATION
    assert len(draft.subject["record"]["doses"]) == 1


def test_summaries_hold_as_many_entries_as_their_sections_list(independent_data: Path, expected: dict[str, Json]) -> None:
    """Entries, and the results inside reports and panels, against the references of the Composition."""
    for name, facts in expected.items():
        if not facts["r4b_model_valid"] or facts["kind"] != "IPS document" or name == "ips/TW_01-modified.json":
            continue
        data = read(independent_data, name)
        composition = json.loads(data)["entry"][0]["resource"]
        listed = {entry["reference"] for section in composition["section"] for entry in section.get("entry", [])}
        (draft,) = drafts(read_bundle(data))
        shown = sum(map(_entries, draft.subject["record"]["sections"]))
        assert shown >= len(listed), name


def test_synthea_gives_one_credential_for_each_record(independent_data: Path, expected: dict[str, Json]) -> None:
    for name, facts in expected.items():
        if not name.startswith("synthea/"):
            continue
        found = drafts(read_bundle(read(independent_data, name)))
        counts = Counter(draft.type for draft in found)
        resources = facts["resources"]
        assert counts[RecordType.IMMUNIZATION] == 1
        assert len(_record(found, RecordType.IMMUNIZATION)["doses"]) == resources["Immunization"]
        assert counts[RecordType.LABORATORY_REPORT] == resources["DiagnosticReport"]
        medicines = [m for d in found if d.type is RecordType.PRESCRIPTION for m in d.subject["record"]["medications"]]
        assert len(medicines) == resources.get("MedicationRequest", 0)


def test_synthea_values_keep_their_digits(independent_data: Path, expected: dict[str, Json]) -> None:
    name = next(name for name in expected if name.startswith("synthea/"))
    data = read(independent_data, name)
    written = {value["value"] for value in _quantities(json.loads(data, parse_float=str, parse_int=str))}
    results = [
        r for d in drafts(read_bundle(data)) if d.type is RecordType.LABORATORY_REPORT for r in d.subject["record"]["results"]
    ]
    assert results
    assert {result["quantity"]["value"] for result in results} <= written


def _record(found: list[RecordDraft], record_type: RecordType) -> Json:
    record: Json = next(draft for draft in found if draft.type is record_type).subject["record"]
    return record


def _entries(section: Json) -> int:
    def count(entry: Json) -> int:
        return 1 + sum(map(count, entry.get("members", []) + entry.get("results", [])))

    return sum(map(count, section.get("entries", []))) + sum(map(_entries, section.get("sections", [])))


def _quantities(value: Any) -> list[Json]:
    if isinstance(value, dict):
        own = [value["valueQuantity"]] if "valueQuantity" in value else []
        return own + [found for inner in value.values() for found in _quantities(inner)]
    return [found for inner in value for found in _quantities(inner)] if isinstance(value, list) else []
