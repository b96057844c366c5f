"""The parts of a trust list: a hospital and its keys, what proves who it is, the ledgers, the witnesses, the roots.

    issuers[]   {"did", "lei", "jurisdiction", "state", "boundFrom", "boundUntil", "types", "keys": [...], "leiRecord": {...},
                 "signers": [{"role", "types": [...]}],
                 "identity": [{"road": "vlei", "aid", "credential", "binding", "stream", "checkedAt"},
                              {"road": "certificate", "key", "sha256", "notAfter", "chain", "checkedAt"}]}
    roots[]     {"road": "vlei", "aid", "name"} · {"road": "certificate", "certificate", "name"}

`identity` says by which roads a hospital has proved to be the legal entity of its LEI, and where the proof can be read again; it
is absent in lists of registrars who looked at none. A vLEI whose binding was revoked stays named, with the stream that says so:
then everyone sees which signatures are older. `roots` are what those proofs must lead to. Everything is refused that is not
exactly of its form.
"""

import base64
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel

from ledger.keys import KeyType, VerifierKey
from schemas.errors import FormatError
from schemas.keys import decode_multikey
from schemas.types import RecordType
from verifier.documents import parse_stamp
from verifier.identity.did_document import did_of_method
from verifier.identity.lei import LeiRecord, Standing, check_digits_ok, standing
from verifier.verdict import stamp


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


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        raise ValueError("it is a certificate's DER in base64") from error
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
# CESR primitives of 44 characters: a KERI identifier (transferable, so self-addressing or an Ed25519 key) and a SAID.
Aid = Annotated[str, Field(pattern=r"^[BDEHI][A-Za-z0-9_-]{43}$")]
Said = Annotated[str, Field(pattern=r"^[EHI][A-Za-z0-9_-]{43}$")]
Url = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=2048)]
Framework = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*:[!-~]+$", max_length=2048)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Certificate = Annotated[str, AfterValidator(_base64), Field(max_length=16_384)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class IssuerState(StrEnum):
    """How a hospital stands with the registrar."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


class TrustedKey(Part):
    """A key of a hospital and the time in which it signs."""

    id: Text
    public_key_multibase: Annotated[str, AfterValidator(_multikey)]
    valid_from: Stamp
    valid_until: Stamp | None

    @cached_property
    def public_key(self) -> bytes:
        """The 32 bytes."""
        return decode_multikey(self.public_key_multibase)


class TrustedName(Part):
    value: Text
    language: Annotated[str, Field(max_length=35)]


class TrustedLei(Part):
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


ROADS = ("vlei", "certificate")


class ProvedByVlei(Part):
    """A hospital's legal entity AID holds the vLEI `credential` and has issued the DID binding `binding`.

    `stream` is where the whole chain can be read as CESR; whoever reads it checks it again.
    """

    road: Literal["vlei"] = "vlei"
    aid: Aid
    credential: Said
    binding: Said
    stream: Url
    checked_at: Stamp


class ProvedByCertificate(Part):
    """A hospital's key is certified under its LEI: `sha256` of the leaf's DER, `chain` where leaf and intermediates are (PEM).

    `key` is the verification method it was issued for; older lists do not say. A hospital that replaced its key has one for each.
    """

    road: Literal["certificate"] = "certificate"
    key: Text | None = None
    sha256: Sha256
    not_after: Stamp
    chain: Url
    checked_at: Stamp


type Proved = Annotated[ProvedByVlei | ProvedByCertificate, Field(discriminator="road")]


class SignerRule(Part):
    """People and services with this engagement context role may sign records of these types for the hospital."""

    role: Text
    types: tuple[RecordType, ...]


class TrustedIssuer(Part):
    """A hospital. Without `signers`, every role that is proved may sign what the hospital may issue."""

    did: Did
    lei: Lei
    jurisdiction: Jurisdiction
    state: IssuerState
    bound_from: Stamp
    bound_until: Stamp | None
    types: tuple[RecordType, ...]
    keys: tuple[TrustedKey, ...]
    lei_record: TrustedLei
    identity: tuple[Proved, ...] = ()
    signers: tuple[SignerRule, ...] = ()

    @model_validator(mode="after")
    def _keys_are_the_issuers(self) -> "TrustedIssuer":
        for key in self.keys:
            if did_of_method(key.id) != self.did or key.id == self.did:
                raise ValueError("every key's id stands under the issuer's DID")
        if len({key.id for key in self.keys}) != len(self.keys):
            raise ValueError("no key's id stands twice")
        certified = [road.key for road in self.identity if isinstance(road, ProvedByCertificate)]
        if any(key is not None and self.key(key) is None for key in certified):
            raise ValueError("a certificate is for a key of the issuer")
        if len(self.identity) - len(certified) > 1 or len(set(certified)) != len(certified):
            raise ValueError("no road stands twice")
        return self

    def key(self, verification_method: str) -> TrustedKey | None:
        """The key of that id."""
        return next((key for key in self.keys if key.id == verification_method), None)

    def may_sign(self, role: str, record_types: Collection[str]) -> bool:
        """Whether somebody of that role may sign a record of these types, of which one is enough."""
        return not self.signers or any(rule.role == role and set(rule.types) & set(record_types) for rule in self.signers)


class TrustedLog(Part):
    """A ledger whose checkpoints are believed."""

    origin: Text
    verifier_key: _verifier_key(KeyType.NOTE)  # type: ignore[valid-type]
    jurisdiction: Jurisdiction

    @model_validator(mode="after")
    def _key_is_the_logs(self) -> "TrustedLog":
        if VerifierKey.parse(self.verifier_key).name != self.origin:
            raise ValueError("the verifier key's name is the origin")
        return self


class TrustedWitness(Part):
    """A witness whose cosignatures count."""

    name: Text
    verifier_key: _verifier_key(KeyType.COSIGNATURE)  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _key_is_the_witnesss(self) -> "TrustedWitness":
        if VerifierKey.parse(self.verifier_key).name != self.name:
            raise ValueError("the verifier key's name is the witness's name")
        return self


class VleiRoot(Part):
    """A root AID of a vLEI ecosystem: GLEIF's, or a rehearsal's."""

    road: Literal["vlei"] = "vlei"
    aid: Aid
    name: Text


class CertificateRoot(Part):
    """A root certificate: its DER in base64."""

    road: Literal["certificate"] = "certificate"
    certificate: Certificate
    name: Text


type TrustedRoot = Annotated[VleiRoot | CertificateRoot, Field(discriminator="road")]
