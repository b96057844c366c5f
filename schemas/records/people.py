"""People and organisations: enough to recognise the patient, and to know who did or wrote what. No identity numbers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.records.base import Code, Date, Language, Part, ShortWords
from schemas.records.words import Concept, Text


class PersonName(Part):
    """One name of a person; `full` is the name as it is written, in the order of its language."""

    full: ShortWords
    family: ShortWords | None = None
    given: list[ShortWords] = Field(default_factory=list)
    name_use: Code | None = None
    language: Language | None = None


class Patient(Part):
    """Whom the record is about: what a clinic compares with the person and the travel document before it."""

    names: list[PersonName] = Field(min_length=1)
    birth_date: Date | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None


class Party(Part):
    """A person or an organisation that took part, with the role and the organisation stated for it."""

    names: list[Text] = Field(default_factory=list)
    roles: list[Concept] = Field(default_factory=list)
    organizations: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.names or self.roles or self.organizations):
            raise ValueError("a party is named")
        return self
