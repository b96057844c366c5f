"""The document a clerk looked at: what is kept is its kind and a salted digest of its number, never the number.

The digest is HMAC-SHA-256 under a random salt of the patient's own, over the kind and the number in one normal form, so that
the same card is recognised at the next visit while two rows of one person at two hospitals have nothing in common. Date of
birth and sex are kept in the same way, to be compared with what a record says. A document number has few digits, a date of birth
fewer: whoever holds the vault can try them all, so the digests stay in the vault with the name.
"""

import hashlib
import hmac
import re
import unicodedata
from enum import StrEnum

from schemas.errors import InputError

SALT_BYTES = 16


class DocumentType(StrEnum):
    HONG_KONG_ID = "hong_kong_id"
    MAINLAND_ID = "mainland_id"
    MACAO_ID = "macao_id"
    MAINLAND_TRAVEL_PERMIT = "mainland_travel_permit"
    PASSPORT = "passport"
    BIRTH_CERTIFICATE = "birth_certificate"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


def fact_digest(fact: str, value: str, salt: bytes) -> bytes:
    """The 32 bytes kept in place of a fact about a person.

    Args:
        fact: `birth_date` (value `1990-06-21`) or `sex`.
        salt: the patient's own.
    """
    return hmac.digest(salt, f"{fact}\0{value}".encode(), hashlib.sha256)


def number_digest(document: DocumentType, number: str, salt: bytes) -> bytes:
    """The 32 bytes kept in place of a document number.

    Args:
        document: the kind of document.
        number: as typed; spaces, hyphens, brackets, width and case do not matter.
        salt: the patient's own SALT_BYTES random bytes.

    Raises:
        InputError: `patient.document_number`, not 4 to 24 letters and digits.
    """
    plain = re.sub(r"[\s()\-‐-―]", "", unicodedata.normalize("NFKC", number)).upper()
    if not re.fullmatch(r"[A-Z0-9]{4,24}", plain):
        raise InputError(
            "patient.document_number",
            "The document number is not 4 to 24 letters and digits.",
            "Type it as printed on the document.",
        )
    return hmac.digest(salt, f"{document}\0{plain}".encode(), hashlib.sha256)
