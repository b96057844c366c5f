"""The newest trust list of each publisher outlives the process that read it."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import MedcredError, RefusedError, SetupError
from schemas.keys import did_key, did_key_method
from tests.verifier.world import AT, PUBLISHER, PUBLISHER_KEY, unsigned_trust
from verifier.identity.trust_memory import TrustMemory
from verifier.proofs import sign_jcs

OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
OTHER = did_key(OTHER_KEY.public_key().public_bytes_raw())


def signed(sequence: int, *, quorum: int = 1, key: Ed25519PrivateKey = PUBLISHER_KEY, publisher: str = PUBLISHER) -> bytes:
    document = unsigned_trust() | {"sequence": sequence, "witnessQuorum": quorum, "publisher": publisher}
    return json.dumps(sign_jcs(document, key, verification_method=did_key_method(publisher), created=AT)).encode()


def refused(memory: TrustMemory, data: bytes) -> str:
    with pytest.raises(RefusedError) as error:
        memory.accept(data, publisher=PUBLISHER)
    return error.value.code


def test_an_older_list_is_refused_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "lists.db"
    assert TrustMemory(file).newest(PUBLISHER) is None
    assert TrustMemory(file).accept(signed(7), publisher=PUBLISHER).sequence == 7
    again = TrustMemory(file)
    assert refused(again, signed(6)) == "trust.sequence"
    assert refused(again, signed(7, quorum=0)) == "trust.sequence", "another list of the same number"
    assert again.accept(signed(7), publisher=PUBLISHER).sequence == 7
    assert again.accept(signed(8), publisher=PUBLISHER).sequence == 8
    newest = TrustMemory(file).newest(PUBLISHER)
    assert newest
    assert newest.sequence == 8


def test_what_is_refused_is_not_remembered(tmp_path: Path) -> None:
    memory = TrustMemory(tmp_path / "lists.db")
    assert refused(memory, signed(9, key=OTHER_KEY)) == "trust.signature"
    assert refused(memory, signed(9, key=OTHER_KEY, publisher=OTHER)) == "trust.publisher"
    assert memory.newest(PUBLISHER) is None
    with pytest.raises(MedcredError):
        memory.accept(b"{", publisher=PUBLISHER)
    assert memory.accept(signed(1), publisher=PUBLISHER).sequence == 1


def test_publishers_are_kept_apart(tmp_path: Path) -> None:
    memory = TrustMemory(tmp_path / "lists.db")
    memory.accept(signed(9), publisher=PUBLISHER)
    assert memory.accept(signed(2, key=OTHER_KEY, publisher=OTHER), publisher=OTHER).sequence == 2


def test_a_memory_that_fails_is_not_one_that_knows_nothing(tmp_path: Path) -> None:
    (tmp_path / "lists.db").write_bytes(b"no database" * 100)
    with pytest.raises(SetupError) as error:
        TrustMemory(tmp_path / "lists.db").accept(signed(1), publisher=PUBLISHER)
    assert error.value.code == "trust.memory"
    with pytest.raises(SetupError):
        TrustMemory(tmp_path / "lists.db" / "below").newest(PUBLISHER)
