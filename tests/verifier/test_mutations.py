"""A good record with one thing changed, everywhere: never genuine, and the reason says where it broke."""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verifier.world import AT, PDF, carried, evidence, expected, issued, presentation, resource, trust, unsigned
from verifier.evidence import Evidence
from verifier.policy import CARRIED_FILE, LIVE_DESK
from verifier.verdict import Verdict, Weight, Word
from verifier.verify import verify

type Path = tuple[str | int, ...]

GOOD = issued({**unsigned(), "relatedResource": [resource()]})
EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "300"))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every member and item of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from places(inner, (*path, step))


def changes(value: Any) -> Iterator[Any]:
    """Other values in the place of one."""
    if isinstance(value, str):
        yield value + "x"
        yield value[:-1] if len(value) > 1 else "y"
        yield ("A" if value[:1] != "A" else "B") + value[1:]
        yield [value]
    elif isinstance(value, dict):
        yield {**value, "extra": "x"}
        yield [value, value]
        yield {}
    elif isinstance(value, list):
        yield [*value, *value[-1:]] if value else ["x"]
        yield value[::-1] if value[::-1] != value else value[:-1]
    elif isinstance(value, int):
        yield value + 1
    else:
        yield "x"
    if value is not None:
        yield None
    yield 7.5


def mutants(document: Any) -> Iterator[tuple[Path, Any]]:
    """Every mutant, with the place that was changed."""
    for path in places(document):
        # A proof set has no order, and a member that stands twice says nothing new.
        found = [] if path == ("proof",) else list(changes(at(document, path)))
        for change in [*found, ...]:
            mutant = copy.deepcopy(document)
            parent = at(mutant, path[:-1])
            if change is ...:
                del parent[path[-1]]
            else:
                parent[path[-1]] = change
            yield path, mutant
        if isinstance(path[-1], str):
            mutant = copy.deepcopy(document)
            parent = at(mutant, path[:-1])
            parent[path[-1] + "X"] = parent.pop(path[-1])
            yield path, mutant


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def room_of(path: Path) -> tuple[str, ...]:
    """The checks that may notice a change at a place."""
    if path[0] != "proof":
        return ("well_formed", "context", "issuer_key", "signature")
    if path[1:2] == (1,):
        return ("ledger",)
    return (
        ("well_formed", "context", "issuer_key", "signature", "ledger")
        if len(path) == 1
        else ("context", "issuer_key", "signature")
    )


def judge(credential: Any) -> Verdict:
    return verify(carried(credential, files=[PDF]), Evidence(trust=trust()), CARRIED_FILE, AT)


def test_the_good_record_is_genuine() -> None:
    verdict = judge(json.loads(json.dumps(GOOD)))
    assert (verdict.verdict, verdict.accepted) == (Word.GENUINE, True)


def test_no_mutant_is_genuine_and_the_reason_says_where_it_broke() -> None:
    good = json.loads(json.dumps(GOOD))
    count = 0
    for path, mutant in mutants(good):
        count += 1
        verdict = judge(mutant)
        broken = {check.code for check in verdict.checks if check.weight >= Weight.DOUBT}
        assert verdict.verdict in (Word.NOT_GENUINE, Word.COULD_NOT_CHECK), path
        assert not verdict.accepted
        assert broken & set(room_of(path)), (path, verdict.refusals)
        if path[0] != "proof":
            assert verdict.credentials == (), path
            # A vocabulary, type or suite this verifier does not know is a doubt; every other change of the content is a fault.
            assert verdict.verdict is Word.NOT_GENUINE or path[0] in ("@context", "type"), path
    assert count >= 500


def test_no_mutant_of_a_presentation_is_genuine() -> None:
    good = json.loads(json.dumps(presentation()))
    at_hand = evidence(expected=expected())
    assert verify(good, at_hand, LIVE_DESK, AT).verdict is Word.GENUINE
    for path, mutant in mutants(good):
        verdict = verify(mutant, at_hand, LIVE_DESK, AT)
        assert verdict.verdict in (Word.NOT_GENUINE, Word.COULD_NOT_CHECK), path
        assert verdict.credentials == (), path


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_anywhere_nothing_raises_and_nothing_becomes_genuine(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from([carried(GOOD, files=[PDF]), presentation([GOOD])]))
    document = json.loads(json.dumps(document))
    path = data.draw(st.sampled_from(list(places(document))))
    value = data.draw(json_values)
    same = at(document, path) == value and type(at(document, path)) is type(value)
    at(document, path[:-1])[path[-1]] = value
    expecting = expected() if document["type"] != "CarriedRecord" else None
    verdict = verify(document, evidence(expected=expecting), LIVE_DESK, AT)
    json.dumps(verdict.as_dict())
    unsigned_part = path[0] in ("statusLists", "attachments")
    assert same or unsigned_part or verdict.verdict in (Word.NOT_GENUINE, Word.COULD_NOT_CHECK)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "text", [], {}, [{}], {"type": []}, {"type": "VerifiableCredential"}])
def test_other_json_is_no_error(value: Any) -> None:
    verdict = verify(value, Evidence(), CARRIED_FILE, AT)
    assert verdict.verdict in (Word.COULD_NOT_CHECK, Word.NOT_GENUINE)
