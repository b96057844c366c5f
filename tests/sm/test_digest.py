"""SM3: the standard's examples, vectors made by others, and a machine without it."""

import hashlib
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import SetupError
from sm import digest


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        (b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
    ],
)
def test_standard_examples(message: bytes, expected: str) -> None:
    assert digest.sm3(message).hexdigest() == expected


def test_feeding_in_pieces_gives_the_same_digest() -> None:
    whole = digest.sm3(b"abcd" * 16)
    pieces = digest.sm3()
    for _ in range(16):
        pieces.update(b"abcd")
    assert pieces.digest() == whole.digest()


def test_an_openssl_without_sm3_is_refused_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, data: bytes = b"") -> None:
        raise ValueError(f"unsupported hash type {name}")

    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "new", refuse)
        with pytest.raises(SetupError) as refusal:
            importlib.reload(digest)
    assert refusal.value.code == "sm.no_sm3"
    assert refusal.value.hint


def test_an_sm3_that_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "new", lambda name, data=b"": hashlib.sha256(data))
    with pytest.raises(SetupError) as refusal:
        digest.prove_sm3()
    assert refusal.value.code == "sm.wrong_sm3"


def _botan_vectors(file: Path) -> Iterator[tuple[bytes, str]]:
    message = b""
    for line in file.read_text().splitlines():
        name, _, value = line.partition(" = ")
        if name.strip() == "In":
            message = bytes.fromhex(value.strip())
        elif name.strip() == "Out":
            yield message, value.strip().lower()


@pytest.mark.independent
def test_botan_vectors(independent_data: Path) -> None:
    vectors = list(_botan_vectors(independent_data / "sm" / "botan" / "sm3.vec"))
    assert len(vectors) > 100
    assert [digest.sm3(message).hexdigest() for message, _ in vectors] == [expected for _, expected in vectors]
