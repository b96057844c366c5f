"""Checkpoints, log proofs and witness requests: their texts, and what is refused."""

import base64

import aics_tlog
import pytest

from ledger.checkpoint import Checkpoint
from ledger.log_proof import LogProof
from ledger.notes import SigningKey, sign
from ledger.witness_request import AddCheckpoint
from schemas.errors import FormatError

ROOT = bytes(range(32))
TEXT = base64.b64encode(ROOT).decode()
BODY = f"ledger.example/sz\n42\n{TEXT}\n"


def test_a_checkpoint_comes_back() -> None:
    assert Checkpoint.parse(BODY) == Checkpoint("ledger.example/sz", 42, ROOT)
    extended = Checkpoint.parse(BODY + "extension one\ntwo\n")
    assert extended.extensions == ("extension one", "two")
    assert extended.body() == BODY + "extension one\ntwo\n"


def test_others_read_our_checkpoints() -> None:
    theirs = aics_tlog.parse_checkpoint(Checkpoint("ledger.example/sz", 42, ROOT).body())
    assert (theirs.origin, theirs.size, theirs.root) == ("ledger.example/sz", 42, ROOT)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ledger.example/sz\n42\n",
        BODY[:-1],
        BODY + "\n",
        BODY + "\nextension\n",
        f"\n42\n{TEXT}\n",
        f"two words\n42\n{TEXT}\n",
        f"ledger.example/sz\n042\n{TEXT}\n",
        f"ledger.example/sz\n-1\n{TEXT}\n",
        f"ledger.example/sz\n9223372036854775808\n{TEXT}\n",
        f"ledger.example/sz\n42\n{TEXT[:-4]}\n",
        f"ledger.example/sz\n42\n{TEXT[:-1]}\n",
        "ledger.example/sz\n42\nAAAA\n",
        BODY + "x\n" * 17,
    ],
)
def test_what_is_not_a_checkpoint(body: str) -> None:
    with pytest.raises(FormatError) as error:
        Checkpoint.parse(body)
    assert error.value.code == "checkpoint.malformed"


def test_a_log_proof_comes_back(log_key: SigningKey) -> None:
    for path in ((), (ROOT,), (ROOT,) * 63):
        proof = LogProof(7, path, sign(BODY, log_key))
        assert LogProof.parse(str(proof)) == proof


def test_the_text_of_a_log_proof(log_key: SigningKey) -> None:
    note = sign(BODY, log_key)
    assert str(LogProof(7, (ROOT,), note)) == f"c2sp.org/tlog-proof@v1\nindex 7\n{TEXT}\n\n{note}"


def test_extra_data_is_read_over(log_key: SigningKey) -> None:
    proof = LogProof(7, (ROOT,), sign(BODY, log_key))
    assert LogProof.parse(str(proof).replace("index", "extra YWdl\nindex")) == proof


@pytest.mark.parametrize(
    "change",
    [
        ("@v1", "@v2"),
        ("index 7", "index 07"),
        ("index 7", "index -7"),
        ("index 7", "Index 7"),
        ("index 7\n", ""),
        ("index 7", "index 7\nindex 7"),
        ("index 7", "extra !\nindex 7"),
        ("index 7", "extra YWdl\nextra YWdl\nindex 7"),
        ("index 7", "extra " + "YWdl" * 2000 + "\nindex 7"),
        (f"{TEXT}\n", f"{TEXT}\n" * 64),
        (f"{TEXT}\n", "AAAA\n"),
        (f"{TEXT}\n", f" {TEXT}\n"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_not_a_log_proof(log_key: SigningKey, change: tuple[str, str]) -> None:
    text = str(LogProof(7, (ROOT,), sign(BODY, log_key))).replace(*change, 1)
    with pytest.raises(FormatError):
        LogProof.parse(text)


def test_a_witness_request_comes_back(log_key: SigningKey) -> None:
    for proof in ((), (ROOT,), (ROOT,) * 63):
        request = AddCheckpoint(5, proof, sign(BODY, log_key))
        assert AddCheckpoint.parse(str(request).encode()) == request
    assert str(AddCheckpoint(5, (ROOT,), sign(BODY, log_key))).startswith(f"old 5\n{TEXT}\n\nledger.example/sz\n42\n")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5",
        b"old 5\n\n",
        b"old x\n\nbody\n\n",
        b"\xff\n\n",
        b"new 5\n\nbody\n",
        b"old 5\n" + b"A" * 80_000,
        b"old 5\nA\n\nb",
    ],
)
def test_what_is_not_a_witness_request(body: bytes) -> None:
    with pytest.raises(FormatError):
        AddCheckpoint.parse(body)
