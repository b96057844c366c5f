"""The console's words for the checklist, the look for duplicates, the calendar and the notices: see `words`."""

from collections.abc import Mapping
from enum import StrEnum

from issuer.console.words import HOSPITAL_REASONS, N_
from issuer.onboarding.checks.calendar import What
from issuer.onboarding.checks.duplicates import Outcome, Why
from issuer.onboarding.checks.names import NameReason, Pair, Source
from issuer.onboarding.checks.policy import Action, Event
from issuer.onboarding.checks.slots import Absent, SentBack, Slot
from issuer.onboarding.states import Reason

SLOTS: Mapping[StrEnum, str] = {
    Slot.REGISTRY_EXTRACT: N_("Registry extract"),
    Slot.LICENCE: N_("Licence of the institution"),
    Slot.ADDRESS: N_("Proof of address"),
    Slot.AUTHORITY: N_("Authority to sign for the hospital"),
    Slot.LEI_RECORD: N_("LEI record"),
    Slot.KEY: N_("Possession of the key"),
}

RESULTS: Mapping[str, str] = {
    "open": N_("Open"),
    "waiting": N_("Waits to be checked"),
    "accepted": N_("Accepted"),
    "sent_back": N_("Sent back"),
    "not_applicable": N_("Not needed"),
    "run_out": N_("Run out"),
}

RESULT_TONES: Mapping[str, str] = {
    "open": "",
    "waiting": "note",
    "accepted": "good",
    "sent_back": "bad",
    "not_applicable": "good",
    "run_out": "bad",
}

SENT_BACK: Mapping[StrEnum, str] = {
    SentBack.ILLEGIBLE: N_("cannot be read"),
    SentBack.OUT_OF_DATE: N_("out of date"),
    SentBack.OTHER_ENTITY: N_("about another legal entity"),
    SentBack.OTHER_NAME: N_("another name"),
    SentBack.NOT_CERTIFIED: N_("not certified"),
    SentBack.INCOMPLETE: N_("pages are missing"),
    SentBack.WRONG_PAPER: N_("another kind of paper"),
}

ABSENT: Mapping[StrEnum, str] = {
    Absent.PUBLIC_BODY: N_("a public body without such a paper"),
    Absent.IN_OTHER_PAPER: N_("another accepted paper says it"),
}

FIELDS: Mapping[str, str] = {
    "name": N_("Name on the paper"),
    "number": N_("Number"),
    "authority": N_("Code of the register at GLEIF (RA…)"),
    "legal_form": N_("Legal form"),
    "line": N_("Street and number"),
    "city": N_("City"),
    "region": N_("Region"),
    "postal_code": N_("Postal code"),
    "country": N_("Country, two letters"),
}

PAIRS: Mapping[StrEnum, str] = {
    Pair.SAME: N_("the same"),
    Pair.NORMALISED: N_("the same but for the way of writing"),
    Pair.DIFFERENT: N_("different"),
}

PAIR_TONES: Mapping[StrEnum, str] = {Pair.SAME: "good", Pair.NORMALISED: "good", Pair.DIFFERENT: "bad"}

NAME_SOURCES: Mapping[StrEnum, str] = {
    Source.LEI_LEGAL: N_("LEI record, legal name"),
    Source.LEI_OTHER: N_("LEI record, other name"),
    Source.REGISTRY: N_("Registry extract"),
    Source.LICENCE: N_("Licence of the institution"),
}

NAME_REASONS: Mapping[StrEnum, str] = {
    NameReason.ONE_LANGUAGE: N_("one of the two languages only"),
    NameReason.ABBREVIATION: N_("an abbreviation"),
    NameReason.SPELLING: N_("a way of spelling"),
    NameReason.FORMER_NAME: N_("a former name"),
    NameReason.TRADE_NAME: N_("the name it is known by"),
}

WHY: Mapping[StrEnum, str] = {
    Why.OWN_LEI: N_("the LEI applied with"),
    Why.NAME_SAME: N_("the same name"),
    Why.NAME_NORMALISED: N_("the same name, written otherwise"),
    Why.NAME_SIMILAR: N_("a similar name"),
    Why.NUMBER: N_("the same registration number"),
    Why.NUMBER_ELSEWHERE: N_("the same number in another register"),
    Why.ADDRESS: N_("found by the address"),
}

OUTCOMES: Mapping[StrEnum, str] = {
    Outcome.NONE: N_("None of them is this hospital"),
    Outcome.SAME_LEI: N_("This hospital is there, with the LEI applied with"),
    Outcome.OTHER_LEI: N_("This hospital is there with another LEI"),
}

DUES: Mapping[StrEnum, str] = {
    What.LEI: N_("LEI renewal"),
    What.REGISTRY_EXTRACT: N_("Registry extract"),
    What.LICENCE: N_("Licence of the institution"),
    What.ADDRESS: N_("Proof of address"),
    What.AUTHORITY: N_("Authority to sign for the hospital"),
    What.CERTIFICATE: N_("LEI certificate"),
    What.VLEI_REVIEW: N_("Review of the vLEI"),
}

EVENTS: Mapping[StrEnum, str] = {event: HOSPITAL_REASONS[Reason(event)] for event in Event}

ACTIONS: Mapping[StrEnum, str] = {
    Action.NOTE: N_("written down"),
    Action.TELL: N_("to be told"),
    Action.LAPSE: N_("issues nothing new"),
    Action.SUSPEND: N_("suspended"),
}


def missing_words(code: str) -> str:
    """The message for an entry of `Checklist.missing`."""
    if code == "duplicates":
        return N_("Look for duplicates in the LEI register")
    if code.startswith("names."):
        return N_("A name that differs, on a paper")
    return SLOTS[Slot(code)]
