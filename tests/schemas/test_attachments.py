"""Files beside a record: checked, named by digest, and never put beside the wrong report."""

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas import samples
from schemas.errors import FormatError, RecordError
from schemas.fhir import Attachment, drafts, read_bundle
from schemas.fhir.attachments import DICOM, PDF
from schemas.samples import build

type Json = dict[str, Any]


def test_a_file_is_named_by_its_digests(image: Attachment) -> None:
    related = image.related_resource()
    assert related["mediaType"] == DICOM
    assert related["digestSRI"] == "sha384-" + base64.b64encode(hashlib.sha384(image.content).digest()).decode()
    multihash = base64.urlsafe_b64decode(related["digestMultibase"][1:] + "==")
    assert (related["digestMultibase"][0], multihash) == ("u", b"\x12\x20" + hashlib.sha256(image.content).digest())
    assert related["id"] == image.urn == Attachment("other.dcm", DICOM, image.content).urn


def test_the_dicom_image_says_which_instance_it_is(image: Attachment) -> None:
    assert image.dicom is not None
    assert (image.dicom.study_instance, image.dicom.series_instance, image.dicom.sop_instance) == (
        build.STUDY,
        build.SERIES,
        build.INSTANCE,
    )
    assert image.link().sop_class == "1.2.840.10008.5.1.4.1.1.7"


def test_the_binary_samples_are_what_the_script_makes(image: Attachment, page: Attachment) -> None:
    assert build.dicom() == image.content
    assert build.pdf() == page.content
    assert len(image.content) < 10_000


@pytest.mark.parametrize(
    ("name", "media_type", "content", "code"),
    [
        ("", PDF, b"x", "attachment.name"),
        ("../x", PDF, b"x", "attachment.name"),
        ("a\\b", PDF, b"x", "attachment.name"),
        ("a\nb", PDF, b"x", "attachment.name"),
        ("x" * 256, PDF, b"x", "attachment.name"),
        ("a", "pdf", b"x", "attachment.media_type"),
        ("a", "Application/PDF", b"x", "attachment.media_type"),
        ("a", "text/plain; charset=utf-8", b"x", "attachment.media_type"),
        ("a", "text/plain", b"", "attachment.size"),
        ("a", PDF, b"<html>", "attachment.not_pdf"),
        ("a", PDF, b"%PDF-1.4 cut off", "attachment.not_pdf"),
        ("a", DICOM, b"x", "attachment.not_dicom"),
        ("a", DICOM, bytes(128) + b"DICM", "attachment.not_dicom"),
        ("a", DICOM, bytes(128) + b"DICM" + b"\xff" * 200, "attachment.not_dicom"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(name: str, media_type: str, content: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        Attachment(name, media_type, content)
    assert refusal.value.code == code


def test_a_dicom_file_cut_anywhere_never_names_another_instance(image: Attachment) -> None:
    whole, refused = image.dicom, 0
    for cut in range(132, 1000, 4):
        try:
            found = Attachment("cut.dcm", DICOM, image.content[:cut]).dicom
        except FormatError:
            refused += 1
        else:
            assert found is not None
            assert whole is not None
            assert (found.sop_class, found.sop_instance) == (whole.sop_class, whole.sop_instance)
    assert refused > 100


def test_one_record_takes_all_files_and_none_is_inline(image: Attachment, page: Attachment) -> None:
    (draft,) = drafts(read_bundle(samples.bundle(samples.IMAGING_REPORT)), attachments=[image, page])
    assert [item["id"] for item in draft.related] == [image.urn, page.urn]
    assert [item["resource"] for item in draft.subject["record"]["attachments"]] == [image.urn, page.urn]
    assert draft.subject["record"]["attachments"][0]["sopInstance"] == build.INSTANCE
    assert base64.b64encode(image.content).decode()[:40] not in json.dumps(draft.subject)


def two_reports(bundle: Json) -> Json:
    """The same report twice; the second is of another study and names another file."""
    for entry in copy.deepcopy(bundle["entry"]):
        if entry["resource"]["resourceType"] in {"DiagnosticReport", "ImagingStudy"}:
            entry["fullUrl"] = entry["fullUrl"][:-4] + "0000"
            text = json.dumps(entry).replace(build.STUDY, "2.25.1").replace(build.INSTANCE, "2.25.3")
            bundle["entry"].append(json.loads(text))
    report, study = (bundle["entry"][-1], bundle["entry"][-2])
    assert report["resource"]["resourceType"] == "DiagnosticReport"
    report["resource"]["imagingStudy"] = [{"reference": study["fullUrl"]}]
    report["resource"]["presentedForm"] = [{"url": "https://example.org/files/second.pdf"}]
    return bundle


def test_each_of_several_reports_takes_its_own_files(sample: Callable[[str], Json], image: Attachment, page: Attachment) -> None:
    bundle = read_bundle(two_reports(sample(samples.IMAGING_REPORT)))
    first, second = drafts(bundle, attachments=[replace(page, name="second.pdf"), image, page])
    assert [item["fileName"] for item in first.subject["record"]["attachments"]] == ["imaging-report.dcm", "imaging-report.pdf"]
    assert [item["fileName"] for item in second.subject["record"]["attachments"]] == ["second.pdf"]


def test_a_file_is_also_known_by_its_hash(sample: Callable[[str], Json], page: Attachment) -> None:
    bundle = two_reports(sample(samples.IMAGING_REPORT))
    digest = base64.b64encode(hashlib.sha1(page.content).digest()).decode()
    bundle["entry"][-1]["resource"]["presentedForm"] = [{"hash": digest}]
    _, second = drafts(read_bundle(bundle), attachments=[replace(page, name="any.pdf")])
    assert len(second.related) == 1


def test_a_file_that_fits_no_report_is_refused(sample: Callable[[str], Json], page: Attachment) -> None:
    with pytest.raises(RecordError) as refusal:
        drafts(read_bundle(two_reports(sample(samples.IMAGING_REPORT))), attachments=[replace(page, name="third.pdf")])
    assert (refusal.value.code, refusal.value.path) == ("record.attachment_unplaced", "attachments[0]")


def test_an_image_of_another_study_is_refused(sample: Callable[[str], Json], image: Attachment) -> None:
    text = json.dumps(sample(samples.IMAGING_REPORT)).replace(build.STUDY, "2.25.1").replace(build.INSTANCE, "2.25.3")
    with pytest.raises(RecordError) as refusal:
        drafts(read_bundle(text.encode()), attachments=[image])
    assert refusal.value.code == "record.attachment_mismatch"


def test_a_report_may_consist_of_its_file(sample: Callable[[str], Json], resource: Any, page: Attachment) -> None:
    bundle = sample(samples.IMAGING_REPORT)
    for name in ("conclusion", "_conclusion", "conclusionCode"):
        del resource(bundle, "DiagnosticReport")[name]
    assert len(drafts(read_bundle(bundle), attachments=[page])) == 1
