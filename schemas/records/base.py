"""The common ground of all record models: closed, immutable, JSON names in camelCase, nothing empty written out."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, StringConstraints, model_serializer
from pydantic.alias_generators import to_camel

# FHIR dateTime: a year, a month, a day, or a moment with its offset. What was written as a year stays a year.
_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
DATE_PATTERN = rf"^[0-9]{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])({_TIME})?)?)?$"

Words = Annotated[str, StringConstraints(min_length=1, max_length=50_000)]
ShortWords = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Uri = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Date = Annotated[str, StringConstraints(pattern=DATE_PATTERN)]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$", max_length=80)]
WholeText = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)$", max_length=20)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$", max_length=35)]


class Part(BaseModel):
    """A piece of a record. Unknown members are refused; absent and empty ones are not written."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    @model_serializer(mode="wrap")
    def _leave_out_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None and value != [] and value != {}}

    def as_json(self) -> dict[str, Any]:
        """The JSON members of this part, by their names in a credential."""
        return self.model_dump(mode="json", by_alias=True)


class AttachmentLink(Part):
    """A file that belongs to the record and travels beside the credential; `resource` is its `relatedResource.id`."""

    resource: Uri
    content_type: Code
    file_name: ShortWords | None = None
    sop_class: Code | None = None
    sop_instance: Code | None = None


class Record(Part):
    """The content of one credential. Each kind adds its `type` and its own members."""

    attachments: list[AttachmentLink] = Field(default_factory=list, max_length=64)
