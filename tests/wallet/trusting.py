"""A clinic that signs what it asks, and a publisher who lists it."""

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.keys import did_key, did_key_method, encode_multikey
from tests.wallet.samples import NOW
from verifier.proofs import sign_jcs

TRUST_URL = "http://localhost:8101/trust.json"
CLINIC_DID = "did:web:localhost%3A8103:clinic"
CLINIC_METHOD = f"{CLINIC_DID}#key-1"
CLINIC_LEI = "984500HKTESTCLIN0164"
LEGAL_NAME, ENGLISH_NAME = "大嶼示範診所", "Lantau Demonstration Clinic"
CLINIC_KEY = Ed25519PrivateKey.from_private_bytes(b"C" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"O" * 32)
PUBLISHER_KEY = Ed25519PrivateKey.from_private_bytes(b"P" * 32)
PUBLISHER = did_key(PUBLISHER_KEY.public_key().public_bytes_raw())


def multikey(key: Ed25519PrivateKey) -> str:
    return encode_multikey(key.public_key().public_bytes_raw())


def signed(message: dict[str, Any], key: Ed25519PrivateKey = CLINIC_KEY, method: str = CLINIC_METHOD) -> dict[str, Any]:
    """An invitation as the desk signs it."""
    return sign_jcs(message, key, verification_method=method, created=NOW, purpose="authentication")


def listed(**changes: Any) -> dict[str, Any]:
    """The clinic's entry in the list."""
    key = {
        "id": CLINIC_METHOD,
        "publicKeyMultibase": multikey(CLINIC_KEY),
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": None,
    }
    record = {"legalName": LEGAL_NAME, "language": "zh-Hant", "otherNames": [{"value": ENGLISH_NAME, "language": "en"}]}
    return {
        "did": CLINIC_DID,
        "lei": CLINIC_LEI,
        "jurisdiction": "HK",
        "state": "active",
        "boundFrom": "2026-01-01T00:00:00Z",
        "boundUntil": None,
        "types": [],
        "keys": [key],
        "leiRecord": record,
    } | changes


def trust_list(*issuers: dict[str, Any], key: Ed25519PrivateKey = PUBLISHER_KEY, **changes: Any) -> dict[str, Any]:
    """A list signed by its publisher, or by another in the publisher's name."""
    document = {
        "type": "MedcredTrustList",
        "version": "1",
        "sequence": 7,
        "issuedAt": "2026-11-23T06:00:00Z",
        "expiresAt": "2026-12-23T06:00:00Z",
        "publisher": PUBLISHER,
        "issuers": list(issuers),
    } | changes
    return sign_jcs(document, key, verification_method=did_key_method(PUBLISHER), created=NOW - timedelta(days=1))
