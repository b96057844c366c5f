"""Why a bundle does not validate, in plain words: the model's errors as a FHIR path and a reason.

The model's own messages may repeat what stands in the bundle; ours never do.
"""

import re

from pydantic import ValidationError

_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)

_REASONS = {
    "missing": "is missing, and FHIR R4 requires it",
    "model_field_validation.missing": "is missing, and FHIR R4 requires it",
    "extra_forbidden": "is not an element of FHIR R4 here",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "json_invalid": "must be an object",
    "json_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "model_validation_format": "must be an object of the right type",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "string_pattern_mismatch": "does not have the form that FHIR R4 requires",
    "string_too_long": "is too long",
    "string_too_short": "is empty",
    "greater_than_equal": "is smaller than FHIR R4 allows",
    "less_than_equal": "is larger than FHIR R4 allows",
}
_ANY_OF = re.compile(r"Expect any of field value from this list \[(?P<names>[A-Za-z', ]{1,400})\]")
_ONE_OF = re.compile(r"Any of one field value is expected")


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The FHIR path and the reason of the first error in document order."""
    first = min(error.errors(include_url=False, include_input=False), key=lambda entry: _order(entry["loc"]))
    return fhir_path(first["loc"]), _reason(first["type"], first["msg"])


def fhir_path(location: tuple[int | str, ...]) -> str:
    """`Bundle.entry[3].resource.code` for `("entry", 3, "resource", "code")`. A name that is no FHIR element becomes `?`."""
    path = "Bundle"
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "root":
            path += f".{step if _ELEMENT.fullmatch(step) else '?'}"
    return path


def _order(location: tuple[int | str, ...]) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, step, "") if isinstance(step, int) else (1, 0, step) for step in location)


def _reason(kind: str, message: str) -> str:
    if kind == "value_error" and (choice := _ANY_OF.search(message)):
        return f"needs one of {choice['names'].replace(chr(39), '')}"
    if kind == "value_error" and _ONE_OF.search(message):
        return "holds more than one of elements that exclude each other"
    return _REASONS.get(kind, "does not hold what FHIR R4 requires")
