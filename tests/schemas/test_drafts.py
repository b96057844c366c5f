"""What a bundle becomes: the right credentials, with all that a clinician across the border needs, and nothing of anyone else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas import samples
from schemas.errors import RecordError
from schemas.fhir import RecordDraft, drafts, read_bundle
from schemas.fhir.drafting import MAX_SUBJECT_BYTES
from schemas.types import RecordType

type Json = dict[str, Any]
type Drafts = dict[str, list[RecordDraft]]
type Find = Callable[[Json, str], Json]


def drawn(bundle: Json, **options: Any) -> list[RecordDraft]:
    return drafts(read_bundle(json.dumps(bundle).encode()), **options)


def refusal(bundle: Json, **options: Any) -> RecordError:
    with pytest.raises(RecordError) as caught:
        drawn(bundle, **options)
    return caught.value


@pytest.mark.parametrize(
    ("name", "types"),
    [
        (samples.HK_PATIENT_SUMMARY, [RecordType.PATIENT_SUMMARY]),
        (samples.MAINLAND_DISCHARGE_SUMMARY, [RecordType.DISCHARGE_SUMMARY]),
        (samples.LABORATORY_REPORT, [RecordType.LABORATORY_REPORT]),
        (samples.IMAGING_REPORT, [RecordType.IMAGING_REPORT]),
        (samples.IMMUNISATION, [RecordType.IMMUNIZATION]),
        (samples.PRESCRIPTION, [RecordType.PRESCRIPTION]),
        (samples.ALLERGY, [RecordType.ALLERGY]),
        (samples.CERTIFICATE, [RecordType.MEDICAL_CERTIFICATE]),
        (samples.REFERRAL, [RecordType.REFERRAL]),
        (samples.CANARY, [RecordType.IMMUNIZATION, RecordType.ALLERGY]),
    ],
)
def test_a_bundle_gives_the_credentials_it_is(sample_drafts: Drafts, name: str, types: list[RecordType]) -> None:
    assert [draft.type for draft in sample_drafts[name]] == types


def test_names_are_in_four_languages(sample_drafts: Drafts) -> None:
    assert sample_drafts[samples.IMMUNISATION][0].name == [
        {"@value": "Immunisation record", "@language": "en"},
        {"@value": "疫苗接種紀錄", "@language": "zh-Hant"},
        {"@value": "疫苗接种记录", "@language": "zh-Hans"},
        {"@value": "Registo de vacinação", "@language": "pt"},
    ]


def test_the_patient_is_recognisable_and_has_no_identity_number(sample_drafts: Drafts) -> None:
    (draft,) = sample_drafts[samples.HK_PATIENT_SUMMARY]
    assert draft.subject["patient"] == {
        "names": [
            {"full": "CHAN Mei", "family": "Chan", "given": ["Mei"], "nameUse": "official"},
            {"full": "陳美", "family": "陳", "given": ["美"], "nameUse": "official", "language": "zh-Hant"},
        ],
        "birthDate": "1968-03-14",
        "sex": "female",
    }
    assert "CANARY-ID" not in json.dumps([each.subject for found in sample_drafts.values() for each in found])


def test_an_identity_number_quoted_in_a_note_is_taken_out(sample_drafts: Drafts) -> None:
    _, allergies = sample_drafts[samples.CANARY]
    assert allergies.subject["record"]["allergies"][0]["notes"] == [{"@value": "CANARY-NOTE-5T8W. Card shown: […]."}]


@pytest.mark.parametrize(
    "quoted",
    ["canary-id-9z2k", "(CANARY-ID-9Z2K)", "身份證CANARY-ID-9Z2K。", "no:CANARY-ID-9Z2K", "CANARYID9Z2K", "CANARY-ID (9Z2K)"],
)
def test_an_identity_number_is_found_however_it_is_quoted(sample: Callable[[str], Json], resource: Find, quoted: str) -> None:
    bundle = sample(samples.CANARY)
    resource(bundle, "Immunization")["note"] = [{"text": quoted}]
    (draft,) = drawn(bundle, types=[RecordType.IMMUNIZATION])
    assert "9z2k" not in json.dumps(draft.subject).casefold()


def test_laboratory_results_keep_digits_units_ranges_and_interpretation(sample_drafts: Drafts) -> None:
    (draft,) = sample_drafts[samples.LABORATORY_REPORT]
    results = {result["test"]["text"][1]["@value"]: result for result in draft.subject["record"]["results"]}
    ucum = {"unitSystem": "http://unitsofmeasure.org"}
    assert results["Potassium"]["quantity"] == {"value": "5.0", "unit": "mmol/L", "unitCode": "mmol/L"} | ucum
    tsh = results["Thyroid stimulating hormone"]
    assert tsh["quantity"] == {"value": "0.10", "unit": "mIU/L", "unitCode": "m[IU]/L"} | ucum
    assert [tsh["referenceRanges"][0][end]["value"] for end in ("low", "high")] == ["0.35", "4.78"]
    assert tsh["interpretation"][0]["coding"][0]["code"] == "L"
    assert results["Urine albumin"]["quantity"]["comparator"] == "<"
    assert draft.subject["record"]["requester"]["names"][1]["@value"] == "Dr Lee Sze Ming"


def test_no_number_is_ever_a_json_number(sample_drafts: Drafts) -> None:
    def numbers(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(numbers, value.values()))
        if isinstance(value, list):
            return any(map(numbers, value))
        return isinstance(value, int | float) and not isinstance(value, bool)

    assert not any(numbers(draft.subject) for found in sample_drafts.values() for draft in found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueCodeableConcept": {"text": "Positive"}}, {"answer": {"text": [{"@value": "Positive"}]}}),
        ({"valueString": "trace"}, {"answerWords": [{"@value": "trace"}]}),
        ({"valueBoolean": False}, {"answerYes": False}),
        ({"valueInteger": 0}, {"quantity": {"value": "0"}}),
        ({"valueRange": {"low": {"value": 1}}}, {"quantitySpan": {"low": {"value": "1"}}}),
        (
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
            {"ratio": {"numerator": {"value": "1"}, "denominator": {"value": "128"}}},
        ),
        ({"valueDateTime": "2026-11"}, {"answerWhen": {"date": "2026-11"}}),
        ({"valueTime": "07:30:00"}, {"answerWords": [{"@value": "07:30:00"}]}),
        ({"dataAbsentReason": {"text": "haemolysed"}}, {"absentReason": {"text": [{"@value": "haemolysed"}]}}),
    ],
)
def test_every_kind_of_result_is_kept(sample: Callable[[str], Json], resource: Find, value: Json, expected: Json) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    observation = resource(bundle, "Observation")
    for name in ("valueQuantity", "language", "interpretation", "referenceRange"):
        del observation[name]
    observation |= value
    (draft,) = drawn(bundle)
    result = draft.subject["record"]["results"][0]
    kept = {name: member for name, member in result.items() if name.startswith(("answer", "quantity", "ratio", "absent"))}
    assert kept == expected


def test_partial_dates_stay_partial(sample_drafts: Drafts) -> None:
    sections = sample_drafts[samples.HK_PATIENT_SUMMARY][0].subject["record"]["sections"]
    assert sections[0]["entries"][0]["onset"] == {"date": "1994"}
    assert sections[1]["entries"][0]["onset"] == {"date": "2016-09"}


def test_sections_keep_entries_reasons_for_emptiness_and_narrative(sample_drafts: Drafts) -> None:
    sections = sample_drafts[samples.HK_PATIENT_SUMMARY][0].subject["record"]["sections"]
    assert [len(section.get("entries", [])) for section in sections] == [2, 2, 2, 1, 0, 0]
    assert sections[4]["emptyReason"]["coding"][0]["code"] == "nilknown"
    assert "HbA1c one week before" in sections[5]["narrative"][0]["@value"]
    assert "narrative" not in sections[0]


def test_a_section_whose_entry_is_missing_keeps_its_words(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.HK_PATIENT_SUMMARY)
    section = resource(bundle, "Composition")["section"][0]
    section["text"] = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Latex too</div>'}
    section["entry"].append({"reference": "AllergyIntolerance/elsewhere"})
    (draft,) = drawn(bundle)
    first = draft.subject["record"]["sections"][0]
    assert len(first["entries"]) == 2
    assert first["narrative"] == [{"@value": "Latex too", "@language": "zh-Hant"}]


def test_a_panel_and_its_members_are_not_shown_twice(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.MAINLAND_DISCHARGE_SUMMARY)
    observations = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    observations[0]["resource"]["hasMember"] = [{"reference": observations[1]["fullUrl"]}]
    (draft,) = drawn(bundle)
    results = next(part for part in draft.subject["record"]["sections"] if part["sectionCode"]["coding"][0]["code"] == "30954-2")
    assert len(results["entries"]) == 1
    assert len(results["entries"][0]["members"]) == 1


@pytest.mark.parametrize("name", [samples.LABORATORY_REPORT, samples.MAINLAND_DISCHARGE_SUMMARY])
def test_panels_in_a_circle_are_refused(sample: Callable[[str], Json], name: str) -> None:
    bundle = sample(name)
    first, second = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"][:2]
    first["resource"]["hasMember"] = [{"reference": second["fullUrl"]}]
    second["resource"]["hasMember"] = [{"reference": first["fullUrl"]}]
    assert "in a circle" in refusal(bundle).message


def laboratory(sample: Callable[[str], Json], levels: int, width: int) -> Json:
    """A report of panels: every observation of a level has all observations of the next as members."""
    bundle = sample(samples.LABORATORY_REPORT)
    entries = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] != "Observation"]
    plain = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    for level in range(levels):
        below = [{"reference": f"urn:uuid:{level + 1}-{index}"} for index in range(width)]
        content = plain | ({"hasMember": below} if level + 1 < levels else {})
        entries += [{"fullUrl": f"urn:uuid:{level}-{index}", "resource": content} for index in range(width)]
    report = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "DiagnosticReport")
    report["result"] = [{"reference": "urn:uuid:0-0"}]
    return bundle | {"entry": entries}


def test_panels_that_multiply_are_refused_before_they_are_drawn(sample: Callable[[str], Json]) -> None:
    assert refusal(laboratory(sample, levels=8, width=100)).path == "Bundle.entry"
    assert len(drawn(laboratory(sample, levels=4, width=3))) == 1


@pytest.mark.parametrize(("levels", "deep"), [(8, False), (9, True), (2_000, True)])
def test_panels_are_nested_as_deep_as_laboratories_do(sample: Callable[[str], Json], levels: int, deep: bool) -> None:
    bundle = laboratory(sample, levels=levels, width=1)
    if deep:
        assert "too deep" in refusal(bundle).message
    else:
        assert len(drawn(bundle)) == 1


def test_a_panel_that_lists_itself_is_shown_once(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.MAINLAND_DISCHARGE_SUMMARY)
    first, second = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    first["resource"]["hasMember"] = [{"reference": first["fullUrl"]}, {"reference": second["fullUrl"]}]
    (draft,) = drawn(bundle)
    (panel,) = draft.subject["record"]["sections"][5]["entries"]
    assert len(panel["members"]) == 1


def test_what_the_source_took_back_is_left_out(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.HK_PATIENT_SUMMARY)
    resource(bundle, "Immunization")["status"] = "entered-in-error"
    resource(bundle, "AllergyIntolerance")["verificationStatus"]["coding"][0]["code"] = "entered-in-error"
    del resource(bundle, "AllergyIntolerance")["clinicalStatus"]
    (draft,) = drawn(bundle)
    sections = draft.subject["record"]["sections"]
    assert len(sections[0]["entries"]) == 1
    assert "entries" not in sections[3]
    assert refusal(bundle, types=[RecordType.IMMUNIZATION]).code == "record.nothing_to_issue"


@pytest.mark.parametrize(
    ("name", "kind", "element"),
    [
        (samples.LABORATORY_REPORT, "Observation", "subject"),
        (samples.LABORATORY_REPORT, "DiagnosticReport", "subject"),
        (samples.IMAGING_REPORT, "ImagingStudy", "subject"),
        (samples.IMMUNISATION, "Immunization", "patient"),
        (samples.ALLERGY, "AllergyIntolerance", "patient"),
        (samples.PRESCRIPTION, "MedicationRequest", "subject"),
        (samples.HK_PATIENT_SUMMARY, "Condition", "subject"),
        (samples.HK_PATIENT_SUMMARY, "Composition", "subject"),
        (samples.MAINLAND_DISCHARGE_SUMMARY, "Encounter", "subject"),
        (samples.REFERRAL, "ServiceRequest", "subject"),
        (samples.REFERRAL, "Condition", "subject"),
    ],
)
@pytest.mark.parametrize("other", ["Patient/someone-else", "urn:uuid:00000000-0000-4000-8000-000000000000"])
def test_content_about_another_patient_is_refused(
    sample: Callable[[str], Json], resource: Find, name: str, kind: str, element: str, other: str
) -> None:
    bundle = sample(name)
    resource(bundle, kind)[element] = {"reference": other}
    fault = refusal(bundle)
    assert fault.path.endswith(f".{element}")
    assert "another patient" in fault.message


def test_a_relative_reference_to_the_patient_is_understood(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.ALLERGY)
    resource(bundle, "AllergyIntolerance")["patient"] = {"reference": "Patient/joao/_history/2"}
    assert len(drawn(bundle)) == 1


def test_types_ask_for_exactly_those(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.HK_PATIENT_SUMMARY)
    found = drawn(bundle, types=[RecordType.ALLERGY, RecordType.IMMUNIZATION])
    assert [draft.type for draft in found] == [RecordType.IMMUNIZATION, RecordType.ALLERGY]
    fault = refusal(bundle, types=[RecordType.ALLERGY, RecordType.REFERRAL])
    assert (fault.code, fault.message) == ("record.nothing_to_issue", "The bundle holds no ReferralCredential.")


def test_a_bundle_without_records_is_refused(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.ALLERGY)
    bundle["entry"] = bundle["entry"][:1]
    assert refusal(bundle).code == "record.nothing_to_issue"


def test_prescriptions_of_one_order_are_one_credential(sample: Callable[[str], Json]) -> None:
    bundle = sample(samples.PRESCRIPTION)
    (draft,) = drawn(bundle)
    record = draft.subject["record"]
    assert record["prescriptionNumber"] == "SAMPLE-RX-20261120-01"
    assert [item["medicine"]["text"][1]["@value"] for item in record["medications"]] == [
        "Amlodipine tablet 5 mg",
        "Metformin tablet 500 mg",
    ]
    assert record["prescriber"]["organizations"][1]["@value"] == "Harbour Demonstration Hospital"
    requests = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "MedicationRequest"]
    for request in requests:
        del request["groupIdentifier"]
    assert len(drawn(bundle)) == 1
    requests[0]["authoredOn"] = "2026-11-21"
    assert len(drawn(bundle)) == 2
    requests[1]["status"] = "cancelled"
    assert len(drawn(bundle)) == 1


def test_dosage_keeps_words_amount_timing_and_route(sample_drafts: Drafts) -> None:
    dosage = sample_drafts[samples.MAINLAND_DISCHARGE_SUMMARY][0].subject["record"]["sections"][4]["entries"][0]["dosages"][0]
    assert dosage["directions"][1] == {"@value": "0.25 g by mouth twice daily for 5 days", "@language": "en"}
    assert dosage["dose"]["value"] == "0.25"
    assert {name: dosage["timing"][name] for name in ("frequency", "period", "periodUnit")} == {
        "frequency": "2",
        "period": "1",
        "periodUnit": "d",
    }
    assert dosage["route"]["coding"][0]["code"] == "26643006"


def test_medicine_and_strength_come_from_a_contained_medication(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.PRESCRIPTION)
    request = resource(bundle, "MedicationRequest")
    del request["medicationCodeableConcept"]
    request["contained"] = [
        {
            "resourceType": "Medication",
            "id": "m",
            "form": {"text": "tablet"},
            "ingredient": [
                {
                    "itemCodeableConcept": {"text": "amlodipine"},
                    "strength": {"numerator": {"value": 5, "unit": "mg"}, "denominator": {"value": 1, "unit": "tablet"}},
                }
            ],
        }
    ]
    request["medicationReference"] = {"reference": "#m"}
    (draft,) = drawn(bundle)
    medicine = draft.subject["record"]["medications"][0]
    assert medicine["medicine"]["text"][0]["@value"] == "amlodipine"
    assert medicine["ingredients"][0]["strength"]["numerator"] == {"value": "5", "unit": "mg"}
    request["contained"][0]["id"] = "other"
    assert refusal(bundle).path.endswith(".medication[x]")


def test_immunisations_are_one_record_with_the_latest_dose_first(sample_drafts: Drafts) -> None:
    (draft,) = sample_drafts[samples.IMMUNISATION]
    doses = draft.subject["record"]["doses"]
    assert [(dose["givenOn"]["date"], dose["doseNumber"], dose["lotNumber"]) for dose in doses] == [
        ("2026-11-09", "3", "SAMPLE-HB-03"),
        ("2026-06-08", "2", "SAMPLE-HB-02"),
        ("2026-05-04", "1", "SAMPLE-HB-01"),
    ]
    assert doses[0]["amount"]["value"] == "0.50"


def test_a_dose_not_given_says_so(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.IMMUNISATION)
    resource(bundle, "Immunization")["status"] = "not-done"
    resource(bundle, "Immunization")["statusReason"] = {"text": "patient declined"}
    (draft,) = drawn(bundle)
    refused = next(dose for dose in draft.subject["record"]["doses"] if dose["recordStatus"] == "not-done")
    assert refused["statusReason"]["text"][0]["@value"] == "patient declined"


def test_the_certificate_says_what_for_and_how_long(sample_drafts: Drafts) -> None:
    record = sample_drafts[samples.CERTIFICATE][0].subject["record"]
    assert record["purposes"][0]["text"][0]["@value"] == "病假"
    assert record["certified"] == {"start": "2026-11-13", "end": "2026-12-02"}
    assert record["sections"][0]["entries"][0]["type"] == "Condition"


def test_the_discharge_summary_has_the_stay(sample_drafts: Drafts) -> None:
    stay = sample_drafts[samples.MAINLAND_DISCHARGE_SUMMARY][0].subject["record"]["stay"]
    assert stay["stayPeriod"] == {"start": "2026-11-13T21:05:00+08:00", "end": "2026-11-18T10:00:00+08:00"}
    assert stay["departments"][0]["@value"] == "普通外科三病区"


def test_an_order_behind_a_report_is_not_a_referral(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.LABORATORY_REPORT)
    assert [draft.type for draft in drawn(bundle)] == [RecordType.LABORATORY_REPORT]
    del resource(bundle, "ServiceRequest")["category"]
    assert [draft.type for draft in drawn(bundle)] == [RecordType.LABORATORY_REPORT]
    del resource(bundle, "DiagnosticReport")["basedOn"]
    assert [draft.type for draft in drawn(bundle)] == [RecordType.LABORATORY_REPORT, RecordType.REFERRAL]


def test_a_report_that_says_nothing_is_refused(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.IMAGING_REPORT)
    for name in ("conclusion", "_conclusion", "conclusionCode"):
        del resource(bundle, "DiagnosticReport")[name]
    assert "no result, conclusion" in refusal(bundle).message


def test_an_entry_of_an_unmodelled_kind_keeps_its_words(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.HK_PATIENT_SUMMARY)
    plan = {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "title": "Foot care",
        "subject": {"reference": "Patient/mei"},
        "period": {"start": "2026-11-20"},
    }
    bundle["entry"].append({"fullUrl": "urn:uuid:5d9f9a70-4f2e-4c51-9f7c-0f4f7c3a1d11", "resource": plan})
    resource(bundle, "Composition")["section"][5]["entry"] = [{"reference": bundle["entry"][-1]["fullUrl"]}]
    (draft,) = drawn(bundle)
    assert draft.subject["record"]["sections"][5]["entries"] == [
        {
            "type": "OtherEntry",
            "entryKind": "CarePlan",
            "recordStatus": "active",
            "effective": {"start": "2026-11-20"},
            "narrative": [{"@value": "Foot care"}],
        }
    ]


def test_a_record_too_large_to_carry_is_refused(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.ALLERGY)
    note = {"text": "x" * 40_000}
    resource(bundle, "AllergyIntolerance")["note"] = [{"text": f"{index}{note['text']}"} for index in range(12)]
    assert MAX_SUBJECT_BYTES < 480_000
    assert refusal(bundle).code == "record.too_large"


def test_a_value_too_long_for_a_credential_is_refused_without_repeating_it(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.ALLERGY)
    resource(bundle, "AllergyIntolerance")["note"] = [{"text": "CANARY" * 10_000}]
    fault = refusal(bundle)
    assert fault.code == "record.invalid"
    assert "CANARY" not in fault.message


def test_a_patient_without_a_name_is_refused(sample: Callable[[str], Json], resource: Find) -> None:
    bundle = sample(samples.ALLERGY)
    resource(bundle, "Patient")["name"] = [{"use": "official"}]
    assert refusal(bundle).path == "Bundle.entry[0].resource.name"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ({"family": "陳", "given": ["大", "文"]}, "陳大文"),
        ({"family": "Chan", "given": ["Tai Man", "Peter"]}, "Tai Man Peter Chan"),
        ({"family": "Chan"}, "Chan"),
        ({"given": ["Mei"], "prefix": ["Ms"]}, "Mei"),
        ({"text": " 王强 ", "family": "Wang"}, "王强"),
    ],
)
def test_names_are_written_in_the_order_of_their_script(
    sample: Callable[[str], Json], resource: Find, name: Json, full: str
) -> None:
    bundle = sample(samples.ALLERGY)
    resource(bundle, "Patient")["name"] = [name]
    assert drawn(bundle)[0].subject["patient"]["names"][0]["full"] == full
