"""Why the clinic asks. The patient signs the purpose, so it is sent in all four languages at once: whoever reads it, reads it."""

from enum import StrEnum

from schemas.errors import InputError
from web.language import LANGUAGES, Words

WORDS_LIMIT = 120


class Purpose(StrEnum):
    TREATMENT = "treatment"
    INSURANCE = "insurance"
    CERTIFICATE = "certificate"
    OTHER = "other"


NAMES = {
    Purpose.TREATMENT: "Treatment",
    Purpose.INSURANCE: "Insurance claim",
    Purpose.CERTIFICATE: "School or work certificate",
    Purpose.OTHER: "Another purpose",
}
"""English messages; the catalogues hold the other three."""


def purpose_text(purpose: Purpose, own_words: str, words: Words) -> str:
    """What the request says and the patient signs.

    Args:
        own_words: the purpose in the clinic's words, for `other` only.

    Raises:
        InputError: `desk.purpose`, no words for `other`, too many, or words where a listed purpose already says it.
    """
    own_words = " ".join(own_words.split())
    if purpose is Purpose.OTHER:
        if not own_words or len(own_words) > WORDS_LIMIT:
            raise InputError("desk.purpose", "Say the purpose in a few words.", "Up to 120 characters.")
        return own_words
    return " · ".join(dict.fromkeys(words.say(language, NAMES[purpose]) for language in LANGUAGES))
