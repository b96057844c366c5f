"""The known answers an SM2 provider has to give before it is used: the examples of GB/T 32918.5-2017, appendices A and C.

Right answers alone prove little; a provider that says yes to everything, or does not compare C3, must fail here too.
"""

from schemas.errors import MedcredError, SetupError
from sm import signatures
from sm.ciphertexts import ciphertext_from_c1c3c2
from sm.providers.provider import Sm2Provider

PRIVATE_KEY = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC_KEY = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
# e of "message digest" for the user id 1234567812345678.
DIGEST = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
SIGNATURE_RAW = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
PLAINTEXT = b"encryption standard"
# The x of C1 begins with 04: what strips prefixes falls over it.
CIPHERTEXT_C1C3C2 = bytes.fromhex(
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "21886ca989ca9c7d58087307ca93092d651efa"
)


def prove(provider: Sm2Provider) -> None:
    """Put the questions of the standard, and some with a fault in them, to a provider.

    Raises:
        SetupError: `sm.wrong_sm2`, an answer is wrong; `sm.provider_failed`, there is none.
    """
    faults = [name for name, right in _answers(provider) if not right]
    if faults:
        raise SetupError(
            "sm.wrong_sm2",
            f"{provider.name} {provider.version} fails the known answers of SM2: {', '.join(faults)}.",
            "It is not used. Replace it.",
        )


def _answers(provider: Sm2Provider) -> list[tuple[str, bool]]:
    signature = signatures.signature_from_raw(SIGNATURE_RAW)
    altered = signatures.signature_from_raw(SIGNATURE_RAW[:-1] + b"\xab")
    own = provider.sign_digest(PRIVATE_KEY, PUBLIC_KEY, DIGEST)
    ciphertext = ciphertext_from_c1c3c2(CIPHERTEXT_C1C3C2)
    other = ciphertext_from_c1c3c2(CIPHERTEXT_C1C3C2[:-1] + b"\xfb")
    return [
        ("public key", provider.public_key(PRIVATE_KEY) == PUBLIC_KEY),
        ("verify", provider.verify_digest(PUBLIC_KEY, DIGEST, signature)),
        ("verify, altered signature", not provider.verify_digest(PUBLIC_KEY, DIGEST, altered)),
        ("verify, other digest", not provider.verify_digest(PUBLIC_KEY, DIGEST[::-1], signature)),
        ("sign", provider.verify_digest(PUBLIC_KEY, DIGEST, own)),
        ("sign, fresh nonce", own != provider.sign_digest(PRIVATE_KEY, PUBLIC_KEY, DIGEST)),
        ("decrypt", _decrypted(provider, ciphertext) == PLAINTEXT),
        ("decrypt, altered", _decrypted(provider, other) is None),
        ("encrypt", _decrypted(provider, provider.encrypt(PUBLIC_KEY, PLAINTEXT)) == PLAINTEXT),
    ]


def _decrypted(provider: Sm2Provider, ciphertext: bytes) -> bytes | None:
    try:
        return provider.decrypt(PRIVATE_KEY, PUBLIC_KEY, ciphertext)
    except MedcredError:
        return None
