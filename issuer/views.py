"""The shapes of the JSON API: what a caller may send, and what it is shown of a row."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """What a caller sends: a word that is not known is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """What a caller is shown: the columns named here and no others."""

    @classmethod
    def of(cls, row: object, **more: Any) -> Self:
        """The row's columns by their names, and `more` for what no column holds."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields.keys() - more.keys()} | more)
