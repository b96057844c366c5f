"""Whatever bytes come in, the readers answer with a value or a typed error, and what they accept has one form only."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import InputError, MedcredError
from sm import encrypted_keys, sm2
from sm.ciphertexts import ciphertext_from_c1c3c2, ciphertext_to_c1c3c2
from tests.sm import museum

EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "150"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RIGHT = {
    "public keys": museum.spki(),
    "private keys": museum.pkcs8(),
    "signatures": museum.signature(),
    "ciphertexts": museum.ciphertext(),
}
READERS: dict[str, Callable[[bytes], object]] = {
    **{room: read for room, (read, _) in museum.ROOMS.items()},
    "encrypted keys": lambda data: encrypted_keys.decrypt_pkcs8(data, b""),
    "points": sm2.PublicKey,
    "raw signatures": sm2.signature_from_raw,
    "C1C3C2": sm2.ciphertext_from_c1c3c2,
    "C1C2C3": sm2.ciphertext_from_c1c2c3,
}


def mutations(right: bytes) -> st.SearchStrategy[bytes]:
    """These bytes with one place set, cut out, doubled or filled."""
    place = st.integers(0, len(right))
    return st.one_of(
        st.builds(lambda at, byte: right[:at] + bytes((byte,)) + right[at + 1 :], place, st.integers(0, 255)),
        st.builds(lambda at, size: right[:at] + right[at + size :], place, st.integers(1, 40)),
        st.builds(lambda at, more: right[:at] + more + right[at:], place, st.binary(min_size=1, max_size=8)),
        st.builds(lambda at, size: right[:at] + right[at : at + size] + right[at:], place, st.integers(1, 40)),
    )


def answer(name: str, data: bytes) -> object:
    """What a reader gives, or the typed error it raises. Any other error is the test's failure."""
    try:
        return READERS[name](data)
    except MedcredError as error:
        return error


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=300))
@QUICK
def test_any_bytes(name: str, data: bytes) -> None:
    found = answer(name, data)
    assert not isinstance(found, MedcredError) or found.code.startswith("sm.")


@pytest.mark.parametrize("name", RIGHT)
@given(data=st.data())
@QUICK
def test_nearly_right_bytes(name: str, data: st.DataObject) -> None:
    altered = data.draw(mutations(RIGHT[name]))
    match answer(name, altered):
        case MedcredError() as error:
            assert error.code.startswith("sm.")
        case sm2.PublicKey() as key:
            assert key.to_spki() == altered
        case sm2.PrivateKey() as key:
            assert key.public_key.point == museum.POINT
        case bool(matches):
            assert not matches or altered == RIGHT[name]
            assert sm2.signature_from_raw(sm2.signature_to_raw(altered)) == altered
        case _:
            assert altered == RIGHT[name]


@given(text=st.text(max_size=300))
@QUICK
def test_any_text(text: str) -> None:
    for read in (sm2.PublicKey.from_pem, sm2.PrivateKey.from_pem):
        with pytest.raises(InputError):
            read(text)


@given(r=st.integers(1, museum.N - 1), s=st.integers(1, museum.N - 1))
@QUICK
def test_every_signature_has_one_der_and_one_raw_form(r: int, s: int) -> None:
    if r + s == museum.N:
        return
    signature = museum.signature(r, s)
    assert sm2.signature_from_raw(sm2.signature_to_raw(signature)) == signature


@given(c3=st.binary(min_size=32, max_size=32), c2=st.binary(min_size=1, max_size=255))
@QUICK
def test_every_ciphertext_has_one_der_and_one_raw_form(c3: bytes, c2: bytes) -> None:
    ciphertext = museum.ciphertext(c3=c3, c2=c2)
    assert ciphertext_from_c1c3c2(ciphertext_to_c1c3c2(ciphertext)) == ciphertext
