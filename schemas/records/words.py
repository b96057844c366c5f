"""Words in several languages, and concepts: what a clinician named, with the codes that say the same to a machine."""

from typing import Self

from pydantic import Field, model_validator

from schemas.records.base import Code, Language, Part, ShortWords, Uri, Words


class Text(Part):
    """One text in one language, a JSON-LD value object as VC-DM 2.0 §11.1 uses for names; no language when none was stated."""

    value: Words = Field(alias="@value")
    language: Language | None = Field(default=None, alias="@language")


class Coding(Part):
    """A code of a code system, with the names the source gave it."""

    system: Uri | None = None
    version: ShortWords | None = None
    code: Code | None = None
    display: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.code is None and not self.display:
            raise ValueError("a coding has a code or a display")
        return self


class Concept(Part):
    """A clinical concept: the words as written, and its codes."""

    text: list[Text] = Field(default_factory=list)
    coding: list[Coding] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and not self.coding:
            raise ValueError("a concept has words or a code")
        return self
