"""Every exhibit is refused with its code, and the right bytes they were made from are not."""

import pytest

from schemas.errors import MedcredError
from sm import sm2
from tests.sm import museum


@pytest.mark.parametrize(
    ("room", "exhibit"),
    [
        pytest.param(room, exhibit, id=f"{room}: {exhibit.fault}")
        for room, (_, exhibits) in museum.ROOMS.items()
        for exhibit in exhibits
    ],
)
@pytest.mark.usefixtures("provider")
def test_refused(room: str, exhibit: museum.Exhibit) -> None:
    read, _ = museum.ROOMS[room]
    with pytest.raises(MedcredError) as refusal:
        read(exhibit.data)
    assert refusal.value.code == exhibit.code
    assert museum.PRIVATE.hex() not in str(refusal.value.as_dict())


@pytest.mark.usefixtures("provider")
def test_what_they_were_made_from_is_right() -> None:
    assert sm2.PublicKey.from_spki(museum.spki()).point == museum.POINT
    for right in (
        museum.pkcs8(),
        museum.pkcs8(museum.ec_key(point=None)),
        museum.pkcs8(museum.ec_key(curve_name=museum.SM2)),
        museum.pkcs8(after=museum.der.element(museum.der.CONTEXT_0)),
    ):
        assert sm2.PrivateKey.from_pkcs8(right).public_key.point == museum.POINT
    key = sm2.PrivateKey(museum.PRIVATE)
    assert sm2.verify(key.public_key, b"message digest", museum.signature(), user_id=sm2.DEFAULT_USER_ID)
    assert sm2.decrypt(key, museum.ciphertext()) == b"encryption standard"


def test_every_exhibit_is_another() -> None:
    for _, exhibits in museum.ROOMS.values():
        assert len({exhibit.data for exhibit in exhibits}) == len(exhibits)
        assert len({exhibit.fault for exhibit in exhibits}) == len(exhibits)
