"""What a clinic asks, there and back, and requests that must not be read as one."""

import copy
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.request import PresentationRequest, type_iri
from schemas.contexts import medcred_context
from schemas.errors import FormatError
from schemas.types import RecordType

REQUEST = PresentationRequest(
    challenge="0b5e1ba4-9a04-4a6f-9b8f-3c9d3a4a9f51",
    domain="did:web:clinic.example",
    purpose="Treatment today",
    types=["ImmunizationCredential", "https://example.org/vocab#Other"],
    valid_until=datetime(2026, 12, 1, 8, 0, tzinfo=UTC),
    verifier_label="大嶼示範診所",
)


def test_there_and_back() -> None:
    assert PresentationRequest.from_dif(REQUEST.to_dif(str(uuid.uuid4()))) == REQUEST


def test_a_did_proof_asks_for_no_record() -> None:
    asked = PresentationRequest.from_dif(
        PresentationRequest(
            challenge=REQUEST.challenge,
            domain="d",
            purpose="Binding",
            types=[],
            valid_until=REQUEST.valid_until,
            verifier_label="H",
        ).to_dif(str(uuid.uuid4()))
    )
    assert asked.is_did_proof
    assert not asked.wants({"type": ["VerifiableCredential"]})


def test_wants_by_name_and_by_iri() -> None:
    assert REQUEST.wants({"type": ["VerifiableCredential", "ImmunizationCredential"]})
    assert REQUEST.wants({"type": ["VerifiableCredential", "https://w3id.org/medcred/vocab#ImmunizationCredential"]})
    assert not REQUEST.wants({"type": ["VerifiableCredential", "AllergyCredential"]})
    assert not REQUEST.wants({"type": "ImmunizationCredential"})
    assert not REQUEST.wants({"type": [7]})
    assert not REQUEST.wants({})


def test_type_names_are_the_terms_of_our_context() -> None:
    text = str(medcred_context())
    assert all(type_iri(kind).rpartition("#")[2] in text for kind in RecordType)


@pytest.mark.parametrize("challenge", ["", "short", "1" * 36, "0b5e1ba4-9a04-1a6f-9b8f-3c9d3a4a9f51", REQUEST.challenge.upper()])
def test_a_guessable_challenge_is_refused(challenge: str) -> None:
    weak = PresentationRequest(
        challenge=challenge,
        domain="d",
        purpose="p",
        types=[],
        valid_until=REQUEST.valid_until,
        verifier_label="v",
    )
    with pytest.raises(FormatError) as refused:
        weak.to_dif(str(uuid.uuid4()))
    assert refused.value.code == "request.challenge"


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(attachment: dict[str, Any]) -> None:
        inner = attachment
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]

    return change


def _set(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(attachment: dict[str, Any]) -> None:
        inner = attachment
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _without("options"),
        _without("options", "domain"),
        _without("options", "challenge"),
        _without("options", "validUntil"),
        _without("presentation_definition", "purpose"),
        _without("presentation_definition", "name"),
        _without("presentation_definition", "input_descriptors"),
        _set("", "options", "domain"),
        _set(["a"], "options", "domain"),
        _set("tomorrow", "options", "validUntil"),
        _set("2026-12-01T08:00:00", "options", "validUntil"),
        _set(1, "options", "validUntil"),
        _set([{}], "presentation_definition", "input_descriptors"),
        _set([{"schema": []}], "presentation_definition", "input_descriptors"),
        _set([{"schema": [{"uri": {}}]}], "presentation_definition", "input_descriptors"),
        _set(None, "presentation_definition"),
    ],
)
def test_a_request_that_hides_something_is_unreadable(change: Callable[[dict[str, Any]], None]) -> None:
    attachment = copy.deepcopy(REQUEST.to_dif(str(uuid.uuid4())))
    change(attachment)
    with pytest.raises(FormatError) as refused:
        PresentationRequest.from_dif(attachment)
    assert refused.value.code == "request.unreadable"


@pytest.mark.parametrize("attachment", [None, [], "x", 7, {}])
def test_no_request_at_all(attachment: object) -> None:
    with pytest.raises(FormatError):
        PresentationRequest.from_dif(attachment)
