"""Streams, logs and schemas made by others, with what they are known to be."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.verifier.identity.vlei.conftest import AT
from tests.verifier.identity.vlei.forge import World
from verifier.identity.vlei import PRODUCTION, KeyStateCache, Pins, models, pins_for, verify_vlei
from verifier.identity.vlei.acdc import read_credential
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import require_said
from verifier.identity.vlei.stream import read_stream

pytestmark = pytest.mark.independent
KINDS = {"LE": "LE", "QVI": "QVI", "ECR": "ECR", "OOR": "OOR"}


@pytest.fixture(scope="module")
def folder(independent_data: Path) -> Path:
    return independent_data / "vlei"


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected.json").read_bytes())
    return found


def test_every_credential_stream_gives_its_expected_outcome(folder: Path, expected: dict[str, Any]) -> None:
    accepted = 0
    for name, entry in expected["credentials"].items():
        stream = (folder / "credentials" / name).read_bytes()
        result = verify_vlei(stream, pins_for(entry.get("trusted_geda")), at=AT)
        if entry["crypto"] == "not-accepted":
            # What `expected.json` gives as the reasons (seal order, no root) is not reached: the stream attaches signatures over
            # paths (-J), a group that this verifier does not read.
            assert (result.outcome, result.reasons) == ("reject", ("cesr.code",)), name
            continue
        found = {check.code: check.result for check in result.checks}
        assert {found[code] for code in ("stream", "said", "key_events", "registry", "credential")} == {"pass"}, name
        assert result.outcome == entry["policy"], (name, result.reasons)
        assert set(result.reasons) == {reason.split(":")[0] for reason in entry.get("reasons", ())}, name
        assert result.leaf == entry["leaf"]
        told = [{"said": link.said, "kind": link.kind, "issuer": link.issuer, "lei": link.lei} for link in reversed(result.chain)]
        assert told == entry["acdcs"], name
        accepted += result.accepted
    assert accepted == 1


def test_with_the_production_root_every_one_of_them_is_rejected(folder: Path, expected: dict[str, Any]) -> None:
    logs = (folder / "kel" / "gleif-root-geda.cesr").read_bytes()
    for pins in (PRODUCTION, Pins(PRODUCTION.root, PRODUCTION.geda, logs), Pins(root=PRODUCTION.root, external_kels=logs)):
        for name in expected["credentials"]:
            result = verify_vlei((folder / "credentials" / name).read_bytes(), pins, at=AT)
            assert result.outcome == "reject", name
            assert {"vlei.root", "cesr.code"} & set(result.reasons), name


def test_the_logs_of_production_verify_with_the_key_states_stated(folder: Path, expected: dict[str, Any]) -> None:
    cache = KeyStateCache()
    for name, entry in expected["kels"].items():
        result = verify_vlei((folder / "kel" / name).read_bytes(), PRODUCTION, at=AT, cache=cache)
        # Logs alone prove nothing about anybody's credential, so there is nothing to accept.
        assert (result.outcome, result.reasons) == ("could_not_check", ("vlei.no_credential",)), name
        found = {
            aid: {
                "sn": state.sn,
                "keys": len(state.keys),
                "witnesses": len(state.witnesses),
                "toad": state.receipts_needed,
                "delegator": state.delegator or None,
            }
            for aid, state in result.key_states.items()
        }
        assert found == entry["key_state"], name


def test_a_log_of_production_with_one_signature_byte_changed_does_not(folder: Path) -> None:
    stream = bytearray((folder / "kel" / "gleif-root-witness.cesr").read_bytes())
    # The root's inception is signed by exactly as many as its weights ask for.
    place = stream.index(b"-AAD") + 40
    stream[place] = ord("A") if stream[place] != ord("A") else ord("B")
    result = verify_vlei(bytes(stream), PRODUCTION, at=AT)
    assert (result.outcome, result.reasons) == ("reject", ("kel.signatures",))


def test_the_pinned_schemas_are_the_published_ones(schema_documents: dict[str, Any]) -> None:
    assert len(schema_documents) == 7
    pinned = {model.schema for model in models.MODELS if model.kind is not models.Kind.DID_BINDING}
    assert pinned == schema_documents.keys()
    for said, document in schema_documents.items():
        assert require_said(document, "$id") == said


def test_the_models_say_what_the_documents_say(schema_documents: dict[str, Any], sentences: dict[tuple[str, str], str]) -> None:
    for model in models.MODELS:
        if model.kind is models.Kind.DID_BINDING:
            continue
        properties = schema_documents[model.schema]["properties"]
        blocks = {name: _objects(properties[name]) for name in ("a", "e", "r") if name in properties}
        (attributes,) = blocks["a"]
        assert set(attributes["properties"]) == model.attributes | model.optional
        assert set(attributes["required"]) <= model.attributes
        edges = {name: node for block in blocks.get("e", []) for name, node in block["properties"].items() if name != "d"}
        assert set(edges) == set(model.edges)
        for name, node in edges.items():
            assert node["properties"]["s"]["const"] == models.BY_KIND[model.edges[name].kind].schema
            assert ("o" in node["required"]) == model.edges[name].says_operator
        named = {name for kind, name in sentences if kind == model.kind}
        assert named == set(model.rules)
        assert all(models._sha256(sentences[model.kind, name]) == digest for name, digest in model.rules.items())
        assert model.private == ("u" in schema_documents[model.schema]["required"])


def _objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in schema.get("oneOf", [schema]) if each.get("type") == "object"]


def test_what_a_model_takes_its_document_takes(schema_documents: dict[str, Any], sentences: dict[tuple[str, str], str]) -> None:
    """A model may be stricter than its document, never looser: over honest credentials with one value changed."""
    world = World(sentences=sentences).issue_all()
    strays: list[Any] = [None, 5, "", [], {}, "x", {"d": "x"}, ["x"], True]
    taken = refused = 0
    for issued in world.issued.values():
        honest = issued.credential.fields
        schema = jsonschema_rs.validator_for(schema_documents[honest["s"]])
        model = models.BY_SCHEMA[honest["s"]]
        for changed in _changed(honest, strays):
            if _takes(model, changed):
                taken += 1
                assert schema.is_valid(changed), changed
            else:
                refused += 1
    assert taken > 5
    assert refused > 500


def _takes(model: models.Model, fields: dict[str, Any]) -> bool:
    """Whether a credential of that form is taken; what `read_credential` sees to (outer members, SAIDs) comes first."""
    outer = all(isinstance(fields.get(name), str) for name in ("v", "d", "i", "ri", "s")) and isinstance(fields.get("u", ""), str)
    blocks = [fields[name] for name in "aer" if name in fields]
    if not outer or "more" in fields or not all(isinstance(block, dict) and isinstance(block.get("d"), str) for block in blocks):
        return False
    try:
        models.require_form(model, fields)
        models.edge_of(model, fields)
    except (Refused, KeyError):
        return False
    return True


def _changed(value: Any, strays: list[Any]) -> list[Any]:
    """Every copy of a JSON object with one thing in it changed."""
    found: list[Any] = [value]
    for name, inner in value.items():
        found += [value | {name: stray} for stray in strays]
        found.append({key: each for key, each in value.items() if key != name})
        if isinstance(inner, dict):
            found += [value | {name: each} for each in _changed(inner, strays)]
    found.append(value | {"more": "x"})
    return found


def test_the_sentences_and_their_digest_count_alike(sentences: dict[tuple[str, str], str]) -> None:
    for world in (World(sentences=sentences).issue_all(), World().issue_all()):
        assert verify_vlei(world.stream("ECR"), Pins(root=world.root.aid), at=AT).accepted
    model = models.BY_KIND[models.Kind.ECR]
    assert World(sentences=sentences).rules("ECR")["d"] == model.rules_said  # type: ignore[index]


def test_a_real_credential_reads(folder: Path) -> None:
    messages = read_stream((folder / "credentials" / "gleif-it-ecr-xv01.cesr").read_bytes())
    kinds = [read_credential(message).kind for message in messages if message.protocol == "ACDC"]
    assert kinds == ["QVI", "LE", "ECR"]


def test_judged_before_it_was_issued(folder: Path, expected: dict[str, Any]) -> None:
    name = "gleif-it-le-xv37.cesr"
    pins = pins_for(expected["credentials"][name]["trusted_geda"])
    result = verify_vlei((folder / "credentials" / name).read_bytes(), pins, at=datetime(2025, 10, 1, tzinfo=UTC))
    assert (result.outcome, set(result.reasons)) == ("reject", {"vlei.not_yet_issued"})
