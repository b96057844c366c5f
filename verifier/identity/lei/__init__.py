"""LEIs: their check digits, what a register says of them, and where that is read.

digits       form and check digits
record       one legal entity as the register has it, and what its statuses mean
freshness    how old a record may be
source       the interface; a register with an index behind it
api          the register: GLEIF's API, or one of its shape (upstream: how it is asked; answers: how it is read)
index        the register's published file on this machine (importing: how it gets there)

The register's client is imported when it is first named: who only judges records needs no HTTP.
"""

from typing import TYPE_CHECKING, Any

from verifier.identity.lei.digits import FAULTS, check_digits, check_digits_ok, fault_of, require_lei
from verifier.identity.lei.freshness import LEI_FRESHNESS, Age, LeiFreshness
from verifier.identity.lei.memory import AnswerFile, AnswerMemory
from verifier.identity.lei.record import LeiRecord, OtherName, Source, Standing, read_record, standing

if TYPE_CHECKING:
    from verifier.identity.lei.answers import Completion, Issuer
    from verifier.identity.lei.api import GLEIF, GleifApi
    from verifier.identity.lei.source import Clock, First, LeiSource, TwoSources

__all__ = [
    "FAULTS",
    "GLEIF",
    "LEI_FRESHNESS",
    "Age",
    "AnswerFile",
    "AnswerMemory",
    "Clock",
    "Completion",
    "First",
    "GleifApi",
    "Issuer",
    "LeiFreshness",
    "LeiRecord",
    "LeiSource",
    "OtherName",
    "Source",
    "Standing",
    "TwoSources",
    "check_digits",
    "check_digits_ok",
    "fault_of",
    "read_record",
    "require_lei",
    "standing",
]

_LATE = {
    "Completion": "answers",
    "Issuer": "answers",
    "GLEIF": "api",
    "GleifApi": "api",
    "Clock": "source",
    "First": "source",
    "LeiSource": "source",
    "TwoSources": "source",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
