"""Medical certificates: what a doctor certifies (sick leave, fitness to travel), for which time, on which ground."""

from typing import Literal

from pydantic import Field

from schemas.records.document import Document
from schemas.records.measures import When
from schemas.records.words import Concept


class Certificate(Document):
    """`purposes` say what it certifies, `certified` for which time; the grounds stand in the sections."""

    type: Literal["Certificate"]
    purposes: list[Concept] = Field(default_factory=list)
    certified: When | None = None
