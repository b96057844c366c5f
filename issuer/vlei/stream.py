"""The complete CESR stream of a credential: nothing in it waits for something that is not in it, or comes later.

Order: the key event logs of issuers and holders, each after its delegator's, with signatures, receipts and the places of the
delegators' seals; then for each credential of the chain, the QVI's first and the asked-for one last, the registry's inception,
the credential's own records, and the credential with the place of the record that issued it.

A stream tells how things stood when it was written. One from before a revocation stays as it is: whoever judges must ask for a
fresh one.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from issuer.vlei.state import Credential, Party, State

if TYPE_CHECKING:
    from issuer.vlei.keripy import KeriStore


def write_stream(store: "KeriStore", state: State, leaf: Credential, *, with_root: bool = True) -> bytes:
    """The stream of `leaf`.

    Args:
        store: where the logs are.
        state: where the credentials are.
        leaf: the credential to judge; the last in the stream.
        with_root: without, the log of the root of delegation is left out, as in streams of the real ecosystem: the verifier
            holds it.
    """
    chain = list(dict.fromkeys(_chain(state, leaf)))
    names = [name for credential in chain for name in (credential.issuer, credential.holder) if name]
    parties = list(dict.fromkeys(party for name in names for party in _line(state, name)))
    out = [store.log(party.aid) for party in parties if with_root or not _is_root(state, party)]
    registries = set()
    for credential in chain:
        registry = state.parties[credential.issuer].registry
        if registry not in registries:
            registries.add(registry)
            out.append(store.records(registry))
        out += [store.records(credential.said), credential.text.encode(), store.issued_by(credential.said, credential.record)]
    return b"".join(out)


def _chain(state: State, credential: Credential) -> Iterator[Credential]:
    edges = json.loads(credential.text).get("e", {})
    far = {edge["n"] for name, edge in edges.items() if name != "d"}
    for other in state.credentials.values():
        if other.said in far:
            yield from _chain(state, other)
    yield credential


def _line(state: State, name: str) -> Iterator[Party]:
    party = state.parties[name]
    if party.delegator:
        yield from _line(state, party.delegator)
    yield party


def _is_root(state: State, party: Party) -> bool:
    return not party.delegator and any(other.delegator == party.name for other in state.parties.values())
