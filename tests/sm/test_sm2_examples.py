"""SM2: the examples of GB/T 32918.5-2017, and what a signature and a ciphertext must and must not do, with every provider."""

import pytest

from schemas.errors import FormatError, RefusedError
from sm import sm2
from sm.providers import known_answers
from sm.providers.provider import Sm2Provider
from tests.sm import museum

pytestmark = pytest.mark.usefixtures("provider")

MESSAGE = b"message digest"
USER_IDS = (sm2.DEFAULT_USER_ID, b"ALICE123@YAHOO.COM", b"", "張三".encode(), b"x" * 8191)


def standard_key() -> sm2.PrivateKey:
    return sm2.PrivateKey(known_answers.PRIVATE_KEY)


def test_the_standards_key_pair() -> None:
    assert standard_key().public_key == sm2.PublicKey(known_answers.PUBLIC_KEY)


def test_the_standards_digest_of_the_message_and_its_signer() -> None:
    hashed = sm2.message_hash(standard_key().public_key, user_id=sm2.DEFAULT_USER_ID)
    hashed.update(MESSAGE)
    assert hashed.digest() == known_answers.DIGEST


def test_the_standards_signature() -> None:
    signature = sm2.signature_from_raw(known_answers.SIGNATURE_RAW)
    assert sm2.verify(standard_key().public_key, MESSAGE, signature, user_id=sm2.DEFAULT_USER_ID)
    assert not sm2.verify(standard_key().public_key, MESSAGE + b".", signature, user_id=sm2.DEFAULT_USER_ID)
    assert not sm2.verify(standard_key().public_key, MESSAGE, signature, user_id=b"")
    assert not sm2.verify(sm2.generate().public_key, MESSAGE, signature, user_id=sm2.DEFAULT_USER_ID)


def test_the_standards_ciphertext() -> None:
    ciphertext = sm2.ciphertext_from_c1c3c2(known_answers.CIPHERTEXT_C1C3C2)
    assert sm2.decrypt(standard_key(), ciphertext) == b"encryption standard"
    assert sm2.ciphertext_to_c1c3c2(ciphertext) == known_answers.CIPHERTEXT_C1C3C2


@pytest.mark.parametrize("user_id", USER_IDS, ids=["default", "mail", "empty", "chinese", "longest"])
def test_a_signature_verifies_under_its_own_user_id_only(user_id: bytes) -> None:
    key = sm2.generate()
    signature = sm2.sign(key, MESSAGE, user_id=user_id)
    assert [sm2.verify(key.public_key, MESSAGE, signature, user_id=other) for other in USER_IDS] == [
        other == user_id for other in USER_IDS
    ]


def test_a_user_id_whose_length_two_bytes_cannot_say_is_refused() -> None:
    with pytest.raises(FormatError) as refusal:
        sm2.sign(standard_key(), MESSAGE, user_id=b"x" * 8192)
    assert refusal.value.code == "sm.user_id_length"


def test_the_user_id_is_never_guessed() -> None:
    with pytest.raises(TypeError, match="user_id"):
        sm2.sign(standard_key(), MESSAGE)  # type: ignore[call-arg]


def test_a_message_fed_in_pieces() -> None:
    key = sm2.generate()
    hashed = sm2.message_hash(key.public_key, user_id=sm2.DEFAULT_USER_ID)
    for _ in range(1000):
        hashed.update(b"piece")
    signature = sm2.sign_digest(key, hashed.digest())
    assert sm2.verify(key.public_key, b"piece" * 1000, signature, user_id=sm2.DEFAULT_USER_ID)
    assert sm2.verify_digest(key.public_key, hashed.digest(), signature)


@pytest.mark.parametrize("digest", [b"", b"x" * 31, b"x" * 33])
def test_only_digests_of_32_bytes_are_signed(digest: bytes) -> None:
    key = sm2.generate()
    with pytest.raises(FormatError) as refusal:
        sm2.sign_digest(key, digest)
    assert refusal.value.code == "sm.digest_length"
    with pytest.raises(FormatError):
        sm2.verify_digest(key.public_key, digest, sm2.sign_digest(key, bytes(32)))


def test_every_signature_and_ciphertext_is_another() -> None:
    key = sm2.generate()
    assert len({sm2.sign(key, MESSAGE, user_id=b"") for _ in range(20)}) == 20
    assert len({sm2.encrypt(key.public_key, MESSAGE) for _ in range(20)}) == 20


@pytest.mark.parametrize("size", [1, 16, 32, 33, 127, 128, 255])
def test_encrypting_and_decrypting(size: int) -> None:
    key = sm2.generate()
    plaintext = bytes(range(256))[-size:]
    assert sm2.decrypt(key, sm2.encrypt(key.public_key, plaintext)) == plaintext


@pytest.mark.parametrize("size", [0, 256, 10_000])
def test_plaintexts_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(FormatError) as refusal:
        sm2.encrypt(standard_key().public_key, bytes(size))
    assert refusal.value.code == "sm.plaintext_length"


def test_another_key_does_not_decrypt() -> None:
    with pytest.raises(RefusedError) as refusal:
        sm2.decrypt(sm2.generate(), sm2.encrypt(sm2.generate().public_key, b"file key"))
    assert refusal.value.code == "sm.not_decrypted"


def test_every_altered_byte_of_a_ciphertext_is_noticed() -> None:
    key = sm2.generate()
    ciphertext = sm2.encrypt(key.public_key, b"file key")
    for place in range(len(ciphertext)):
        altered = bytearray(ciphertext)
        altered[place] ^= 0x01
        with pytest.raises((FormatError, RefusedError)):
            sm2.decrypt(key, bytes(altered))


def test_one_byte_is_never_encrypted_as_itself() -> None:
    """A keystream of one byte is zero once in 256 times; GB/T 32918.4 §6.1 A5 has another drawn."""
    key = sm2.generate()
    made = [sm2.encrypt(key.public_key, b"\x5a") for _ in range(600)]
    assert all(not ciphertext.endswith(b"\x5a") for ciphertext in made)
    assert {sm2.decrypt(key, ciphertext) for ciphertext in made[:50]} == {b"\x5a"}


def test_a_library_that_lets_the_plaintext_through_is_asked_again(provider: Sm2Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    key = sm2.generate()
    made = [provider.encrypt(key.public_key.point, b"key"), museum.ciphertext(c2=b"key")]
    monkeypatch.setattr(provider, "encrypt", lambda *_: made.pop())
    assert sm2.decrypt(key, sm2.encrypt(key.public_key, b"key")) == b"key"
    assert made == []


def test_a_plaintext_that_is_the_ciphertext_is_refused(provider: Sm2Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """GB/T 32918.4 §7.1 B4, where a library or a device forgot it."""
    monkeypatch.setattr(provider, "decrypt", lambda *_: b"key")
    with pytest.raises(RefusedError) as refusal:
        sm2.decrypt(standard_key(), museum.ciphertext(c2=b"key"))
    assert refusal.value.code == "sm.not_decrypted"
