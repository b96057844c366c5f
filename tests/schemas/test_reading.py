"""Reading bundles: what is refused says where and why, and never repeats a value."""

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from schemas import samples
from schemas.errors import RecordError
from schemas.fhir import drafts, read_bundle
from schemas.fhir.reading import MAX_BYTES, MAX_ENTRIES

type Json = dict[str, Any]
CANARY = "CANARY-NAME-7Q4X"


def refusal(data: bytes | Json) -> RecordError:
    with pytest.raises(RecordError) as caught:
        read_bundle(data)
    assert caught.value.code == "record.invalid"
    assert "CANARY" not in caught.value.message + caught.value.hint + caught.value.path
    return caught.value


@pytest.mark.parametrize("name", samples.BUNDLES)
def test_samples_are_valid(name: str) -> None:
    assert read_bundle(samples.bundle(name)).patient.kind == "Patient"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"CANARY"',
        b'{"resourceType":"Patient"}',
        b'{"resourceType":"Bundle"}',
        b'{"resourceType":"Bundle","type":"collection"}',
        b'{"resourceType":"Bundle","type":"collection","entry":"CANARY"}',
        b'{"resourceType":"Bundle","type":"collection","entry":[null]}',
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":null}]}',
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Canary"}}]}',
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":["Patient"]}}]}',
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"__class__"}}]}',
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":"{\\"resourceType\\":\\"Patient\\"}"}]}',
        b'{"resourceType":"Bundle","type":"collection","type":"document"}',
        b'{"resourceType":"Bundle","type":"collection","total":NaN}',
        b'{"resourceType":"Bundle","type":"collection","total":1e999999999}',
        b'{"resourceType":"Bundle","a":' + b"[" * 100 + b"]" * 100 + b"}",
        b" " * (MAX_BYTES + 1),
        b'{"resourceType":"Bundle","type":"collection","entry":[' + b"{}," * MAX_ENTRIES + b"{}]}",
    ],
    ids=range(20),
)
def test_hostile_bundles_are_refused(data: bytes) -> None:
    assert refusal(data).path.startswith("Bundle")


def _remove(bundle: Json, kind: str, element: str) -> None:
    del _first(bundle, kind)[element]


def _first(bundle: Json, kind: str) -> Json:
    return next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)


def _set(kind: str, element: str, value: object) -> Callable[[Json], None]:
    return lambda bundle: _first(bundle, kind).__setitem__(element, value)


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        (lambda b: _remove(b, "DiagnosticReport", "status"), ".resource.status", "is missing"),
        (lambda b: _remove(b, "Observation", "code"), ".resource.code", "is missing"),
        (_set("Observation", "codex", CANARY), ".resource.codex", "not an element"),
        (_set("Observation", "CANARY NAME", 1), ".resource.?", "not an element"),
        (_set("Observation", "code", CANARY), ".resource.code", "must be an object"),
        (_set("Observation", "code", '{"text":"CANARY"}'), ".resource.code", "must be an object"),
        (_set("Observation", "note", {"text": CANARY}), ".resource.note", "must be an array"),
        (_set("Observation", "effectiveDateTime", CANARY), ".resource.effectiveDateTime", "does not"),
        (_set("Observation", "valueString", CANARY), ".resource", "exclude each other"),
        (_set("Observation", "note", None), ".resource.note", "is null"),
        (_set("Observation", "valueQuantity", {"value": "5.0"}), ".resource.valueQuantity.value", "wrong kind"),
        (_set("Patient", "active", "true"), ".resource.active", "wrong kind"),
        (_set("Patient", "multipleBirthInteger", True), ".resource.multipleBirthInteger", "wrong kind"),
        (_set("Patient", "birthDate", 1968), ".resource.birthDate", ""),
        (_set("Patient", "gender", ["female"]), ".resource.gender", ""),
    ],
)
def test_faults_have_a_fhir_path_and_a_plain_reason(
    sample: Callable[[str], Json], change: Callable[[Json], None], path: str, reason: str
) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    change(bundle)
    fault = refusal(json.dumps(bundle).encode())
    assert fault.path.startswith("Bundle.entry[")
    assert fault.path.endswith(path)
    assert reason in fault.message


def test_the_first_fault_in_the_document_is_told(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    for entry in bundle["entry"]:
        entry["resource"]["unknown"] = 1
    assert refusal(bundle).path == "Bundle.entry[0].resource.unknown"


def test_one_patient_only(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    other = copy.deepcopy(bundle["entry"][0])
    other["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    bundle["entry"].append(other)
    assert "more than one Patient" in refusal(bundle).message
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] != "Patient"]
    assert "no Patient" in refusal(bundle).message


def test_full_urls_are_unique(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    bundle["entry"][2]["fullUrl"] = bundle["entry"][1]["fullUrl"]
    assert refusal(bundle).path == "Bundle.entry[2].fullUrl"


def test_a_parsed_bundle_reads_like_its_bytes(sample: Callable[[str], Json]) -> None:
    parsed = json.loads(samples.bundle(samples.LABORATORY_REPORT), parse_float=Decimal)
    assert drafts(read_bundle(parsed)) == drafts(read_bundle(samples.bundle(samples.LABORATORY_REPORT)))
    # Floats were rounded by whoever parsed them; they are read as Python writes them.
    bundle = sample(samples.LABORATORY_REPORT)
    _first(bundle, "Observation")["valueQuantity"]["value"] = 0.1
    (draft,) = drafts(read_bundle(bundle))
    assert draft.subject["record"]["results"][0]["quantity"]["value"] == "0.1"


def test_a_parsed_bundle_with_nonsense_is_refused() -> None:
    assert refusal({"resourceType": "Bundle", "type": "collection", "entry": [float("inf")]}).path == "Bundle"
    assert refusal({"resourceType": "Bundle", "type": b"collection"}).path == "Bundle"
