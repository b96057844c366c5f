"""One JSON Schema (2020-12) a credential type: what is published, and what every credential is checked against.

The schemas are generated from the models when first asked for and kept. They are not checked in beside them: two copies of nine
large files would drift, and a reviewer would skip them; a test pins the digest of each published schema instead, so that a
change of a model that changes version 1 is seen.

Order of `validate_credential`: the type, then the whole credential against its schema. Closed everywhere: a member that no
schema names would travel under the hospital's signature without ever being shown to a reader. A refusal says the path and the
rule, never the value.
"""

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from schemas.contexts import CREDENTIALS_V2, MEDCRED_V1
from schemas.errors import RecordError
from schemas.records import subject_model
from schemas.types import RecordType, record_type_of

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATE_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$"
_URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:\S+$", "maxLength": 2000}
_WORDS = {"type": "string", "minLength": 1, "maxLength": 1000}

_RULES = {
    "type": "is of the wrong JSON type",
    "pattern": "does not have the required form",
    "enum": "is not one of the allowed values",
    "const": "is not the required value",
    "minItems": "has too few items",
    "maxItems": "has too many items",
    "minLength": "is empty or too short",
    "maxLength": "is too long",
    "uniqueItems": "holds the same item twice",
    "additionalProperties": "holds a member that the schema does not know",
    "oneOf": "is none of the allowed kinds",
    "anyOf": "is none of the allowed kinds",
}


def schema_for(record_type: RecordType) -> dict[str, Any]:
    """The JSON Schema of one credential type; the caller may change the copy."""
    return copy.deepcopy(_schema(record_type))


def validate_credential(credential: Mapping[str, Any]) -> None:
    """Check a credential, signed or not, bound or not, against the schema of its type.

    Raises:
        RecordError: `record.unknown_type`; `record.schema` with the path of the first fault.
    """
    record_type = record_type_of(credential)
    fault = best_match(_validator(record_type).iter_errors(dict(credential)))
    if fault is not None:
        path = _path(fault.absolute_path)
        raise RecordError(
            "record.schema",
            f"{path or 'The credential'} {_rule(fault)}.",
            f"The schema is {record_type.schema_id}.",
            path=path,
        )


@cache
def _validator(record_type: RecordType) -> Draft202012Validator:
    return Draft202012Validator(_schema(record_type))


@cache
def _schema(record_type: RecordType) -> dict[str, Any]:
    subject = subject_model(record_type).model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions = subject.pop("$defs")
    return {
        "$schema": _DIALECT,
        "$id": record_type.schema_id,
        "title": record_type.value,
        **_closed(
            {
                "@context": {"const": [CREDENTIALS_V2, MEDCRED_V1]},
                "id": _URI,
                "type": {"const": ["VerifiableCredential", record_type.value]},
                "issuer": {"type": "string", "pattern": r"^did:[a-z0-9]+:\S+$", "maxLength": 2000},
                "validFrom": {"type": "string", "pattern": _DATE_TIME},
                "validUntil": {"type": "string", "pattern": _DATE_TIME},
                "name": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Text"}},
                "credentialStatus": {"type": "array", "minItems": 1, "maxItems": 8, "items": _STATUS},
                "credentialSchema": _closed({"id": {"const": record_type.schema_id}, "type": {"const": "JsonSchema"}}),
                "relatedResource": {"type": "array", "minItems": 1, "maxItems": 64, "items": _RELATED},
                "fingerprint": _FINGERPRINT,
                "signer": _SIGNER,
                "credentialSubject": subject,
                "proof": {"type": ["object", "array"]},
            },
            optional=("validUntil", "relatedResource", "signer", "proof"),
        ),
        "$defs": definitions,
    }


def _closed(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_STATUS = _closed(
    {
        "id": _URI,
        "type": {"const": "BitstringStatusListEntry"},
        "statusPurpose": {"enum": ["revocation", "suspension"]},
        "statusListIndex": {"type": "string", "pattern": "^(0|[1-9][0-9]{0,9})$"},
        "statusListCredential": _URI,
    },
    optional=("id",),
)
_RELATED = _closed(
    {
        "id": _URI,
        "mediaType": _WORDS,
        "digestSRI": {"type": "string", "pattern": "^sha384-[A-Za-z0-9+/]{64}$"},
        "digestMultibase": {"type": "string", "pattern": "^u[A-Za-z0-9_-]{46}$"},
    }
)
_FINGERPRINT = _closed(
    {
        "type": {"const": "SaltedFingerprint"},
        "algorithm": {"enum": ["sha-256", "sm3"]},
        "salt": {"type": "string", "pattern": "^u[A-Za-z0-9_-]{22,86}$"},
    }
)
# Who signed for the hospital: a key and a role. The person's name stands in the ECR credential only.
_SIGNER = _closed({"id": {"type": "string", "pattern": "^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$"}, "role": _WORDS})


def _path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")


def _rule(fault: ValidationError) -> str:
    if fault.validator == "required" and isinstance(fault.instance, Mapping):
        needed: list[str] = list(cast("list[str]", fault.validator_value))
        missing = [name for name in needed if name not in fault.instance]
        return f"lacks {', '.join(missing)}"
    return _RULES.get(str(fault.validator), "does not follow its schema")
