"""Whatever stands anywhere in a trust list, DID document, status list or LEI record: a value or a typed error."""

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import MedcredError
from tests.verifier.world import AT, HK, PUBLISHER, status_list, trust_document
from verifier.identity.did import read_did_document
from verifier.identity.lei import read_record
from verifier.identity.trust import TrustList
from verifier.status import read_status_list

from .test_did import DID, document, method
from .test_lei import resource

EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "300"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

READERS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "trust list": (trust_document, lambda value: TrustList.parse(value, publisher=PUBLISHER)),
    "DID document": (lambda: document(method()), lambda value: read_did_document(DID, value)),
    "status list": (status_list, read_status_list),
    "LEI record": (resource, lambda value: read_record(value, as_of=AT)),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, step)
        yield from places(inner, (*path, step))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_value_or_a_typed_error(name: str, data: st.DataObject) -> None:
    make, read = READERS[name]
    value = copy.deepcopy(make())
    *outer, last = data.draw(st.sampled_from(list(places(value))))
    parent = value
    for step in outer:
        parent = parent[step]
    before = parent[last]
    parent[last] = data.draw(json_values)
    try:
        found = read(value)
    except MedcredError:
        return
    if name == "trust list":
        assert parent[last] == before, "a changed list was believed"
        assert found.issuer(HK)
