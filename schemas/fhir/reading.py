"""Reading a FHIR R4 bundle: strict JSON, then the R4B model, then what the model lets through, then one patient.

Order: size, JSON (`schemas.strict_json`), the size limits of a bundle, the strict model of `fhir.resources`, the JSON shape
(the model would read a text as an object and "5" as a number), full URLs, the patient.

The model only judges. Records are drawn from the JSON as written, so that a partial date stays partial and 5.0 stays 5.0.
A refusal says the FHIR path and a reason in our words; it never repeats a value of the bundle.
"""

from decimal import Decimal
from typing import Any

from fhir.resources.R4B.bundle import Bundle as BundleModel
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from pydantic import ValidationError

from schemas.errors import FormatError, RecordError
from schemas.fhir.bundle import Bundle, Json, fault
from schemas.fhir.reasons import first_fault
from schemas.strict_json import check_values, read_json

MAX_BYTES = 8 * 1024 * 1024
MAX_ENTRIES = 5_000


def read_bundle(data: bytes | Json) -> Bundle:
    """The bundle in some JSON.

    Args:
        data: UTF-8 JSON, or its parsed value. Give the bytes: a parser that makes floats loses the last zero of `5.0`.

    Raises:
        RecordError: `record.invalid`; `path` is where in FHIR terms, the message says why.
    """
    content = _parse(data)
    if not isinstance(content, dict) or content.get("resourceType") != "Bundle":
        raise fault("Bundle", "this is not a FHIR Bundle")
    entries = content.get("entry")
    if isinstance(entries, list) and len(entries) > MAX_ENTRIES:
        raise fault("Bundle.entry", f"more than {MAX_ENTRIES} entries")
    _check_shape(_validate(content), content, "Bundle")
    bundle = Bundle(content)
    _check_full_urls(bundle)
    _ = bundle.patient
    return bundle


def _parse(data: bytes | Json) -> Any:
    try:
        if isinstance(data, bytes):
            return read_json(data, max_bytes=MAX_BYTES)
        check_values(data)
    except FormatError as error:
        raise RecordError("record.invalid", error.message, error.hint, path="Bundle") from None
    return _without_floats(data)


def _without_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_floats(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_floats(inner) for inner in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _validate(content: Json) -> FHIRAbstractModel:
    try:
        model: FHIRAbstractModel = BundleModel.model_validate(content)
    except ValidationError as error:
        path, reason = first_fault(error)
        raise fault(path, reason) from None
    except (ValueError, TypeError, LookupError, AttributeError, ImportError, ArithmeticError, RecursionError):
        # What the model does with a resource type it does not know, or with nonsense of the wrong kind.
        raise fault("Bundle", "holds a resource type that FHIR R4 does not know, or a value of the wrong kind") from None
    return model


def _check_shape(model: object, content: object, path: str) -> None:
    """Compare the kinds of JSON values with what the model made of them."""
    if isinstance(model, FHIRAbstractModel):
        if not isinstance(content, dict):
            raise fault(path, "must be an object")
        for name, info in type(model).model_fields.items():
            key = info.alias or name
            if key in content:
                if content[key] is None:
                    raise fault(f"{path}.{key}", "is null; leave it out instead")
                _check_shape(getattr(model, name), content[key], f"{path}.{key}")
    elif isinstance(model, list):
        if not isinstance(content, list) or len(content) != len(model):
            raise fault(path, "must be an array")
        for index, (inner, written) in enumerate(zip(model, content, strict=True)):
            _check_shape(inner, written, f"{path}[{index}]")
    elif model is not None and not _same_kind(model, content):
        raise fault(path, "is a JSON value of the wrong kind")


def _same_kind(model: object, content: object) -> bool:
    if isinstance(model, bool) or isinstance(content, bool):
        return isinstance(model, bool) and isinstance(content, bool)
    if isinstance(model, int | Decimal | float):
        return isinstance(content, int | Decimal)
    return isinstance(content, str)


def _check_full_urls(bundle: Bundle) -> None:
    """FHIR R4 bdl-7: a full URL is unique in a bundle, or a reference would have two meanings."""
    seen: set[tuple[str, object]] = set()
    for resource in bundle.resources:
        if resource.url is None:
            continue
        key = (resource.url, (resource.content.get("meta") or {}).get("versionId"))
        if key in seen:
            raise fault(resource.path.removesuffix(".resource") + ".fullUrl", "stands in more than one entry")
        seen.add(key)
