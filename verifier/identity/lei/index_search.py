"""Finding names in an index: candidates from its tables, then the names themselves decide and are put in order.

    the very name, and names that begin so       from the table of folded names, always looked at
    names with all the words in them             from the full-text tables, at most `_CANDIDATES`

The full-text tables are asked for the rarest three characters of each word: lists of names that are short are quickly joined.
Words that stand in very many names are therefore not searched through to the end: the best answers are in the first line, and a
second word or a country makes the rest few.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.identity.lei.index_form import country_gram, country_word
from verifier.identity.lei.names import NameFold, han_pairs, has_han, trigrams

_LONGEST = 200
_WORDS = 8
_CANDIDATES = 300
_BEGINNINGS = 200
_LIKENESS = 0.4
_BY_GRAMS = (
    "SELECT lei, folded FROM (SELECT rowid FROM name_grams WHERE name_grams MATCH ? LIMIT ?) JOIN name ON name.id = rowid "
    "WHERE ? IN ('', country)"
)
_BY_PAIRS = (
    "SELECT lei, folded FROM (SELECT rowid FROM name_pairs WHERE name_pairs MATCH ? LIMIT ?) JOIN name ON name.id = rowid "
    "WHERE ? IN ('', country)"
)
_HOW_MANY = "SELECT names FROM gram WHERE gram = ?"
_BY_BEGINNING = (
    "SELECT lei, folded FROM (SELECT lei, folded, country FROM name WHERE folded >= ? AND folded < ? ORDER BY folded LIMIT 2000) "
    "WHERE ? IN ('', country) LIMIT ?"
)
_VERY_NAME = "SELECT lei, folded FROM name WHERE folded = ? AND ? IN ('', country) LIMIT ?"

type Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Near:
    """An LEI and the folded name it was found by."""

    lei: str
    name: str


class NameSearch:
    """Searches the names of one open index."""

    def __init__(self, database: sqlite3.Connection, fold: NameFold) -> None:
        self._database = database
        self._fold = fold

    def search(self, text: str, country: str, most: int) -> Sequence[Near]:
        """Names with every word of `text` in them, the best first."""
        whole = self._fold(text[:_LONGEST])
        words = whole.split()[:_WORDS]
        if not words:
            return ()
        held = self._holding(words, country)
        fit = [name for name in [*self._beginning(whole, country), *held] if all(word in name[1] for word in words)]
        if not fit and len(held) == _CANDIDATES:
            # None of the first ones that have the rare parts has the words: then it is worth asking for every part.
            fit = [name for name in self._holding(words, country, every=True) if all(word in name[1] for word in words)]
        return _best(fit, most, lambda name: _order(whole, name[1]))

    def similar(self, text: str, country: str, most: int) -> Sequence[Near]:
        """Names like `text`, the likest first. A slip of the pen spoils one half of a text; the other half finds the name."""
        whole = self._fold(text[:_LONGEST])
        middle = len(whole) // 2
        names: list[Name] = []
        for half in (whole[:middle], whole[middle:]):
            if len(half) >= 3:
                names += self._rows(_BY_GRAMS, self._rarest([half], country), country)
        wanted = set(trigrams(whole))
        like = {name: _likeness(wanted, set(trigrams(name[1]))) for name in names}
        return _best([name for name in like if like[name] >= _LIKENESS], most, lambda name: (-like[name], name[1]))

    def _beginning(self, whole: str, country: str) -> Iterable[Name]:
        very = self._database.execute(_VERY_NAME, (whole, country, _BEGINNINGS)).fetchall()
        after = whole + "\U0010ffff"
        return [*very, *self._database.execute(_BY_BEGINNING, (whole, after, country, _BEGINNINGS)).fetchall()]

    def _holding(self, words: Sequence[str], country: str, *, every: bool = False) -> Sequence[Name]:
        long = [word for word in words if len(word) >= 3]
        if long:
            parts = [gram for word in long for gram in trigrams(word)] if every else self._rarest(long, country)
            return self._rows(_BY_GRAMS, parts, country)
        pairs = [pair for word in words if has_han(word) for pair in han_pairs(word)]
        return self._rows(_BY_PAIRS, [*pairs, *_in(country_word, country)], country) if pairs else ()

    def _rarest(self, words: Sequence[str], country: str) -> list[str]:
        """What to ask for: the rarest trigram alone when it is rare, else the rarest of each word, one more, and the country."""
        grams = [sorted((self._how_many(gram), gram) for gram in set(trigrams(word))) for word in words]
        rarest = min(word[0] for word in grams)
        if rarest[0] <= _CANDIDATES:
            return [rarest[1]]
        more = sorted(gram for word in grams for gram in word[1:])[:1]
        return [gram for _, gram in sorted([*(word[0] for word in grams), *more])] + _in(country_gram, country)

    def _how_many(self, gram: str) -> int:
        # One that came with a delta is not counted, and as rare as it can be.
        row = self._database.execute(_HOW_MANY, (gram,)).fetchone()
        return row[0] if row else 0

    def _rows(self, statement: str, terms: Iterable[str], country: str) -> list[Name]:
        # Folded names hold letters, digits and blanks, so nothing in a term can end its quotes.
        query = " AND ".join(f'"{term}"' for term in dict.fromkeys(terms))
        return self._database.execute(statement, (query, _CANDIDATES, country)).fetchall()


def _in(term: Callable[[str], str], country: str) -> list[str]:
    return [term(country)] if country else []


def _order(whole: str, name: str) -> tuple[bool, bool, bool, bool, int, str]:
    return (
        name != whole,
        not name.startswith(f"{whole} "),
        not name.startswith(whole),
        f" {whole} " not in f" {name} ",
        len(name),
        name,
    )


def _likeness(wanted: set[str], had: set[str]) -> float:
    return len(wanted & had) / len(wanted | had) if wanted | had else 0.0


def _best(names: Iterable[Name], most: int, order: Callable[[Name], tuple[Any, ...]]) -> Sequence[Near]:
    best: dict[str, str] = {}
    for lei, name in sorted(dict.fromkeys(names), key=order):
        best.setdefault(lei, name)
        if len(best) == most:
            break
    return [Near(lei, name) for lei, name in best.items()]
