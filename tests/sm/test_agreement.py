"""Three libraries, one answer: OpenSSL, gmssl-pyx and the pure-Python `gmssl`, over random keys, user ids and messages.

`gmssl` is only asked here, with its known faults kept out of the way (a nonce from `secrets`, its stripped prefixes set right,
its unchecked C3 compared with what was encrypted). Every case is made from a seed, so a failure can be repeated.
`MEDCRED_FUZZ=5000` asks for more.
"""

import os
import random
import secrets
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from sm import providers, sm2
from sm.ciphertexts import ciphertext_from_c1c3c2, ciphertext_to_c1c3c2
from sm.curve import N
from sm.providers.provider import Sm2Provider
from sm.signatures import signature_from_raw, signature_to_raw

CASES = int(os.environ.get("MEDCRED_FUZZ", "60"))
pytestmark = pytest.mark.timeout(300 + 2 * CASES)
gmssl = pytest.importorskip("gmssl.sm2")
pytest.importorskip("gmssl_pyx")


class Gmssl:
    """`gmssl` as a provider, as far as it can be trusted with."""

    name = "gmssl"
    version = "3.2.2"

    def _engine(self, public_key: bytes, private_key: bytes = b"") -> Any:
        engine = gmssl.CryptSM2(private_key.hex(), "", mode=1)
        engine.public_key = public_key[1:].hex()  # it strips every leading 0 and 4 from what it is given
        return engine

    def sign_digest(self, private_key: bytes, public_key: bytes, digest: bytes) -> bytes:
        nonce = f"{1 + secrets.randbelow(N - 1):064x}"
        return signature_from_raw(bytes.fromhex(self._engine(public_key, private_key).sign(digest, nonce)))

    def verify_digest(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        return bool(self._engine(public_key).verify(signature_to_raw(signature).hex(), digest))

    def encrypt(self, public_key: bytes, plaintext: bytes) -> bytes:
        return ciphertext_from_c1c3c2(b"\x04" + self._engine(public_key).encrypt(plaintext))

    def decrypt(self, private_key: bytes, public_key: bytes, ciphertext: bytes) -> bytes:
        return bytes(self._engine(public_key, private_key).decrypt(ciphertext_to_c1c3c2(ciphertext)[1:]))


@pytest.fixture(scope="module")
def libraries() -> list[Any]:
    return [*(make() for make in providers.PROVIDERS.values()), Gmssl()]


def keys(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Key pairs from a seed; the last tenth with an x or y that begins with a zero or a 4, over which prefix strippers fall."""
    chance = random.Random(32918)
    openssl = providers.PROVIDERS["OpenSSL"]()
    made = 0
    while made < count:
        private_key = chance.randrange(1, N - 1).to_bytes(32)
        point = openssl.public_key(private_key)
        strange = point[1] in (0, 4) or point[33] in (0, 4) or point.hex()[2] in "04"
        if strange or made < count * 9 // 10:
            made += 1
            yield private_key, point


def test_signatures(libraries: list[Any]) -> None:
    chance = random.Random(1)
    checked = 0
    for private_key, point in keys(CASES):
        user_id = chance.choice([sm2.DEFAULT_USER_ID, b"", chance.randbytes(chance.randrange(1, 100))])
        hashed = sm2.message_hash(sm2.PublicKey(point), user_id=user_id)
        hashed.update(chance.randbytes(chance.randrange(200)))
        digest = hashed.digest()
        wrong = bytes((digest[0] ^ 1,)) + digest[1:]
        for signer in libraries:
            signature = signer.sign_digest(private_key, point, digest)
            for verifier in libraries:
                assert verifier.verify_digest(point, digest, signature), (signer.name, verifier.name, private_key.hex())
                checked += 1
            assert not libraries[checked % 3].verify_digest(point, wrong, signature)
    assert checked == 9 * CASES


def test_signers_digest(libraries: list[Any]) -> None:
    """Z and e as gmssl computes them, for the one user id it knows."""
    chance = random.Random(2)
    for private_key, point in keys(max(CASES // 5, 1)):
        message = chance.randbytes(chance.randrange(100))
        signature = sm2.sign(sm2.PrivateKey(private_key), message, user_id=sm2.DEFAULT_USER_ID)
        assert libraries[2]._engine(point).verify_with_sm3(signature_to_raw(signature).hex(), message)


def test_encryption(libraries: list[Any]) -> None:
    chance = random.Random(3)
    for private_key, point in keys(CASES):
        plaintext = chance.randbytes(chance.choice([2, 16, 32, 33, 64, 255]))
        for sender, receiver in product(libraries, libraries):
            ciphertext = sender.encrypt(point, plaintext)
            assert receiver.decrypt(private_key, point, ciphertext) == plaintext, (sender.name, receiver.name, private_key.hex())


def test_public_keys(libraries: list[Any]) -> None:
    """gmssl-pyx's comes from two signatures, OpenSSL's from a multiplication."""
    other: Sm2Provider = libraries[1]
    for private_key, point in keys(max(CASES // 5, 1)):
        assert other.public_key(private_key) == point
