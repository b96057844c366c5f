"""Whatever the bytes: a result, within a second, and never an acceptance of what was not signed."""

import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verifier.identity.vlei.conftest import AT, pins
from tests.verifier.identity.vlei.forge import World, digest, dump, number, written
from tests.verifier.identity.vlei.mutating import MUTATORS, pieces
from verifier.identity.vlei import KeyStateCache, Outcome, VleiResult, verify_vlei
from verifier.reasons import REASONS

EXAMPLES = int(150 * float(os.environ.get("MEDCRED_FUZZ", "1")))
WORLD = World("fuzz").issue_all()
STREAM = WORLD.stream("ECR")
LONGEST = 1.0


def judged(stream: bytes, cache: KeyStateCache | None = None) -> VleiResult:
    start = time.process_time()
    result = verify_vlei(stream, pins(WORLD), at=AT, cache=cache)
    assert time.process_time() - start < LONGEST
    assert isinstance(result.outcome, Outcome)
    assert all(check.reason in REASONS for check in result.checks)
    assert (result.outcome is Outcome.ACCEPT) == (not result.reasons)
    result.as_dict()
    return result


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(noise: bytes) -> None:
    assert judged(noise).outcome is Outcome.REJECT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_in_any_member_of_any_message(data: st.DataObject) -> None:
    """One member of one honest message has another value; SAIDs are made anew, so the value is read."""
    parts = WORLD.parts("ECR")
    place = data.draw(st.integers(0, len(parts) - 1))
    fields = dict(parts[place].fields)
    name = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(JSON | st.just(fields[name]))
    protocol = fields["v"][:4]
    prefix = fields.get("i") == fields["d"]
    try:
        changed = written(fields | {name: value}, prefix=prefix and name != "i", protocol=protocol)
        raw = dump(changed)
    except (ValueError, UnicodeEncodeError):
        return
    stream = b"".join(raw + part.attachments.encode() if part is parts[place] else bytes(part) for part in parts)
    result = judged(stream)
    assert not result.accepted or raw == parts[place].raw


def test_mutated_streams_with_and_without_a_cache() -> None:
    chance = random.Random(7)
    cache = KeyStateCache()
    assert judged(STREAM, cache).accepted
    honest = dict(pieces(STREAM))
    for _ in range(4 * EXAMPLES):
        stream = STREAM
        for _ in range(chance.randrange(1, 4)):
            stream = chance.choice(MUTATORS)(stream, chance) if stream else stream
            try:
                pieces(stream)
            except (ValueError, IndexError):
                break
            if not pieces(stream):
                break
        result = judged(stream)
        cached = judged(stream, cache)
        if result.accepted:
            assert cached.accepted
            assert {raw for raw, _ in pieces(stream.strip())} <= honest.keys()
        if cached.accepted:
            # A cache spares signatures of events verified before; nothing else may become acceptable by it.
            assert result.accepted or set(result.reasons) <= {"kel.signatures", "kel.witnesses", "kel.prerotation"}


@pytest.mark.parametrize(
    "hostile",
    [
        b"{" * (4 << 20),
        b"[" * (4 << 20),
        STREAM + b"-AAA" * ((4 << 20) // 4 - len(STREAM) // 4 - 1),
        STREAM + b"-VAA" * ((4 << 20) // 4 - len(STREAM) // 4 - 1),
        STREAM + b"-0V_____" + b"A" * 3_000_000,
        b'{"v":"KERI10JSON07fff0_","t":"icp","d":' + b'{"a":' * 100_000,
        b'{"v":"KERI10JSON07fff0_","t":"icp","d":"' + b"x" * 524_000 + b'"',
        b'{"v":"KERI10JSON07fff0_",' + b'"a":1,' * 80_000,
        b'{"v":"KERI10JSON000019_"}' * 160_000,
        (b'{"v":"KERI10JSON000023_","t":"rpy"}' * 119_000),
        STREAM + (b"-GAB" + (number(1) + digest(b"x")).encode()) * 57_000,
        STREAM + (b"-EAB" + number(1).encode() + b"1AAG" + b"A" * 32) * 64_000,
        b"\n" * (4 << 20),
        b"\xff" * (4 << 20),
        bytes(4 << 20),
        STREAM * 300,
    ],
    ids=range(16),
)
def test_four_mebibytes_of_spite(hostile: bytes) -> None:
    result = judged(hostile[: 4 << 20])
    assert result.outcome is Outcome.REJECT


def test_an_honest_stream_that_repeats_itself_is_judged_once() -> None:
    """A real presentation repeated 341 events of which 107 were different."""
    assert judged(STREAM * 20).accepted
