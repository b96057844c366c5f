"""What an LEI record means for a hospital that applies: may it be bound, and do the names agree.

Whether a record is in force is the verifier's judgement (`LeiRecord.standing`): what it would refuse is not bound here.
The name a verifier shows comes from the record. What the hospital calls itself is only compared with it.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from schemas.errors import RefusedError
from verifier.identity.lei import LEI_FRESHNESS, LeiRecord, Standing


class NameMatch(StrEnum):
    AGREE = "agree"
    DIFFER = "differ"


def require_in_order(record: LeiRecord, jurisdiction: str, at: datetime) -> None:
    """Make sure that a hospital of `jurisdiction` may be bound to this record at this time.

    Raises:
        RefusedError: `lei.stale`, `lei.lapsed`, `lei.ended`, `lei.jurisdiction`.
    """
    LEI_FRESHNESS.require_for_issuing(record.as_of, at)
    if record.standing is Standing.LAPSED:
        raise RefusedError(
            "lei.lapsed",
            "The registration of this LEI has lapsed.",
            "The hospital renews it with its LEI issuer; then check again.",
        )
    if record.standing is not Standing.ACTIVE:
        raise RefusedError(
            "lei.ended",
            "This LEI is no longer in force, or its entity is not active.",
            "Apply with the LEI of the entity as it is today.",
        )
    if not same_jurisdiction(record, jurisdiction):
        raise RefusedError(
            "lei.jurisdiction",
            "The LEI record is of another jurisdiction than the hospital.",
            "Compare the jurisdiction in agents.yml with the record.",
        )


def same_jurisdiction(record: LeiRecord, jurisdiction: str) -> bool:
    """Whether the record is of this jurisdiction; `CN-GD` is a part of `CN` (ISO 3166-2), and none is no jurisdiction."""
    return record.jurisdiction.partition("-")[0] == jurisdiction.partition("-")[0]


def recorded_names(record: LeiRecord) -> list[str]:
    """Every name in the record, the legal name first."""
    return [record.legal_name, *(other.value for other in record.other_names)]


def compare_names(applied: str, recorded: Iterable[str]) -> NameMatch:
    """Whether the name applied with is one of the recorded names, or several of them one after another.

    Hospitals here write their name in two languages side by side; the record holds each by itself. Case, width,
    spaces and punctuation do not count. A part that is not in the record makes the whole differ: `Harbour Hospital
    Pharmacy` is not `Harbour Hospital`.
    """
    names = sorted({_plain(name) for name in recorded} - {""}, key=len, reverse=True)
    rest = _plain(applied)
    if not rest:
        return NameMatch.DIFFER
    while rest:
        part = next((name for name in names if rest.startswith(name)), None)
        if part is None:
            return NameMatch.DIFFER
        rest = rest.removeprefix(part)
    return NameMatch.AGREE


def _plain(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())
