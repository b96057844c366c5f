"""Imaging reports: the conclusion, the study it is about, and the images by digest (FHIR DiagnosticReport, ImagingStudy)."""

from typing import Literal

from pydantic import Field

from schemas.records.base import Code, Date, Part, Record, Uri, WholeText
from schemas.records.laboratory import ReportContent
from schemas.records.words import Concept, Text


class Series(Part):
    series_instance: Code
    modality: Concept | None = None
    body_site: Concept | None = None
    laterality: Concept | None = None
    explanation: list[Text] = Field(default_factory=list)
    started: Date | None = None
    instance_count: WholeText | None = None


class Study(Part):
    """One DICOM study; `study_instance` is its UID as `urn:oid:…` when the source names it."""

    study_instance: Uri | None = None
    record_status: Code
    started: Date | None = None
    modalities: list[Concept] = Field(default_factory=list)
    procedures: list[Concept] = Field(default_factory=list)
    reasons: list[Concept] = Field(default_factory=list)
    explanation: list[Text] = Field(default_factory=list)
    image_series: list[Series] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)


class ImagingReport(Record, ReportContent):
    type: Literal["ImagingReport"]
    studies: list[Study] = Field(default_factory=list)
