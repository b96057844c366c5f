"""Is the patient of a record the patient of the wallet? What the bundle says is compared with what the identity check kept.

    identifier   a number in the bundle is the document's, by its salted digest; a national number of the same kind that is
                 another one is another person's
    name         in any script, order, width and case, with or without accents, in traditional or simplified characters; scripts
                 that only one side has are not compared
    birth date   by salted digest, where the check kept one
    sex          the same

    same       the document's number with nothing against it; or a name that agrees with nothing against it; or a birth date
               that agrees where the names have no script in common
    other      another national number; or a name with nothing in common and no birth date that agrees; or two of the three differ
    doubtful   everything else: a person must compare, and say so

Names of one person are written in many ways, and two persons have one name: the comparison only stops what is clearly wrong.
It says which fact differs, never what it is.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from opencc import OpenCC

from issuer.patients.identity import DocumentType, fact_digest, number_digest
from issuer.patients.tables import PatientIdentity
from schemas.errors import InputError
from schemas.fhir import Bundle
from schemas.fhir.people import patient
from schemas.records.people import PersonName

NATIONAL = {DocumentType.HONG_KONG_ID: "NNHKG", DocumentType.MAINLAND_ID: "NNCHN", DocumentType.MACAO_ID: "NNMAC"}
"""Codes of HL7 table 0203 for numbers a person keeps for life; a passport's number changes and proves nothing when it differs."""

_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")


class Likeness(StrEnum):
    SAME = "same"
    DOUBTFUL = "doubtful"
    OTHER = "other"


class Match(StrEnum):
    AGREES = "agrees"
    SIMILAR = "similar"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """One side does not say it, or not in a way that can be compared."""


@dataclass(frozen=True)
class Comparison:
    """What the comparison of each fact gave."""

    identifier: Match
    name: Match
    birth_date: Match
    sex: Match

    @property
    def likeness(self) -> Likeness:
        person = (self.name, self.birth_date, self.sex)
        against = person.count(Match.DIFFERS)
        if self.identifier is Match.DIFFERS or (against > 1 and self.identifier is not Match.AGREES):
            return Likeness.OTHER
        if self.name is Match.DIFFERS and Match.AGREES not in (self.identifier, self.birth_date):
            return Likeness.OTHER
        if against:
            return Likeness.DOUBTFUL
        agrees = Match.AGREES in (self.identifier, self.name) or (self.name, self.birth_date) == (Match.UNKNOWN, Match.AGREES)
        return Likeness.SAME if agrees else Likeness.DOUBTFUL

    def facts(self) -> Mapping[str, Match]:
        """By the name of the fact, in the order a person compares them."""
        return {"name": self.name, "birth_date": self.birth_date, "sex": self.sex, "identifier": self.identifier}


def compare(known: PatientIdentity, bundle: Bundle) -> Comparison:
    """The bundle's patient against the identity check.

    Raises:
        RecordError: the bundle has no patient with a name.
    """
    said = patient(bundle.patient)
    return Comparison(
        identifier=_identifier(known, bundle.patient.content.get("identifier") or ()),
        name=compare_names(known.display_name, said.names),
        birth_date=_fact("birth_date", said.birth_date, known.birth_digest, known.document_salt),
        sex=_fact("sex", said.sex if said.sex in ("female", "male") else None, known.sex_digest, known.document_salt),
    )


def compare_names(known: str, said: Iterable[PersonName]) -> Match:
    """A name as the desk wrote it, perhaps in two scripts side by side, against all names of a record."""
    names = list(said)
    characters, words = _compare_han(_han(known), names), _compare_words(_words(known), names)
    # The same characters romanised in another way are the same name; the same sound in other characters may be another's.
    if characters is Match.UNKNOWN:
        return words
    if characters is Match.DIFFERS and words in (Match.AGREES, Match.SIMILAR):
        return Match.SIMILAR
    return characters


def _compare_han(known: str, said: list[PersonName]) -> Match:
    others = {text for name in said if (text := _han(name.full))}
    if not known or not others:
        return Match.UNKNOWN
    if known in others:
        return Match.AGREES
    known, others = _simplified(known), {_simplified(other) for other in others}
    if known in others:
        return Match.AGREES
    # Characters that several traditional ones became in the mainland, and variants no table has: a person compares.
    return Match.SIMILAR if any(set(known) & set(other) for other in others) else Match.DIFFERS


def _simplified(characters: str) -> str:
    """陳 as 陈: Hong Kong and Macao write one, the mainland the other, on documents of the same person."""
    return str(_converter().convert(characters))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _compare_words(known: frozenset[str], said: list[PersonName]) -> Match:
    others = {words for name in said if (words := _words(name.full))}
    if not known or not others:
        return Match.UNKNOWN
    if any(_same_words(known, other) for other in others):
        return Match.AGREES
    return Match.SIMILAR if any(known & other for other in others) else Match.DIFFERS


def _same_words(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names are the same but for order and spaces: `Chen Xiaoming` and `Xiao Ming Chen`."""
    fewer, more = sorted((one, other), key=len)
    left = set(more)
    for word in fewer:
        parts = [part for part in left if part in word]
        if len("".join(parts)) != len(word):
            return False
        left -= set(parts)
    return not left


def _han(text: str) -> str:
    return "".join(_HAN.findall(unicodedata.normalize("NFKC", text)))


def _words(text: str) -> frozenset[str]:
    """The words that are not Chinese, without accents and case."""
    plain = unicodedata.normalize("NFKD", _HAN.sub(" ", unicodedata.normalize("NFKC", text)))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return frozenset(re.findall(r"[^\W_]+", letters))


def _fact(kind: str, said: object, digest: bytes | None, salt: bytes) -> Match:
    if said is None or digest is None:
        return Match.UNKNOWN
    text = str(said)
    if kind == "birth_date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return Match.UNKNOWN  # a year or a month only
    return Match.AGREES if hmac.compare_digest(fact_digest(kind, text, salt), digest) else Match.DIFFERS


def _identifier(known: PatientIdentity, identifiers: Iterable[Mapping[str, Any]]) -> Match:
    kind = DocumentType(known.document_type)
    found = Match.UNKNOWN
    for identifier in identifiers:
        try:
            digest = number_digest(kind, str(identifier.get("value") or ""), known.document_salt)
        except InputError:
            continue
        if hmac.compare_digest(digest, known.document_digest):
            return Match.AGREES
        if kind in NATIONAL and NATIONAL[kind] in _codes(identifier):
            found = Match.DIFFERS
    return found


def _codes(identifier: Mapping[str, Any]) -> Iterator[str]:
    for coding in (identifier.get("type") or {}).get("coding") or ():
        yield coding.get("code") or ""
