"""What is this file? Said by its form alone: nothing is verified, nothing in it is believed, nothing is fetched.

The facts are what a file claims, with keys that say so (`claimed_issuer`); never the subject and never record content.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ledger import receipt_cbor
from ledger.checkpoint import Checkpoint
from ledger.log_proof import LogProof
from ledger.notes import SignedNote
from schemas.errors import FormatError
from verifier.carried import is_carried
from verifier.documents import MAX_BYTES, DuplicateMemberError, did_of, read_document, types_of
from verifier.proofs.members import proof_members


class Kind(StrEnum):
    """Kinds of files; a stable code."""

    CARRIED_RECORD = "carried_record"
    CREDENTIAL = "credential"
    PRESENTATION = "presentation"
    STATUS_LIST = "status_list"
    RECEIPT = "receipt"
    WITNESSED_FILE = "witnessed_file"
    CHECKPOINT = "checkpoint"
    LOG_PROOF = "log_proof"
    VERDICT = "verdict"
    TRUST_LIST = "trust_list"
    DID_DOCUMENT = "did_document"
    SD_JWT = "sd_jwt"
    JWT = "jwt"
    EU_DCC = "eu_dcc"
    SMART_HEALTH_CARD = "smart_health_card"
    CESR = "cesr"
    FHIR = "fhir"
    PDF = "pdf"
    DICOM = "dicom"
    JSON = "json"
    TEXT = "text"
    BINARY = "binary"


DESCRIPTIONS = {
    Kind.CARRIED_RECORD: "a medcred record as a patient carries it, with its status lists and attachments",
    Kind.CREDENTIAL: "a W3C Verifiable Credential",
    Kind.PRESENTATION: "a W3C Verifiable Presentation",
    Kind.STATUS_LIST: "a Bitstring Status List credential",
    Kind.RECEIPT: "a ledger receipt",
    Kind.WITNESSED_FILE: "the salt and ledger receipt of a witnessed file, kept beside that file",
    Kind.CHECKPOINT: "a checkpoint of a transparency log (C2SP signed note)",
    Kind.LOG_PROOF: "a proof that an entry is in a transparency log (C2SP tlog-proof)",
    Kind.VERDICT: "what medcred said of a file; it proves nothing by itself",
    Kind.TRUST_LIST: "a medcred trust list",
    Kind.DID_DOCUMENT: "a DID document",
    Kind.SD_JWT: "a selectively disclosable token (SD-JWT)",
    Kind.JWT: "a signed token (JWT)",
    Kind.EU_DCC: "an EU Digital COVID Certificate",
    Kind.SMART_HEALTH_CARD: "a SMART Health Card",
    Kind.CESR: "a KERI or ACDC event stream (CESR)",
    Kind.FHIR: "a FHIR resource",
    Kind.PDF: "a PDF document",
    Kind.DICOM: "a DICOM image or report",
    Kind.JSON: "JSON of no kind known here",
    Kind.TEXT: "text of no kind known here",
    Kind.BINARY: "a file of no kind known here",
}

_BASE64URL = r"[A-Za-z0-9_-]+"
_JWT = re.compile(rf"{_BASE64URL}\.{_BASE64URL}\.({_BASE64URL})?")
_SD_JWT = re.compile(rf"{_BASE64URL}\.{_BASE64URL}\.{_BASE64URL}~.*", re.DOTALL)
_KERI = re.compile(rb'\s*\{"v":"(KERI|ACDC)[0-9a-f]{2}(JSON|CBOR|MGPK)')


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is, and what it claims."""

    kind: Kind
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The kind in plain words."""
        return DESCRIPTIONS[self.kind]

    def as_dict(self) -> dict[str, Any]:
        """The inspection as JSON."""
        return {"kind": self.kind.value, "description": self.description, "facts": self.facts}


def inspect(data: bytes) -> Inspection:
    """Say what a file is; any bytes have an answer."""
    if data.startswith(b"%PDF-"):
        return Inspection(Kind.PDF, {"version": data[5:8].decode("ascii", "replace")})
    if data[128:132] == b"DICM":
        return Inspection(Kind.DICOM)
    if _KERI.match(data):
        return Inspection(Kind.CESR, {"protocol": data.lstrip()[6:10].decode()})
    if len(data) > MAX_BYTES:
        return Inspection(Kind.BINARY, {"bytes": str(len(data))})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _binary(data)
    return _json(data) or _text(text)


def _json(data: bytes) -> Inspection | None:
    try:
        value = read_document(data)
    except DuplicateMemberError:
        return Inspection(Kind.JSON, {"fault": "a member stands twice"})
    except FormatError:
        return None
    if not isinstance(value, dict):
        return Inspection(Kind.JSON)
    for looks_like, kind, facts in _JSON_KINDS:
        if looks_like(value):
            return Inspection(kind, facts(value))
    return Inspection(Kind.JSON)


def _text(text: str) -> Inspection:
    stripped = text.strip()
    if stripped.startswith("HC1:"):
        return Inspection(Kind.EU_DCC)
    if stripped.startswith("shc:/"):
        return Inspection(Kind.SMART_HEALTH_CARD)
    if _SD_JWT.fullmatch(stripped):
        return Inspection(Kind.SD_JWT, _token(stripped) | {"disclosures": str(max(0, stripped.count("~") - 1))})
    if _JWT.fullmatch(stripped) and (facts := _token(stripped)):
        return Inspection(Kind.SMART_HEALTH_CARD if facts.get("zip") == "DEF" else Kind.JWT, facts)
    for read in (_checkpoint, _log_proof):
        if found := read(text):
            return found
    if re.match(r"-[A-Z][A-Za-z0-9_-]{2}", stripped) and "{" not in stripped:
        return Inspection(Kind.CESR)
    return Inspection(Kind.TEXT)


def _checkpoint(text: str) -> Inspection | None:
    """One checkpoint, or several after each other as `medcred ledger export` prints them."""
    notes = re.split(r"\n\n+(?!\u2014 )", text.strip("\n"))
    try:
        found = [Checkpoint.parse(SignedNote.parse(f"{note}\n").body) for note in notes]
    except FormatError:
        return None
    facts = {"claimed_log": ", ".join(dict.fromkeys(one.origin for one in found)), "size": str(found[-1].size)}
    return Inspection(Kind.CHECKPOINT, facts | ({"checkpoints": str(len(found))} if len(found) > 1 else {}))


def _log_proof(text: str) -> Inspection | None:
    try:
        proof = LogProof.parse(text)
    except FormatError:
        return None
    return Inspection(Kind.LOG_PROOF, {"position": str(proof.position), "claimed_log": proof.note.body.split("\n")[0]})


def _binary(data: bytes) -> Inspection:
    try:
        receipt = receipt_cbor.decode(data)
    except FormatError:
        return Inspection(Kind.BINARY, {"bytes": str(len(data))})
    return Inspection(Kind.RECEIPT, _receipt(receipt.to_json()) | {"form": "cbor"})


def _token(text: str) -> dict[str, str]:
    """The type and algorithm in a token's header."""
    encoded = text.partition(".")[0]
    try:
        header = json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    if not isinstance(header, dict):
        return {}
    return {name: header[name] for name in ("typ", "alg", "zip") if isinstance(header.get(name), str)}


def _credential(value: dict[str, Any]) -> dict[str, str]:
    contexts = value.get("@context")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    models = {"https://www.w3.org/ns/credentials/v2": "2.0", "https://www.w3.org/2018/credentials/v1": "1.1"}
    facts = {"types": ", ".join(types_of(value)), "proofs": ", ".join(_proofs(value)) or "none"}
    if isinstance(first, str) and first in models:
        facts["data_model"] = models[first]
    if issuer := did_of(value.get("issuer")):
        facts["claimed_issuer"] = issuer
    return facts


def _proofs(value: dict[str, Any]) -> list[str]:
    return [str(proof.get("cryptosuite") or proof.get("type")) for proof in proof_members(value)]


def _presentation(value: dict[str, Any]) -> dict[str, str]:
    credentials = value.get("verifiableCredential", [])
    count = len(credentials) if isinstance(credentials, list) else 1
    return {"credentials": str(count), "proofs": ", ".join(_proofs(value)) or "none"}


def _carried(value: dict[str, Any]) -> dict[str, str]:
    inner = value.get("credential")
    lists = {"status_lists": value.get("statusLists"), "attachments": value.get("attachments")}
    counts = {name: str(len(found)) for name, found in lists.items() if isinstance(found, list)}
    return (_credential(inner) if isinstance(inner, dict) else {}) | counts


def _trust_list(value: dict[str, Any]) -> dict[str, str]:
    facts = {f"claimed_{name}": str(value[name]) for name in ("publisher", "sequence", "expiresAt") if name in value}
    if isinstance(value.get("issuers"), list):
        facts["issuers"] = str(len(value["issuers"]))
    return facts


def _receipt(value: dict[str, Any]) -> dict[str, str]:
    return {name: str(value[name]) for name in ("driver", "algorithm") if name in value}


def _witnessed_file(value: dict[str, Any]) -> dict[str, str]:
    """Never the salt: who has it and the file can find the file's fingerprint in the ledger."""
    facts = {"media_type": str(value["mediaType"])} if "mediaType" in value else {}
    inner = value.get("receipt")
    return facts | _receipt(value) | (_receipt(inner) if isinstance(inner, dict) else {})


def _is_verdict(value: dict[str, Any]) -> bool:
    return isinstance(value.get("verdict"), str) and isinstance(value.get("checks"), list)


def _no_facts(_: dict[str, Any]) -> dict[str, str]:
    return {}


def _is_shc_file(value: dict[str, Any]) -> bool:
    credentials = value.get("verifiableCredential")
    return "type" not in value and isinstance(credentials, list) and all(isinstance(one, str) for one in credentials)


# The first that fits decides, so the more particular stand first.
_JSON_KINDS: tuple[tuple[Callable[[dict[str, Any]], bool], Kind, Callable[[dict[str, Any]], dict[str, str]]], ...] = (
    (is_carried, Kind.CARRIED_RECORD, _carried),
    (lambda value: value.get("type") == "MedcredTrustList", Kind.TRUST_LIST, _trust_list),
    (lambda value: value.get("type") == "LedgerReceipt", Kind.RECEIPT, _receipt),
    (lambda value: value.get("type") == "WitnessedFile", Kind.WITNESSED_FILE, _witnessed_file),
    (lambda value: "BitstringStatusListCredential" in types_of(value), Kind.STATUS_LIST, _credential),
    (lambda value: "VerifiableCredential" in types_of(value), Kind.CREDENTIAL, _credential),
    (lambda value: "VerifiablePresentation" in types_of(value), Kind.PRESENTATION, _presentation),
    (_is_verdict, Kind.VERDICT, lambda value: {"claimed_verdict": value["verdict"], "checks": str(len(value["checks"]))}),
    (lambda value: isinstance(value.get("resourceType"), str), Kind.FHIR, lambda value: {"resource": value["resourceType"]}),
    (_is_shc_file, Kind.SMART_HEALTH_CARD, _no_facts),
    (lambda value: str(value.get("id")).startswith("did:") and "verificationMethod" in value, Kind.DID_DOCUMENT, _no_facts),
)
