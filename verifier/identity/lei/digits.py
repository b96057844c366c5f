"""The form and the check digits of an LEI (ISO 17442-1; ISO/IEC 7064 MOD 97-10).

Only the 20 characters themselves are an LEI. Lower case, blanks, full-width letters and other scripts' digits are faults with
names of their own, never mended in silence: whoever compares two LEIs later compares bytes.
"""

import re

from schemas.errors import FormatError

_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
# 98 minus a remainder of 0 to 96 is 02 to 98: no LEI ends in these, though 00, 01 and 99 fit the arithmetic like 97, 98 and 02.
_NEVER = frozenset({"00", "01", "99"})
# int() reads a letter in base 36 as its number in ISO/IEC 7064: A is 10, Z is 35.
_NUMBERS = {ord(character): str(int(character, 36)) for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

FAULTS: dict[str, str] = {
    "lei.length": "an LEI has 20 characters",
    "lei.blanks": "there are blanks around or inside it",
    "lei.lower_case": "an LEI has capital letters only",
    "lei.characters": "an LEI has the digits 0-9 and the letters A-Z only",
    "lei.letters_at_end": "the last two characters of an LEI are digits",
    "lei.reserved_digits": "check digits are never 00, 01 or 99",
    "lei.check_digits": "check digits do not fit (ISO 7064 MOD 97-10)",
}
"""What can be wrong with the text of an LEI: reason code and words."""


def fault_of(lei: str) -> str | None:
    """What is wrong with this text as an LEI, the first of `FAULTS` that applies; None when nothing is."""
    if _LEI.fullmatch(lei):
        if lei[18:] in _NEVER:
            return "lei.reserved_digits"
        return None if _number(lei) % 97 == 1 else "lei.check_digits"
    if any(character.isspace() for character in lei):
        return "lei.blanks"
    if len(lei) != 20:
        return "lei.length"
    if not lei.isascii() or not lei.isalnum():
        return "lei.characters"
    return "lei.lower_case" if lei != lei.upper() else "lei.letters_at_end"


def check_digits_ok(lei: str) -> bool:
    """Whether a text is an LEI with right check digits."""
    return fault_of(lei) is None


def check_digits(first_18: str) -> str:
    """The two check digits for the first 18 characters of an LEI.

    Raises:
        FormatError: `lei.malformed`, not 18 digits and capital letters.
    """
    if not _LEI.fullmatch(f"{first_18}00"):
        raise FormatError("lei.malformed", "An LEI starts with 18 digits and capital letters.", "Look for lower case and spaces.")
    return f"{98 - _number(f'{first_18}00') % 97:02d}"


def require_lei(lei: str) -> str:
    """The LEI itself, when its check digits are right.

    Raises:
        FormatError: `lei.malformed`.
    """
    if fault := fault_of(lei):
        raise FormatError("lei.malformed", f"This is not an LEI: {FAULTS[fault]}.", "Compare all 20 characters.")
    return lei


def _number(lei: str) -> int:
    return int(lei.translate(_NUMBERS))
