"""The trust list: which DIDs are hospitals, with which keys, for which record types; which ledgers and witnesses are believed.

    {"type": "MedcredTrustList", "version": "1", "sequence", "issuedAt", "expiresAt", "publisher": did:key,
     "issuers": [{"did", "lei", "jurisdiction", "state", "boundFrom", "boundUntil", "types", "keys": [...], "leiRecord": {...}}],
     "logs": [{"origin", "verifierKey", "jurisdiction"}], "witnesses": [{"name", "verifierKey"}], "witnessQuorum",
     "proof": eddsa-jcs-2022 by the publisher}

`TrustList.parse`, in order: JSON, shape (nothing missing, nothing unknown, every text of its form), agreement of the parts (a
key stands under its issuer's DID, an LEI has right check digits, no DID and no log twice), the publisher, the publisher's
signature, the sequence. A list whose date has passed still parses: how long it is believed is the policy's matter.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from ledger.keys import KeyType, VerifierKey
from schemas.errors import ConfigError, FormatError, RefusedError
from schemas.keys import decode_multikey
from schemas.types import RecordType
from verifier.documents import DuplicateMemberError, parse_stamp, read_document
from verifier.identity.did_document import did_key_document, did_of_method
from verifier.identity.json_lines import line_of
from verifier.identity.lei import LeiRecord, Standing, check_digits_ok, standing
from verifier.proofs import Outcome, check_proof, proofs_of
from verifier.verdict import stamp

MAX_BYTES = 4 * 1024 * 1024


def _stamp(value: object) -> datetime:
    at = value if isinstance(value, datetime) else parse_stamp(value)
    if at is None:
        raise ValueError("it is a time with its offset, 2026-11-24T15:00:00Z")
    return at


def _lei(value: str) -> str:
    if not check_digits_ok(value):
        raise ValueError("it is an LEI with right check digits")
    return value


def _multikey(value: str) -> str:
    try:
        decode_multikey(value)
    except FormatError as error:
        raise ValueError("it is an Ed25519 Multikey, z6Mk…") from error
    return value


def _verifier_key(kind: KeyType) -> Any:
    def check(value: str) -> str:
        try:
            key = VerifierKey.parse(value)
        except FormatError as error:
            raise ValueError("it is a verifier key, name+8 hex digits+base64") from error
        if key.type is not kind:
            raise ValueError(f"it is a verifier key of type 0x{kind:02x}")
        return value

    return Annotated[str, AfterValidator(check)]


Stamp = Annotated[datetime, BeforeValidator(_stamp), PlainSerializer(stamp)]
Lei = Annotated[str, AfterValidator(_lei)]
Did = Annotated[str, Field(pattern=r"^did:(web|key):[A-Za-z0-9._:%-]+$", max_length=1024)]
Jurisdiction = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class IssuerState(StrEnum):
    """How a hospital stands with the registrar."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


class TrustedKey(_Part):
    """A key of a hospital and the time in which it signs."""

    id: Text
    public_key_multibase: Annotated[str, AfterValidator(_multikey)]
    valid_from: Stamp
    valid_until: Stamp | None

    @cached_property
    def public_key(self) -> bytes:
        """The 32 bytes."""
        return decode_multikey(self.public_key_multibase)


class TrustedName(_Part):
    value: Text
    language: Annotated[str, Field(max_length=35)]


class TrustedLei(_Part):
    """What the LEI register said of the hospital when the registrar last asked."""

    legal_name: Text
    language: Annotated[str, Field(max_length=35)]
    other_names: tuple[TrustedName, ...]
    entity_status: Annotated[str, Field(max_length=40)]
    registration_status: Annotated[str, Field(max_length=40)]
    next_renewal_date: Stamp | None
    as_of: Stamp

    @property
    def standing(self) -> Standing:
        """Active, lapsed or ended."""
        return standing(self.entity_status, self.registration_status)

    @classmethod
    def of(cls, record: LeiRecord) -> "TrustedLei":
        """The part of an LEI record that a trust list carries."""
        return cls(
            legal_name=record.legal_name,
            language=record.language,
            other_names=tuple(TrustedName(value=name.value, language=name.language) for name in record.other_names),
            entity_status=record.entity_status,
            registration_status=record.registration_status,
            next_renewal_date=record.next_renewal,
            as_of=record.as_of,
        )


class TrustedIssuer(_Part):
    """A hospital."""

    did: Did
    lei: Lei
    jurisdiction: Jurisdiction
    state: IssuerState
    bound_from: Stamp
    bound_until: Stamp | None
    types: tuple[RecordType, ...]
    keys: tuple[TrustedKey, ...]
    lei_record: TrustedLei

    @model_validator(mode="after")
    def _keys_are_the_issuers(self) -> "TrustedIssuer":
        for key in self.keys:
            if did_of_method(key.id) != self.did or key.id == self.did:
                raise ValueError("every key's id stands under the issuer's DID")
        if len({key.id for key in self.keys}) != len(self.keys):
            raise ValueError("no key's id stands twice")
        return self

    def key(self, verification_method: str) -> TrustedKey | None:
        """The key of that id."""
        return next((key for key in self.keys if key.id == verification_method), None)


class TrustedLog(_Part):
    """A ledger whose checkpoints are believed."""

    origin: Text
    verifier_key: _verifier_key(KeyType.NOTE)  # type: ignore[valid-type]
    jurisdiction: Jurisdiction

    @model_validator(mode="after")
    def _key_is_the_logs(self) -> "TrustedLog":
        if VerifierKey.parse(self.verifier_key).name != self.origin:
            raise ValueError("the verifier key's name is the origin")
        return self


class TrustedWitness(_Part):
    """A witness whose cosignatures count."""

    name: Text
    verifier_key: _verifier_key(KeyType.COSIGNATURE)  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _key_is_the_witnesss(self) -> "TrustedWitness":
        if VerifierKey.parse(self.verifier_key).name != self.name:
            raise ValueError("the verifier key's name is the witness's name")
        return self


class TrustList(_Part):
    """A trust list whose publisher's signature holds (`parse`), or one that is about to be signed (`unsigned`)."""

    type: Literal["MedcredTrustList"]
    version: Literal["1"]
    sequence: Annotated[int, Field(ge=1, strict=True)]
    issued_at: Stamp
    expires_at: Stamp
    publisher: Annotated[str, Field(pattern=r"^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+$", max_length=100)]
    issuers: tuple[TrustedIssuer, ...]
    logs: tuple[TrustedLog, ...]
    witnesses: tuple[TrustedWitness, ...]
    witness_quorum: Annotated[int, Field(ge=0, strict=True)]

    @model_validator(mode="after")
    def _parts_agree(self) -> "TrustList":
        if self.expires_at <= self.issued_at:
            raise ValueError("expiresAt is after issuedAt")
        for names in ([one.did for one in self.issuers], [one.origin for one in self.logs], [one.name for one in self.witnesses]):
            if len(set(names)) != len(names):
                raise ValueError("no issuer, log or witness stands twice")
        if self.witness_quorum > len(self.witnesses):
            raise ValueError("witnessQuorum is at most the number of witnesses")
        return self

    @classmethod
    def parse(
        cls, data: bytes | str | Mapping[str, Any], *, publisher: str, newest: "TrustList | None" = None, file: str = ""
    ) -> "TrustList":
        """Read a signed trust list.

        Args:
            data: the file, or its JSON value.
            publisher: the did:key that must have signed it; decided beforehand, never taken from the file.
            newest: the newest list accepted before; a list with a smaller sequence is refused.
            file: its name, for errors.

        Raises:
            ConfigError: `trust.malformed`, with the line when `data` is text.
            RefusedError: `trust.publisher`, another publisher; `trust.signature`, the signature does not hold; `trust.sequence`,
                older than `newest`, or another list of the same sequence.
        """
        document, text = _read(data, file)
        body = {name: value for name, value in document.items() if name != "proof"}
        try:
            trust = cls.model_validate(body, by_alias=True, by_name=False)
        except ValidationError as error:
            raise _malformed(error, text, file) from error
        if trust.publisher != publisher:
            raise RefusedError("trust.publisher", "This trust list is by another publisher.", "Compare the publisher's did:key.")
        if not _signed(document, publisher):
            raise RefusedError("trust.signature", "The trust list's signature does not hold.", "Fetch the list again.")
        if newest and (trust.sequence < newest.sequence or (trust.sequence == newest.sequence and trust != newest)):
            raise RefusedError(
                "trust.sequence", "This trust list is older than one that was accepted before.", "Fetch the newest list again."
            )
        return trust

    def unsigned(self) -> dict[str, Any]:
        """The list as JSON without its proof, ready to be signed by the publisher."""
        return self.model_dump(mode="json", by_alias=True)

    def issuer(self, did: str) -> TrustedIssuer | None:
        """The hospital of a DID."""
        return self._issuers_by_did.get(did)

    @cached_property
    def _issuers_by_did(self) -> dict[str, TrustedIssuer]:
        return {issuer.did: issuer for issuer in self.issuers}

    @cached_property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the believed ledgers."""
        return tuple(VerifierKey.parse(log.verifier_key) for log in self.logs)

    @cached_property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the believed witnesses."""
        return tuple(VerifierKey.parse(witness.verifier_key) for witness in self.witnesses)


def _read(data: bytes | str | Mapping[str, Any], file: str) -> tuple[dict[str, Any], str]:
    if isinstance(data, Mapping):
        return dict(data), ""
    raw = data.encode() if isinstance(data, str) else data
    try:
        document = read_document(raw, max_bytes=MAX_BYTES)
    except FormatError as error:
        line = error.__cause__.lineno if isinstance(error.__cause__, json.JSONDecodeError) else 0
        raise ConfigError("trust.malformed", "This trust list is not JSON.", error.hint, file=file, line=line) from error
    except DuplicateMemberError as error:
        raise ConfigError(
            "trust.malformed", "This trust list names a member twice.", "Fetch the list again.", file=file
        ) from error
    if not isinstance(document, dict):
        raise ConfigError("trust.malformed", "This is not a trust list.", "It is a JSON object.", file=file, line=1)
    return document, raw.decode("utf-8-sig")


def _signed(document: dict[str, Any], publisher: str) -> bool:
    proofs = proofs_of(document)
    if len(proofs) != 1 or proofs[0].get("proofPurpose") != "assertionMethod":
        return False
    if proofs[0].get("cryptosuite") != "eddsa-jcs-2022":
        return False
    keys = did_key_document(publisher).keys
    key = keys.get(str(proofs[0].get("verificationMethod")))
    return key is not None and check_proof(document, proofs[0], key) is Outcome.VALID


def _malformed(error: ValidationError, text: str, file: str) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    path = list(first["loc"])
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return ConfigError(
        "trust.malformed",
        f"The trust list is wrong at {where or 'its top'}: {first['msg'].removeprefix('Value error, ')}.",
        "Ask the publisher for a corrected list.",
        file=file,
        line=line_of(text, path) if text else 0,
    )
