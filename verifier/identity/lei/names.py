"""Names as they are compared in a search: width, case, accents and punctuation do not count, nor which form of Chinese it is.

`Harbour Hospital, S.A.` and `HARBOUR HOSPITAL SA` are one, `São João` and `sao joao`, `維港醫院` and `维港医院`. The Chinese part
is a table character by character, so that a part of a name folds as the whole does. It is made with OpenCC where an index is
built, and travels in the index: whoever searches needs no library.
"""

import importlib
import re
import unicodedata
from collections.abc import Iterator

_DROPPED = re.compile(r"[.'’`´·・]")
_BLANKS = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_IDEOGRAPHS = "".join(map(chr, range(0x3400, 0xA000)))


class NameFold:
    """Folds names. `pairs` is a text of traditional characters, each followed by its simplified one."""

    def __init__(self, pairs: str = "") -> None:
        self.pairs = pairs
        self._table = str.maketrans(pairs[::2], pairs[1::2])

    @classmethod
    def with_chinese(cls) -> "NameFold":
        """The fold with OpenCC's characters; without them where OpenCC is not installed."""
        try:
            converter = importlib.import_module("opencc").OpenCC("t2s")
        except ModuleNotFoundError:
            return cls()
        simple = ((character, converter.convert(character)) for character in _IDEOGRAPHS)
        return cls("".join(one + other for one, other in simple if one != other and len(other) == 1))

    def __call__(self, name: str) -> str:
        """The folded name: lower case letters and digits with single blanks between words."""
        if not name.isascii():
            parts = unicodedata.normalize("NFKD", name)
            plain = "".join([character for character in parts if not unicodedata.combining(character)])
            name = unicodedata.normalize("NFC", plain).translate(self._table)
        return _BLANKS.sub(" ", _DROPPED.sub("", name.casefold())).strip()


def has_han(folded: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _HAN.search(folded) is not None


def han_pairs(folded: str) -> Iterator[str]:
    """Every two Chinese characters that stand side by side."""
    for run in _HAN.findall(folded):
        yield from (run[place : place + 2] for place in range(len(run) - 1))


def trigrams(word: str) -> list[str]:
    """Every three characters that stand side by side."""
    return [word[place : place + 3] for place in range(len(word) - 2)]
