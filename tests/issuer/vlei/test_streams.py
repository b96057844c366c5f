"""Exported streams: keripy, which has never seen any of it, takes all of it and keeps nothing waiting."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from issuer.vlei.documents import SchemaDocuments
from schemas.acdc import DID_BINDING_SAID, did_binding_schema
from tests.issuer.vlei.clean_keripy import take
from tests.issuer.vlei.ecosystem import World, small_ecosystem

NAMES = (
    "qvi.qvi",
    "hk.le",
    "dr-chan.ecr",
    "dr-lee.ecr-auth",
    "dr-lee.ecr",
    "officer.oor-auth",
    "officer.oor",
    "hk.binding",
    "dr-chan.binding",
)


@pytest.fixture(scope="module")
def schemas(published: Path) -> dict[str, dict[str, Any]]:
    documents = [json.loads(file.read_text()) for file in published.glob("*.json")]
    return {document["$id"]: document for document in [*documents, did_binding_schema()]}


@pytest.fixture(scope="module", params=[(1, 0), (3, 1), (5, 5)], ids=["1-key", "3-keys-1-witness", "5-keys-5-witnesses"])
def world(request: pytest.FixtureRequest, documents: SchemaDocuments) -> Iterator[World]:
    keys, witnesses = request.param
    with small_ecosystem(keys=keys, witnesses=witnesses, documents=documents) as made:
        for name in ("root", "geda", "qvi", "hk", "dr-chan"):
            made.sandbox.rotate(name)
        made.bind_hospital()
        yield made


@pytest.mark.independent
@pytest.mark.parametrize("name", NAMES)
def test_keripy_takes_every_kind(world: World, schemas: dict[str, dict[str, Any]], name: str) -> None:
    stream = world.export(name)
    taken = take(stream, schemas)
    assert taken.waiting == {}
    assert taken.left_over == 0
    chain = {said for credential in world.sandbox.credentials.values() if (said := credential.said).encode() in stream}
    assert taken.credentials <= chain
    assert world.sandbox.credential(name).said in taken.credentials
    for party in world.sandbox.parties.values():
        if party.aid in taken.last:
            assert taken.last[party.aid][0] >= world.sandbox.established(party.name).number


@pytest.mark.independent
def test_keripy_takes_credentials_with_the_digest_of_their_rules(small: World, schemas: dict[str, dict[str, Any]]) -> None:
    assert '"r":"E' in small.sandbox.credential("hk.le").text
    taken = take(small.export("dr-chan.binding"), schemas)
    assert taken.waiting == {}
    assert len(taken.credentials) == 4


def test_without_the_schemas_only_those_are_missing(large: World) -> None:
    taken = take(large.export("hk.binding"), {DID_BINDING_SAID: did_binding_schema()})
    assert taken.waiting.keys() <= {"schema", "chain"}
    assert taken.last.keys() == {large.aid(name) for name in ("root", "geda", "qvi", "hk")}


def test_a_stream_cut_short_is_seen(small: World) -> None:
    whole = small.export("hk.le")
    taken = take(whole[:-40], {})
    assert taken.left_over > 0


def test_the_logs_come_before_what_rests_on_them(small: World) -> None:
    stream = small.export("dr-chan.binding")
    places = [stream.index(f'"i":"{small.aid(name)}"'.encode()) for name in ("root", "geda", "qvi", "hk", "dr-chan")]
    assert places == sorted(places)
    assert stream.rindex(b'{"v":"ACDC') == stream.index(small.sandbox.credential("dr-chan.binding").text.encode())


def test_the_root_can_be_left_out(small: World) -> None:
    own_log = f'"t":"icp","d":"{small.root}"'.encode()
    assert own_log in small.export("hk.le")
    assert own_log not in small.sandbox.export("hk.le", with_root=False)
    assert small.sandbox.log("root").startswith(b'{"v":"KERI10JSON')
