"""SM2 keys as files: OpenSSL's are read and written byte for byte, encrypted ones read; nothing shows a private key."""

import hashlib
import pickle
from collections.abc import Callable

import pytest

from schemas.errors import FormatError, MedcredError, RefusedError
from sm import der, encrypted_keys, pem, sm2, sm4
from tests.sm import museum

# Made for this test by `openssl genpkey -algorithm SM2`, `pkey -pubout` and `pkcs8 -topk8`; the password is "open".
PRIVATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgtiroj7spYd/Qpf9C
kw0q+RSV1qndhY+K3w2wkFfrxnihRANCAASTKlN3y0dfs+Z+7uIy/58PRGD4BJbR
lFJmmOyc5pwucndnBNl5TGnXudWDkz/2rfmkIrwUFl/VuHCut54o9lZS
-----END PRIVATE KEY-----
"""
PUBLIC = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEkypTd8tHX7Pmfu7iMv+fD0Rg+ASW
0ZRSZpjsnOacLnJ3ZwTZeUxp17nVg5M/9q35pCK8FBZf1bhwrreeKPZWUg==
-----END PUBLIC KEY-----
"""
ENCRYPTED = {
    "aes-256-cbc, hmacWithSHA256": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAivSDJlN5zV3AICA+gw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFqugiPblf9TiSwAHihls2oEgZDQ
A7OcQtTFgt6N36lj0uZUR6UG60vliH6RdLm0rR9/RJVqmdnRh3tFfDZ34SlZbapG
6qB5ksiTEwtKZKs67qXXgmXrRE6o90ksi/qHhKKhyE4KDAanA3vPGFZJ5Uz2ENoW
6I7ZqWQdeNpVZdm+B1ixCYo1/BXU4emDUp5gdJKC7dfV2Yc4o9gsp3K+zCgGZBI=
-----END ENCRYPTED PRIVATE KEY-----
""",
    "sm4-cbc, hmacWithSHA512": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHrMFYGCSqGSIb3DQEFDTBJMCkGCSqGSIb3DQEFDDAcBAgsXsY9OlvyXAICA+gw
DAYIKoZIhvcNAgsFADAcBggqgRzPVQFoAgQQuCpCvo7gIUWmGlW2jN6ikwSBkFBr
sOoyMtbFuLSsP6ut0sHkMHsrUPYYqRWJEaV3QxZmWo0iVR1Hgohndn7hHVZCgJsC
8EkYD/OR9hIu11njjjH8um1CgVMWW2ZQDEXyXm/53h8Aij2CAy5r9Ob0QTXLyxpF
FvNZUaesSEfz7niBNhSg2ybmPC5s7gE/BhtFUkpp6+lEc+rrJY1YyprnJLeueQ==
-----END ENCRYPTED PRIVATE KEY-----
""",
}
NOT_READ = {
    "des3": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHjME4GCSqGSIb3DQEFDTBBMCkGCSqGSIb3DQEFDDAcBAg1l2btCFkA7wICA+gw
DAYIKoZIhvcNAgkFADAUBggqhkiG9w0DBwQIIZLokJslDFgEgZA/icncJGjDJL4o
DzPB6fKpJKgrHpLO0RMKXiGr3vWeXVyjbCTL9Jkn7WGgA77INW8rTPQ/1wDLKUui
3qRnx8bZ2A1rQBu2JenDNskYstwdnAWVNub0O/XRdh8YjRcMv3x8EonzEOfGurbE
O+bFHyqIC6NgYAhqfcXjJ30ZE/AMJgg3i8sKHl9YNUwVXlhgokg=
-----END ENCRYPTED PRIVATE KEY-----
""",
    "scrypt": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHjME4GCSqGSIb3DQEFDTBBMCAGCSsGAQQB2kcECzATBAgCSx9orz/bLQIBEAIB
CAIBATAdBglghkgBZQMEASoEEACQEgkTp7Zh/aeFmxAe8aAEgZAJzMPa78WXFl4x
vK7+P36bwam1uAFoFBmgaMNMd7QqE/MpK0RuVLCjvaYpJ1K+P/c9sIMIsyiOijgp
AX1LMxsJEsQvIz5iXPZ4j1DC23KzvEJqhcCiL0oeMhz96SW+j1ELp0r8EqwoOzgl
gvhavV6quQEuiJoNV+ZPHrnovMCzaDc2WcIpVh3aPGhHA/FvJOQ=
-----END ENCRYPTED PRIVATE KEY-----
""",
    "hmacWithSHA1": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHeMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAhupDDDOKJyrwICA+gw
HQYJYIZIAWUDBAECBBDQ/voiHIZsfe5OXl1HMO9mBIGQmGf8E3GBQQA7Ka7DYywu
BWqzf8VVK2ExbxxvepnQpzRyBnOrdxUxFwCf5d/WFLrePcybpEeb1Nf5t7DHXkvu
bm8ekTzB+ZL89ARoSIiB2cFv5ED1XPrxKwIL/ZpP3yqlTTfXX0NsD6IrCM1gv1hc
V+5AcOzknVosEDCSW+sILgbM5eMDJBkyZ5/4h7k6GbDT
-----END ENCRYPTED PRIVATE KEY-----
""",
    "PBES1": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQI5+hoQGKUYGMCAgPoBIGQyQwj7EKz1v0wX2uZ
04kga1Jq74STYFWWK5315cXlF4qokmgQbHRvqyhmgiiqAQy9eOeQ3Fums+GIbsvp
PpwNDHZxcicYuzxN8NCN5HMDM+Fcj4YjbXZOogvcVbABPfA6AhhcJTzzOICHpJNN
eQd10EeDW0dRTKilMkJ/A+6k6aWl8SYuppXuvZgmzYaw0N3r
-----END ENCRYPTED PRIVATE KEY-----
""",
}
PASSWORD = b"open"


@pytest.mark.usefixtures("provider")
def test_openssls_files_are_read_and_written_byte_for_byte() -> None:
    key = sm2.PrivateKey.from_pem(PRIVATE)
    assert key.public_key == sm2.PublicKey.from_pem(PUBLIC)
    assert key.to_pem() == PRIVATE
    assert key.public_key.to_pem() == PUBLIC
    assert sm2.PublicKey.from_spki(key.public_key.to_spki()) == key.public_key
    assert sm2.PrivateKey.from_pkcs8(key.to_pkcs8()).to_bytes() == key.to_bytes()


@pytest.mark.parametrize("scheme", ENCRYPTED)
def test_encrypted_keys_of_openssl(scheme: str) -> None:
    assert sm2.PrivateKey.from_pem(ENCRYPTED[scheme], PASSWORD).to_pem() == PRIVATE


@pytest.mark.parametrize("scheme", NOT_READ)
def test_other_encryption_is_refused_by_name(scheme: str) -> None:
    with pytest.raises(FormatError) as refusal:
        sm2.PrivateKey.from_pem(NOT_READ[scheme], PASSWORD)
    assert refusal.value.code == "sm.encryption_unknown"


def gmssl_encrypted(*, iterations: int = 1000, stated: int | None = None, iv: bytes = bytes(16), null: bytes = b"") -> bytes:
    """An encrypted key as GmSSL writes it: PBKDF2 with HMAC-SM3, SM4-CBC (GM/T 0091)."""
    salt = b"8 bytes."
    prf = der.sequence(bytes.fromhex("06092a811ccf5501831102"), null)
    lengths = [] if stated is None else [der.integer(stated)]
    pbkdf2 = der.sequence(
        bytes.fromhex("06092a864886f70d01050c"), der.sequence(der.octets(salt), der.integer(iterations), *lengths, prf)
    )
    cipher = der.sequence(bytes.fromhex("06082a811ccf55016802"), der.octets(iv))
    scheme = der.sequence(bytes.fromhex("06092a864886f70d01050d"), der.sequence(pbkdf2, cipher))
    key = hashlib.pbkdf2_hmac("sm3", PASSWORD, salt, min(iterations, 1000) or 1, 16)
    content = sm4.cbc_encrypt(key, bytes(16), pem.decode(PRIVATE, "PRIVATE KEY"))
    return der.sequence(scheme, der.octets(content))


@pytest.mark.parametrize("stated", [None, 16])
@pytest.mark.parametrize("null", [b"", museum.NULL], ids=["bare", "null"])
def test_encrypted_keys_of_gmssl(stated: int | None, null: bytes) -> None:
    opened = encrypted_keys.decrypt_pkcs8(gmssl_encrypted(stated=stated, null=null), PASSWORD)
    assert sm2.PrivateKey.from_pkcs8(opened).to_pem() == PRIVATE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gmssl_encrypted(iterations=0), "sm.iterations"),
        (gmssl_encrypted(iterations=2_000_001), "sm.iterations"),
        (gmssl_encrypted(iterations=(1 << 31) - 1), "sm.iterations"),
        (gmssl_encrypted(iterations=1 << 40), "sm.der_integer"),
        (gmssl_encrypted(stated=32), "sm.encryption_unknown"),
        (gmssl_encrypted(iv=bytes(8)), "sm.iv_length"),
        (gmssl_encrypted() + b"\0", "sm.der_trailing"),
        (gmssl_encrypted()[:-1], "sm.der_truncated"),
    ],
    ids=["no rounds", "many rounds", "2^31 rounds", "2^40 rounds", "key of 32 bytes", "IV of 8 bytes", "trailing", "cut"],
)
def test_malformed_encrypted_keys(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        encrypted_keys.decrypt_pkcs8(data, PASSWORD)
    assert refusal.value.code == code


def test_no_other_password_opens_a_key() -> None:
    """The padding alone would let one wrong password in 256 through."""
    data = gmssl_encrypted(iterations=1)
    for number in range(1000):
        with pytest.raises(RefusedError) as refusal:
            encrypted_keys.decrypt_pkcs8(data, str(number).encode())
        assert refusal.value.code == "sm.wrong_password"


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (lambda: sm2.PrivateKey.from_pem(next(iter(ENCRYPTED.values()))), "sm.password_needed"),
        (lambda: sm2.PrivateKey.from_pem(PRIVATE, PASSWORD), "sm.password_needless"),
        (lambda: sm2.PrivateKey.from_pem(PUBLIC), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PRIVATE), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PUBLIC + PUBLIC), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem("words before\n" + PUBLIC), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(""), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PUBLIC.replace("PUBLIC", "PUBLIK")), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PUBLIC.replace("MFkw", "MF*w")), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PUBLIC.replace("MFkw", "MF國w")), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem(PUBLIC.replace("Ug==", "Ug=")), "sm.pem_malformed"),
        (lambda: sm2.PublicKey.from_pem("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"), "sm.pem_malformed"),
    ],
    ids=[
        "no password",
        "needless password",
        "public for private",
        "private for public",
        "two blocks",
        "words around",
        "empty",
        "label misspelt",
        "no base64",
        "chinese",
        "cut padding",
        "no content",
    ],
)
def test_malformed_pem(read: Callable[[], object], code: str) -> None:
    with pytest.raises(FormatError) as refusal:
        read()
    assert refusal.value.code == code


def test_pem_with_windows_line_ends() -> None:
    assert sm2.PublicKey.from_pem(PUBLIC.replace("\n", "\r\n")) == sm2.PublicKey.from_pem(PUBLIC)


def test_a_private_key_does_not_show_itself() -> None:
    key = sm2.PrivateKey.from_pem(PRIVATE)
    secret = key.to_bytes()
    for shown in (repr(key), str(key), f"{key}"):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(key)
    assert key != sm2.PrivateKey.from_pem(PRIVATE)


def test_public_keys_are_equal_when_their_points_are() -> None:
    key = sm2.PublicKey.from_pem(PUBLIC)
    assert {key, sm2.PublicKey(key.point), sm2.PublicKey(museum.OTHER)} == {key, sm2.PublicKey(museum.OTHER)}
    assert key != key.point
    assert key.point.hex() in repr(key)


@pytest.mark.parametrize("scalar", [1, 2, 0xFF, 1 << 248, museum.N - 2])
@pytest.mark.usefixtures("provider")
def test_keys_at_the_edges(scalar: int) -> None:
    key = sm2.PrivateKey(scalar.to_bytes(32))
    if scalar == 1:
        assert key.public_key.point == museum.OTHER
    signature = sm2.sign(key, b"message", user_id=b"")
    assert sm2.verify(key.public_key, b"message", signature, user_id=b"")
    assert sm2.decrypt(key, sm2.encrypt(key.public_key, b"key")) == b"key"


@pytest.mark.parametrize(
    ("convert", "raw", "code"),
    [
        (sm2.signature_from_raw, b"", "sm.signature_length"),
        (sm2.signature_from_raw, bytes(63), "sm.signature_length"),
        (sm2.signature_from_raw, museum.signature(), "sm.signature_length"),
        (sm2.signature_from_raw, bytes(64), "sm.signature_range"),
        (sm2.signature_from_raw, b"\xff" * 64, "sm.signature_range"),
        (sm2.ciphertext_from_c1c3c2, b"", "sm.point_malformed"),
        (sm2.ciphertext_from_c1c3c2, museum.RAW[1:], "sm.point_off_curve"),  # its x begins with 04 as well
        (sm2.ciphertext_from_c1c3c2, museum.RAW[2:], "sm.point_malformed"),
        (sm2.ciphertext_from_c1c3c2, museum.RAW[:65], "sm.ciphertext_length"),
        (sm2.ciphertext_from_c1c3c2, museum.RAW[:97], "sm.ciphertext_length"),
        (sm2.ciphertext_from_c1c3c2, museum.RAW + bytes(300), "sm.ciphertext_length"),
        (sm2.ciphertext_from_c1c2c3, museum.RAW[:90], "sm.ciphertext_length"),
        (sm2.ciphertext_from_c1c2c3, museum.RAW[:97], "sm.ciphertext_length"),
        (sm2.ciphertext_from_c1c2c3, b"\x04" + bytes(200), "sm.point_off_curve"),
    ],
)
def test_malformed_raw_forms(convert: Callable[[bytes], bytes], raw: bytes, code: str) -> None:
    with pytest.raises(MedcredError) as refusal:
        convert(raw)
    assert refusal.value.code == code


@pytest.mark.usefixtures("provider")
def test_the_three_orders_of_a_ciphertext() -> None:
    key = sm2.PrivateKey(museum.PRIVATE)
    old = museum.RAW[:65] + museum.C2 + museum.C3
    assert sm2.ciphertext_from_c1c2c3(old) == sm2.ciphertext_from_c1c3c2(museum.RAW) == museum.ciphertext()
    # Taken for the other order, it has a form, and does not decrypt.
    with pytest.raises(RefusedError) as refusal:
        sm2.decrypt(key, sm2.ciphertext_from_c1c3c2(old))
    assert refusal.value.code == "sm.not_decrypted"
