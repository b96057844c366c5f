"""Which members of a record leave the wallet when it is shared: the whole model, in words, before the patient says yes."""

import types
import typing
from collections.abc import Iterator

from schemas.display.punctuation import listed, titled
from schemas.display.sentences import VALUES
from schemas.labels import label
from schemas.records import RECORD_MODELS
from schemas.records.base import Part
from schemas.records.people import Patient
from schemas.types import RecordType


def field_list(record_type: RecordType, language: str) -> list[str]:
    """One line a group of members, as `Patient: name, date of birth, sex`. A record is shared whole or not at all."""
    lines = [_line(label("patient", language), Patient, language)]
    model = RECORD_MODELS[record_type]
    own = dict.fromkeys(label(name, language) for name, inner in _members(model) if not inner)
    if own:
        lines.append(listed(own, language))
    lines += dict.fromkeys(_groups(model, language, ()))
    return [*lines, titled(label("envelope", language), label("envelopeContent", language), language)]


def _groups(model: type[Part], language: str, above: tuple[type[Part], ...]) -> Iterator[str]:
    """A line for each kind of entry inside a model. Where any kind may stand, one line names the kinds."""
    for name, inner in _members(model):
        if len(inner) > 1:
            yield titled(label(name, language), listed((label(kind.__name__, language) for kind in inner), language), language)
        elif inner and inner[0] not in above:
            kind = inner[0]
            yield _line(label(kind.__name__ if "type" in kind.model_fields else name, language), kind, language)
            yield from _groups(kind, language, (*above, kind))


def _line(title: str, model: type[Part], language: str) -> str:
    own = dict.fromkeys(label(name, language) for name, inner in _members(model) if not inner)
    return titled(title, listed(own, language), language)


def _members(model: type[Part]) -> Iterator[tuple[str, list[type[Part]]]]:
    """The members of a model with the kinds of entry each may hold; none for a value."""
    for field, info in model.model_fields.items():
        if field != "type":
            yield info.alias or field, [part for part in _parts(info.annotation) if part not in VALUES]


def _parts(annotation: object) -> Iterator[type[Part]]:
    """The models inside a type: `list[Dose]`, `Annotated[Allergy | Dose, …] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        for inner in typing.get_args(annotation):
            yield from _parts(inner)
