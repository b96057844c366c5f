"""What an invitation says it is, and hostile ones."""

import base64
from typing import Any

import pytest

from schemas.errors import FormatError
from tests.wallet.fake_agent import FakeAgent
from tests.wallet.samples import HOSPITAL, immunization, link_to, request
from wallet.messages import clean_label, message_in_link, read_message
from wallet.states import InvitationKind


@pytest.mark.parametrize(
    ("attached", "kind"),
    [
        (None, InvitationKind.LINK),
        (immunization(), InvitationKind.OFFER),
        (request("ImmunizationCredential"), InvitationKind.REQUEST),
    ],
)
def test_says_what_it_is(attached: Any, kind: InvitationKind) -> None:
    message = FakeAgent().invite(HOSPITAL, attached)
    found = message_in_link(link_to(message))
    assert found == message
    read = read_message(found)
    assert (read.kind, read.label) == (kind, HOSPITAL)
    assert (read.thread_id is None) == (kind is InvitationKind.LINK)
    assert read.endpoints == ("http://127.0.0.1:8130",)


def test_a_short_link_carries_nothing() -> None:
    assert message_in_link("https://hospital.example/o/abc") is None


@pytest.mark.parametrize(
    "text",
    [
        "http://h?oob=%%%",
        "http://h?oob=bm90IGpzb24",
        "http://h?oob=" + base64.b64encode(b"[1]").decode(),
        "http://h?oob=" + base64.b64encode(b"[" * 100_000).decode(),
        "http://h?oob=" + "A" * 600_000,
        "http://h?" + "a=1&" * 50,
        "http://[broken?oob=e30",
    ],
    ids=["not base64", "not json", "not an object", "deep", "huge", "many fields", "broken address"],
)
def test_broken_links_are_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        message_in_link(text)
    assert caught.value.code == "invitation.malformed"


def altered(**changes: object) -> dict[str, Any]:
    message = FakeAgent().invite(HOSPITAL, immunization())
    return {name: value for name, value in (message | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (altered(**{"@type": "https://didcomm.org/connections/1.0/invitation"}), "invitation.malformed"),
        (altered(**{"@type": 7}), "invitation.malformed"),
        (altered(**{"@id": None}), "invitation.malformed"),
        (altered(**{"@id": "x" * 201}), "invitation.malformed"),
        (altered(**{"@id": "a\x00b"}), "invitation.malformed"),
        (altered(services=None), "invitation.malformed"),
        (altered(services=[]), "invitation.malformed"),
        (altered(services=[{"id": "#inline"}]), "invitation.malformed"),
        (altered(services=[{"serviceEndpoint": {"uri": "x"}}]), "invitation.malformed"),
        (altered(services=["did:example:a"] * 6), "invitation.malformed"),
        (altered(**{"requests~attach": None}), "invitation.unknown_kind"),
        (altered(**{"requests~attach": [{}, {}]}), "invitation.unknown_kind"),
        (altered(**{"requests~attach": [{"data": {"json": []}}]}), "invitation.unknown_kind"),
        (altered(**{"requests~attach": [{"data": {"base64": "e30"}}]}), "invitation.unknown_kind"),
        (altered(**{"requests~attach": [{"data": {"json": {"@type": "https://x/pay/1.0/send"}}}]}), "invitation.unknown_kind"),
        (
            altered(**{"requests~attach": [{"data": {"json": {"@type": "a/issue-credential/2.0/offer-credential", "@id": {}}}}]}),
            "invitation.malformed",
        ),
    ],
)
def test_other_messages_are_refused(message: dict[str, Any], code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_message(message)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Harbour \n Hospital\t", "Harbour Hospital"),
        ("Safe\u202eevil\u202c", "Safeevil"),
        ("a\u200bb\x00c\x1b[31m", "abc[31m"),
        ("", ""),
        ("\u202e \n", ""),
        (None, "None"),
        ("\ud800x", "x"),
        ("長" * 200, "長" * 80),
    ],
)
def test_names_are_cleaned(given: object, shown: str) -> None:
    assert clean_label(given) == shown
