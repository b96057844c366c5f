"""The trust list: which DIDs are hospitals, with which keys, for which record types; which ledgers and witnesses are believed.

    {"type": "MedcredTrustList", "version": "1", "sequence", "issuedAt", "expiresAt", "publisher": did:key,
     "issuers": [{"did", "lei", "jurisdiction", "state", "boundFrom", "boundUntil", "types", "keys": [...], "leiRecord": {...}}],
     "logs": [{"origin", "verifierKey", "jurisdiction"}], "witnesses": [{"name", "verifierKey"}], "witnessQuorum",
     "roots": [...], "framework": URI of the rules by which the registrar decides,
     "proof": eddsa-jcs-2022 by the publisher}

`verifier.identity.trusted` has the parts. `TrustList.parse`, in order: JSON, shape (nothing missing, nothing unknown, every text
of its form), agreement of the parts (a key stands under its issuer's DID, an LEI has right check digits, no DID and no log
twice), the publisher, the publisher's signature, the sequence. A list whose date has passed still parses: how long it is
believed is the policy's matter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from ledger.keys import VerifierKey
from schemas.errors import ConfigError, FormatError, RefusedError
from schemas.types import RecordType
from verifier.documents import DuplicateMemberError, read_document
from verifier.identity.did_document import did_key_document
from verifier.identity.json_lines import line_of
from verifier.identity.trusted import (
    ROADS,
    Framework,
    IssuerState,
    Part,
    Stamp,
    TrustedIssuer,
    TrustedLog,
    TrustedRoot,
    TrustedWitness,
)
from verifier.proofs import Outcome, check_proof, proofs_of

MAX_BYTES = 4 * 1024 * 1024

# Why somebody may or may not, as a sentence.
_WHY = {
    "listed": "The hospital is on the trust list for this record type.",
    "unknown": "No hospital of the trust list has this DID.",
    "lapsed": "The LEI of this hospital has lapsed.",
    "suspended": "This hospital is suspended.",
    "not_bound_then": "This hospital was not bound at that time.",
    "type_not_listed": "The hospital is on the trust list, but not for this record type.",
    "out_of_date": "The trust list at hand says nothing about that time.",
}


@dataclass(frozen=True, slots=True)
class Authorization:
    """Whether somebody may, and the code and sentence of why."""

    authorized: bool
    reason: str

    @property
    def message(self) -> str:
        """The reason in one sentence."""
        return _WHY[self.reason]


class TrustList(Part):
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
    roots: tuple[TrustedRoot, ...] = ()
    framework: Framework | None = None

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
        said = self.model_dump(mode="json", by_alias=True)
        roads = [road for issuer in said["issuers"] for road in issuer["identity"]]
        for part in (said, *said["issuers"], *roads):
            for optional in ("roots", "identity", "signers", "framework", "key"):
                if part.get(optional, ...) in ([], None):
                    del part[optional]
        return said

    def issuer(self, did: str) -> TrustedIssuer | None:
        """The hospital of a DID."""
        return self._issuers_by_did.get(did)

    def may_issue(self, did: str, record_type: RecordType, at: datetime) -> Authorization:
        """Whether a hospital may issue records of a type at a time, by this list."""
        if not self.issued_at <= at <= self.expires_at:
            return Authorization(False, "out_of_date")
        issuer = self.issuer(did)
        if issuer is None:
            return Authorization(False, "unknown")
        if issuer.state is not IssuerState.ACTIVE:
            return Authorization(False, issuer.state.value)
        if at < issuer.bound_from or (issuer.bound_until is not None and at >= issuer.bound_until):
            return Authorization(False, "not_bound_then")
        return Authorization(True, "listed") if record_type in issuer.types else Authorization(False, "type_not_listed")

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
    # The road of a proof or a root is how its kind was told apart, and no step of the path in the file.
    path = [step for before, step in pairwise(["", *first["loc"]]) if not (isinstance(before, int) and step in ROADS)]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return ConfigError(
        "trust.malformed",
        f"The trust list is wrong at {where or 'its top'}: {first['msg'].removeprefix('Value error, ')}.",
        "Ask the publisher for a corrected list.",
        file=file,
        line=line_of(text, path) if text else 0,
    )
