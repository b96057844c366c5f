"""The LEI and the role of a certificate (ISO 17442-2:2020): what stands in the two extensions, and how they are written.

Written is always a PrintableString, never critical. Read is what is found in the field: PrintableString, UTF8String, and the
2019 draft's `SEQUENCE {leiCode, [0] EXPLICIT role}`. Everything else is *malformed*, a state and not an exception: a
certificate with a malformed LEI is still a certificate, and it has no LEI. Check digits are not looked at here; an LEI with
wrong ones is well formed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import FormatError
from verifier.identity.lei import require_lei
from verifier.identity.x509.der import PRINTABLE_STRING, SEQUENCE, UTF8_STRING, element, read_element, read_elements

LEI_OID = "1.3.6.1.4.1.52266.1"
ROLE_OID = "1.3.6.1.4.1.52266.2"
_DRAFT_ROLE = 0xA0
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
_MAX_ROLE = 100


class Presence(StrEnum):
    """What an extension holds."""

    ABSENT = "absent"
    WELL_FORMED = "well-formed"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: `value` only when it is well formed, `critical` as its flag says (ISO 17442-2: never)."""

    presence: Presence = Presence.ABSENT
    value: str | None = None
    critical: bool = False


def read_lei(der: bytes, *, critical: bool = False) -> tuple[Extension, Extension]:
    """The LEI of an LEI extension, and the role when it is the 2019 draft's form; the latter else absent."""
    absent = Extension()
    try:
        tag, content, rest = read_element(der)
        if rest:
            return _malformed(critical), absent
        if tag != SEQUENCE:
            return _lei(_text(tag, content), critical), absent
        members = [(inner_tag, inner) for inner_tag, inner, _ in read_elements(content)]
        match members:
            case [(lei_tag, lei)]:
                return _lei(_text(lei_tag, lei), critical), absent
            case [(lei_tag, lei), (role_tag, wrapped)] if role_tag == _DRAFT_ROLE:
                return _lei(_text(lei_tag, lei), critical), read_role(wrapped, critical=critical)
            case _:
                return _malformed(critical), absent
    except FormatError:
        return _malformed(critical), absent


def read_role(der: bytes, *, critical: bool = False) -> Extension:
    """The role of a role extension: 1 to 100 characters."""
    try:
        tag, content, rest = read_element(der)
        role = _text(tag, content)
    except FormatError:
        return _malformed(critical)
    if rest or not 1 <= len(role) <= _MAX_ROLE or not role.isprintable():
        return _malformed(critical)
    return Extension(Presence.WELL_FORMED, role, critical)


def lei_extension(lei: str) -> bytes:
    """The DER of the LEI extension's value.

    Raises:
        FormatError: `lei.malformed`, not an LEI or wrong check digits.
    """
    require_lei(lei)
    return element(PRINTABLE_STRING, lei.encode("ascii"))


def role_extension(role: str) -> bytes:
    """The DER of the role extension's value.

    Raises:
        FormatError: `certificate.role`, not 1 to 100 characters that a PrintableString can hold.
    """
    if not 1 <= len(role) <= _MAX_ROLE or not _PRINTABLE.fullmatch(role):
        raise FormatError(
            "certificate.role",
            "A certificate cannot carry this role.",
            "Use 1 to 100 letters, digits, spaces and ' ( ) + , - . / : = ?",
        )
    return element(PRINTABLE_STRING, role.encode("ascii"))


def _text(tag: int, content: bytes) -> str:
    try:
        text = content.decode("ascii" if tag == PRINTABLE_STRING else "utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("der.malformed", "This is not text in DER.") from error
    if tag == UTF8_STRING or (tag == PRINTABLE_STRING and _PRINTABLE.fullmatch(text)):
        return text
    raise FormatError("der.malformed", "This is not text in DER.")


def _lei(text: str, critical: bool) -> Extension:
    return Extension(Presence.WELL_FORMED, text, critical) if _LEI.fullmatch(text) else _malformed(critical)


def _malformed(critical: bool) -> Extension:
    return Extension(Presence.MALFORMED, None, critical)
