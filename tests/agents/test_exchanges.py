"""What is shown of an exchange is what ACA-Py answers, whatever else a message attaches."""

import base64
import json
from typing import Any

import pytest
from acapy_agent.messaging.decorators.attach_decorator import AttachDecorator
from acapy_agent.protocols.present_proof.v2_0.message_types import ATTACHMENT_FORMAT, PRES_20_REQUEST
from acapy_agent.protocols.present_proof.v2_0.messages.pres_format import V20PresFormat

from agents.plugin.exchanges import attachment

DIF = ATTACHMENT_FORMAT[PRES_20_REQUEST][V20PresFormat.Format.DIF.api]
INDY = ATTACHMENT_FORMAT[PRES_20_REQUEST][V20PresFormat.Format.INDY.api]
HARMLESS, ASKED = {"wants": "a type"}, {"wants": "everything"}


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def message(formats: list[tuple[str, str]], attached: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        "@type": "https://didcomm.org/present-proof/2.0/request-presentation",
        "@id": "request-1",
        "will_confirm": True,
        "formats": [{"attach_id": name, "format": text} for name, text in formats],
        "request_presentations~attach": [
            {
                "@id": name,
                "mime-type": "application/json",
                "data": {"base64": base64.b64encode(json.dumps(value).encode()).decode()},
            }
            for name, value in attached
        ],
    }


@pytest.mark.parametrize(
    ("formats", "attached"),
    [
        ([("a", DIF)], [("a", ASKED)]),
        ([("a", INDY), ("b", DIF)], [("a", HARMLESS), ("b", ASKED)]),
        ([("b", DIF), ("a", INDY)], [("a", HARMLESS), ("b", ASKED)]),
        ([("b", DIF), ("a", DIF)], [("a", HARMLESS), ("b", ASKED)]),
        ([("b", DIF), ("a", INDY), ("c", INDY)], [("a", HARMLESS), ("b", ASKED), ("b", HARMLESS)]),
    ],
)
def test_the_attachment_shown_is_the_one_answered(formats: list[tuple[str, str]], attached: list[tuple[str, Any]]) -> None:
    stored = message(formats, attached)
    answered = V20PresFormat.Format.DIF.get_attachment_data(
        [V20PresFormat.deserialize(each) for each in stored["formats"]],
        [AttachDecorator.deserialize(each) for each in stored["request_presentations~attach"]],
    )
    assert attachment(stored) == answered == ASKED


def test_a_message_without_one_has_none() -> None:
    assert attachment(None) is None
    assert attachment(message([("a", INDY)], [("a", HARMLESS)])) is None
    assert attachment(message([("b", DIF)], [("a", HARMLESS)])) is None
