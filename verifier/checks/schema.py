"""Content: does the credential have the form of its record type?

The published JSON Schema is compiled once and asked first, because it is asked for every verdict (12 µs for 5 kB, where an
interpreting validator takes 3 ms). Only when it says no is `schemas.json_schemas` asked where the fault is.
"""

from functools import cache
from typing import Any, Protocol

from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.errors import RecordError
from schemas.types import RecordType
from verifier.checks.form import record_types
from verifier.examination import Examination
from verifier.verdict import Check


class _Compiled(Protocol):
    def is_valid(self, instance: Any) -> bool: ...


def schema(examined: Examination) -> Check:
    """The content follows the schema of its record type; a credential of another vocabulary or data model has none here."""
    kinds = record_types(examined.types)
    contexts = examined.document["@context"]
    if not kinds or MEDCRED_V1 not in contexts or contexts[0] != CREDENTIALS_V2:
        return examined.found("schema", "schema.not_ours")
    if _compiled(kinds[0]).is_valid(examined.document):
        return examined.found("schema", "schema.ok")
    return examined.found("schema", "schema.mismatch", path=_fault(examined.document))


@cache
def _compiled(kind: RecordType) -> _Compiled:
    import jsonschema_rs

    from schemas.json_schemas import schema_for  # here, because the models behind it take a third of a second to import

    compiled: _Compiled = jsonschema_rs.validator_for(schema_for(kind))
    return compiled


def _fault(document: dict[str, Any]) -> str:
    from schemas.json_schemas import validate_credential

    try:
        validate_credential(document)
    except RecordError as error:
        return error.path
    return ""
