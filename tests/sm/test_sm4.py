"""SM4: whole and in pieces, another implementation, and what is refused."""

import os
import random
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from schemas.errors import FormatError, RefusedError, SetupError
from sm import sm4

CASES = int(os.environ.get("MEDCRED_FUZZ", "300"))
KEY, NONCE, IV = bytes(range(16)), bytes(range(12)), bytes(range(16, 32))


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    found = []
    while data:
        size = chance.choice([1, 15, 16, 17, 100])
        found.append(data[:size])
        data = data[size:]
    return found


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 1000])
def test_pieces_and_the_whole_agree(size: int) -> None:
    chance = random.Random(size)
    plain = chance.randbytes(size)

    gcm = sm4.GcmEncryptor(KEY, NONCE, b"header")
    sealed = b"".join(gcm.update(piece) for piece in pieces(plain, chance)) + gcm.finish()
    assert sealed == sm4.gcm_encrypt(KEY, NONCE, plain, b"header")
    opener = sm4.GcmDecryptor(KEY, NONCE, sealed[-16:], b"header")
    assert b"".join(opener.update(piece) for piece in pieces(sealed[:-16], chance)) == plain
    opener.finish()

    counter = sm4.CtrCipher(KEY, IV)
    cipher = b"".join(counter.update(piece) for piece in pieces(plain, chance))
    assert cipher == sm4.ctr(KEY, IV, plain)
    assert sm4.ctr(KEY, IV, cipher) == plain

    cbc = sm4.CbcEncryptor(KEY, IV)
    cipher = b"".join(cbc.update(piece) for piece in pieces(plain, chance)) + cbc.finish()
    assert cipher == sm4.cbc_encrypt(KEY, IV, plain)
    unchained = sm4.CbcDecryptor(KEY, IV)
    assert b"".join(unchained.update(piece) for piece in pieces(cipher, chance)) + unchained.finish() == plain


def test_gmssl_pyx_computes_the_same() -> None:
    other = pytest.importorskip("gmssl_pyx")
    chance = random.Random(4)
    for _ in range(CASES):
        key, nonce, iv = chance.randbytes(16), chance.randbytes(12), chance.randbytes(16)
        plain, header = chance.randbytes(chance.randrange(1, 300)), chance.randbytes(chance.randrange(1, 40))
        assert b"".join(other.sm4_gcm_encrypt(key, nonce, header, plain)) == sm4.gcm_encrypt(key, nonce, plain, header)
        assert other.sm4_cbc_padding_encrypt(key, iv, plain) == sm4.cbc_encrypt(key, iv, plain)
        assert other.sm4_ctr_encrypt(key, iv, plain) == sm4.ctr(key, iv, plain)


def test_memory_does_not_grow_with_what_passes() -> None:
    piece = bytes(1 << 20)
    encryptor = sm4.GcmEncryptor(KEY, NONCE)
    encryptor.update(piece)
    tracemalloc.start()
    for _ in range(30):
        encryptor.update(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_whatever_is_altered_is_noticed() -> None:
    sealed = sm4.gcm_encrypt(KEY, NONCE, b"content", b"header")
    faults = [(KEY, NONCE, sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :], b"header") for at in range(len(sealed))]
    faults += [(IV, NONCE, sealed, b"header"), (KEY, bytes(12), sealed, b"header"), (KEY, NONCE, sealed, b"Header")]
    for key, nonce, ciphertext, header in faults:
        with pytest.raises(RefusedError) as refusal:
            sm4.gcm_decrypt(key, nonce, ciphertext, header)
        assert refusal.value.code == "sm.not_authentic"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: sm4.gcm_encrypt(bytes(15), NONCE, b""), "sm.key_length"),
        (lambda: sm4.gcm_encrypt(bytes(32), NONCE, b""), "sm.key_length"),
        (lambda: sm4.gcm_encrypt(KEY, b"", b""), "sm.nonce_length"),
        (lambda: sm4.gcm_encrypt(KEY, bytes(16), b""), "sm.nonce_length"),
        (lambda: sm4.gcm_decrypt(KEY, bytes(8), bytes(16)), "sm.nonce_length"),
        (lambda: sm4.gcm_decrypt(KEY, NONCE, bytes(15)), "sm.tag_length"),
        (lambda: sm4.GcmDecryptor(KEY, NONCE, bytes(12)), "sm.tag_length"),
        (lambda: sm4.ctr(KEY, NONCE, b""), "sm.iv_length"),
        (lambda: sm4.ctr(bytes(24), IV, b""), "sm.key_length"),
        (lambda: sm4.cbc_encrypt(KEY, NONCE, b""), "sm.iv_length"),
        (lambda: sm4.cbc_decrypt(KEY, b"", b""), "sm.iv_length"),
    ],
    ids=[
        "key-15",
        "key-32",
        "no-nonce",
        "nonce-16",
        "nonce-8",
        "shorter-than-a-tag",
        "tag-12",
        "counter-12",
        "ctr-key-24",
        "cbc-iv-12",
        "cbc-no-iv",
    ],
)
def test_other_lengths_are_refused(call: Callable[[], object], code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        call()
    assert refusal.value.code == code


@pytest.mark.parametrize("ciphertext", [b"", bytes(15), bytes(16), bytes(17), bytes(64)])
def test_cbc_that_does_not_end_in_padding(ciphertext: bytes) -> None:
    with pytest.raises(RefusedError) as refusal:
        sm4.cbc_decrypt(KEY, IV, ciphertext)
    assert refusal.value.code == "sm.padding"


@pytest.mark.parametrize("make", [lambda: sm4.GcmEncryptor(KEY, NONCE), lambda: sm4.GcmDecryptor(KEY, NONCE, bytes(16))])
def test_a_nonce_serves_no_longer_than_its_counter(make: Callable[[], sm4.GcmEncryptor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm4, "GCM_MAX_BYTES", 100)
    cipher = make()
    cipher.update(bytes(60))
    with pytest.raises(FormatError) as refusal:
        cipher.update(bytes(41))
    assert refusal.value.code == "sm.gcm_too_long"
    cipher.update(bytes(40))


def test_a_cryptography_without_sm4_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UnsupportedAlgorithm("no SM4")

    monkeypatch.setattr(sm4, "Cipher", refuse)
    with pytest.raises(SetupError) as refusal:
        sm4.prove_sm4()
    assert refusal.value.code == "sm.no_sm4"


@pytest.mark.parametrize("name", ["gcm_encrypt", "gcm_decrypt", "ctr", "cbc_encrypt", "cbc_decrypt"])
def test_an_sm4_that_computes_something_else_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm4, name, lambda *_: b"something else")
    with pytest.raises(SetupError) as refusal:
        sm4.prove_sm4()
    assert refusal.value.code == "sm.wrong_sm4"
