"""Mutated bundles and mutated bytes: an error of ours or a credential that validates, never anything else."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import samples
from schemas.display import sections
from schemas.errors import MedcredError
from schemas.fhir import drafts, read_bundle
from schemas.fhir.words import plain_text
from schemas.labels import LANGUAGES

type Json = dict[str, Any]

BUNDLES = {name: json.loads(samples.bundle(name)) for name in samples.BUNDLES}
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "{}",
            "[]",
            '{"text":"x"}',
            "2026",
            "2026-13-01",
            "entered-in-error",
            "#",
            "#x",
            "Patient/mei",
            "http://",
            "🩺" * 9,
        ]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["text", "coding", "code", "system", "reference", "value", "start", "extension", "url", "resourceType"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every member and item of some JSON."""
    found: list[tuple[Any, ...]] = []
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        found.append((*path, step))
        found += places(inner, (*path, step))
    return found


PLACES = {name: places(bundle) for name, bundle in BUNDLES.items()}


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A sample with up to four places replaced, removed, doubled, or exchanged for another part of it."""
    name = draw(st.sampled_from(samples.BUNDLES))
    bundle = copy.deepcopy(BUNDLES[name])
    for path in draw(st.lists(st.sampled_from(PLACES[name]), min_size=1, max_size=4)):
        place: Any = bundle
        try:
            for step in path[:-1]:
                place = place[step]
            match draw(st.sampled_from(["replace", "remove", "double", "exchange"])):
                case "replace":
                    place[path[-1]] = draw(VALUES)
                case "remove":
                    del place[path[-1]]
                case "double":
                    place[path[-1]] = [place[path[-1]], place[path[-1]]]
                case _:
                    source: Any = BUNDLES[name]
                    for step in draw(st.sampled_from(PLACES[name])):
                        source = source[step]
                    place[path[-1]] = copy.deepcopy(source)
        except (KeyError, IndexError, TypeError):
            continue
    assert isinstance(bundle, dict)
    return bundle


def outcome[T](call: Callable[[], T]) -> T | str:
    """What a call returns, or the code of the error of ours that it raises; any other error fails the test."""
    try:
        return call()
    except MedcredError as refusal:
        return refusal.code


QUIET = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@QUIET
@given(bundle=mutated())
def test_a_mutated_bundle_gives_an_error_of_ours_or_valid_credentials(bundle: Json, credential_of: Callable[..., Json]) -> None:
    found = outcome(lambda: drafts(read_bundle(bundle)))
    if isinstance(found, str):
        assert found.startswith("record.")
        return
    for draft in found:
        credential = credential_of(draft)
        for language in LANGUAGES:
            assert sections(credential, language)


@settings(QUIET, max_examples=100)
@given(
    name=st.sampled_from(samples.BUNDLES),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3)), max_size=4),
)
def test_mutated_bytes_give_an_error_of_ours_or_a_bundle(name: str, edits: list[tuple[float, bytes]]) -> None:
    data = bytearray(samples.bundle(name))
    for where, new in edits:
        at = int(where * len(data))
        data[at : at + len(new)] = new
    found = outcome(lambda: drafts(read_bundle(bytes(data))))
    assert found[0] if isinstance(found, list) else found.startswith("record.")


@settings(QUIET, max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_error_of_ours(data: bytes) -> None:
    assert outcome(lambda: read_bundle(data)) == "record.invalid"


@settings(QUIET, max_examples=100)
@given(st.text(alphabet="<>/&;!-=\"'ab br\ndivtd\u0000é", max_size=80))
def test_any_markup_becomes_plain_text(markup: str) -> None:
    assert "\r" not in plain_text(markup)
