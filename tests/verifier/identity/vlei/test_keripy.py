"""Beside keripy 1.3: over chains that keripy built, over ours, and over thousands of mutations of both.

keripy judges signatures, digests, anchors and schemas, not the vLEI policy, and it goes on after a message it cannot use; this
verifier refuses the whole stream then. So: what this verifier accepts, keripy has taken whole; and what keripy takes and this
verifier does not has one of the reasons named below.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from schemas.acdc import did_binding_schema
from tests.issuer.vlei.ecosystem import small_ecosystem
from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import HOSPITAL, World
from tests.verifier.identity.vlei.mutating import MUTATORS, joined, pieces
from tests.verifier.identity.vlei.oracle import Oracle
from verifier.identity.vlei import Pins, VleiResult, verify_vlei

pytestmark = pytest.mark.independent

MUTATIONS = 2_000
# keripy takes ten times as long, so it is asked about some of them, and with MEDCRED_FUZZ about all.
ASKED_OF_ACCEPTED, ASKED_OF_REFUSED = 0.2, 0.06
# Refused here and taken by keripy. It skips what it cannot use and keeps what came before (`stream`, `json`, `cesr`, `said`), and
# does not judge logs that no credential rests on (`kel`), what this policy demands (`vlei`, `acdc`), or the whole of a registry
# (`tel`).
STRICTER = ("stream.", "json.", "cesr.", "said.", "kel.", "vlei.", "acdc.", "tel.")


@pytest.fixture(scope="module")
def oracle(schema_documents: dict[str, Any]) -> Iterator[Oracle]:
    found = Oracle([*schema_documents.values(), did_binding_schema()])
    yield found
    found.close()


@dataclass
class Subject:
    """An honest stream and whom to trust for it."""

    label: str
    stream: bytes
    pins: Pins


@pytest.fixture(scope="module")
def subjects(sentences: dict[tuple[str, str], str]) -> list[Subject]:
    found = []
    for label, options in {"one key": {}, "three keys, three witnesses": {"keys": 3, "witnesses": 3}}.items():
        world = World(f"diff/{label}", sentences=sentences, **options)
        world.qvi.rotate()
        world.le.rotate()
        world.issue_all()
        found += [Subject(f"{label} {name}", world.stream(name), pins(world)) for name in ("LE", "ECR", "OOR", "ECR-LE")]
    return found


@pytest.fixture(scope="module", params=[{"keys": 1}, {"keys": 5, "witnesses": 3}], ids=["one key", "three of five keys"])
def built(request: pytest.FixtureRequest) -> Iterator[list[Subject]]:
    """Chains that keripy built: every kind, everybody's keys rotated, at the end with the authorisation revoked."""
    with small_ecosystem(**request.param) as ecosystem:
        for party in ("root", "geda", "qvi", "hk", "dr-chan"):
            ecosystem.sandbox.rotate(party)
        trusted = Pins(root=ecosystem.root, geda=ecosystem.geda)
        names = ("hk.le", "dr-chan.ecr", "dr-lee.ecr", "officer.oor", "hk.binding", "dr-chan.binding")
        found = [Subject(name, ecosystem.export(name), trusted) for name in names]
        ecosystem.sandbox.revoke("dr-lee.ecr-auth")
        found.append(Subject("revoked", ecosystem.export("dr-lee.ecr"), trusted))
        yield found


def chain_taken(result: VleiResult, credentials: frozenset[str]) -> bool:
    return {link.said for link in result.chain} <= credentials


def restored(stream: bytes, honest: bytes) -> bytes:
    """The messages in the order of the honest stream, and with its hints; signatures stay as they are."""
    there = dict(pieces(honest))
    order = list(there)
    messages = sorted(pieces(stream), key=lambda piece: order.index(piece[0]))
    return joined([(raw, with_hints(raw, attached, there[raw])) for raw, attached in messages])


def with_hints(raw: bytes, attached: bytes, honest: bytes) -> bytes:
    if b'"t":"' not in raw[:40] or re.search(rb'"t":"(?:vcp|iss|rev)"', raw[:40]):
        return honest
    hint, own = (re.search(rb"-GAB[A-Za-z0-9_-]{68}$", each) for each in (honest, attached))
    return attached[: own.start()] + hint[0] if hint and own else attached


def test_both_take_every_honest_chain_of_ours(oracle: Oracle, sentences: dict[tuple[str, str], str]) -> None:
    for options in ({}, {"keys": 3, "witnesses": 3}, {"keys": 5, "witnesses": 5}):
        world = World("honest", sentences=sentences, **options)
        for party in (world.root, world.geda, world.qvi, world.le):
            party.rotate()
        world.issue_all()
        did = "did:web:hospital.example"
        keys = [{"id": f"{did}#key-1", "jkt": "A" * 43}]
        world.issue("DID-BINDING", world.le, None, {"LEI": HOSPITAL, "ids": [did], "keys": keys}, {"le": "LE"})
        for name, issued in world.issued.items():
            stream = world.stream(name)
            result, opinion = verify_vlei(stream, pins(world), at=AT), oracle.judge(stream)
            assert (result.outcome, result.reasons) == ("accept", ()), name
            assert opinion.complete
            assert chain_taken(result, opinion.credentials)
            assert issued.said in opinion.credentials
            states = {aid: (state.sn, state.said) for aid, state in result.key_states.items()}
            assert states == opinion.key_states


def test_both_take_every_chain_that_keripy_built(oracle: Oracle, built: list[Subject]) -> None:
    for subject in built:
        result, opinion = verify_vlei(subject.stream, subject.pins, at=AT), oracle.judge(subject.stream)
        assert result.reasons == (("vlei.revoked",) if subject.label == "revoked" else ()), subject.label
        states = {aid: (state.sn, state.said) for aid, state in result.key_states.items()}
        assert states == opinion.key_states
        assert (result.leaf in opinion.credentials) == result.accepted, subject.label


def test_both_agree_over_mutations_of_what_keripy_built(oracle: Oracle, built: list[Subject]) -> None:
    agree(oracle, built[:-1], 500, seed=5)


def test_both_read_the_logs_of_production_alike(oracle: Oracle, independent_data: Any) -> None:
    for file in sorted((independent_data / "vlei" / "kel").iterdir()):
        result = verify_vlei(file.read_bytes(), Pins(root="E"), at=AT)
        opinion = oracle.judge(file.read_bytes())
        states = {aid: (state.sn, state.said) for aid, state in result.key_states.items()}
        assert states == opinion.key_states, file.name


def test_both_agree_over_mutations(oracle: Oracle, subjects: list[Subject]) -> None:
    agree(oracle, subjects, MUTATIONS, seed=20261124)


def agree(oracle: Oracle, subjects: list[Subject], mutations: int, *, seed: int) -> None:
    """MEDCRED_FUZZ says how many times as many, and lets keripy judge each."""
    effort = float(os.environ.get("MEDCRED_FUZZ", "1"))
    chance = random.Random(seed)
    outcomes: Counter[tuple[str, bool]] = Counter()
    unexplained = []
    for number in range(int(mutations * effort)):
        subject = chance.choice(subjects)
        mutate = chance.choice(MUTATORS)
        stream = mutate(subject.stream, chance)
        result = verify_vlei(stream, subject.pins, at=AT)
        asked = ASKED_OF_ACCEPTED if result.accepted else ASKED_OF_REFUSED
        if "MEDCRED_FUZZ" not in os.environ and chance.random() > asked:
            continue
        # keripy depends on the order of messages and on where hints point; nobody signed either, and this verifier uses neither.
        opinion = oracle.judge(restored(stream, subject.stream) if result.accepted else stream)
        taken = bool(opinion.credentials)
        outcomes[result.outcome, taken] += 1
        if result.accepted and not chain_taken(result, opinion.credentials):
            unexplained.append((number, subject.label, mutate.__name__, "only we accept"))
        if not result.accepted and taken and not all(reason.startswith(STRICTER) for reason in result.reasons):
            unexplained.append((number, subject.label, mutate.__name__, result.reasons))
    assert unexplained == []
    assert outcomes["accept", True] > mutations / 100, outcomes
    assert outcomes["reject", False] > mutations / 200, outcomes
