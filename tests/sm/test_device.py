"""The seam for devices, proven by a device made of software: what it must do, and every way in which one can be wrong."""

from collections.abc import Callable

import pytest

from schemas.errors import FormatError, MedcredError, RefusedError, SetupError, UnavailableError
from sm import sm2
from sm.device import DeviceKey, Sm2Device
from sm.providers import known_answers
from tests.sm import museum

LABEL = "hospital signing key 1"


class SoftwareDevice:
    """A device that keeps keys by label and speaks raw forms, as SDF and PKCS#11 do."""

    name = "software device"

    def __init__(self) -> None:
        self.keys = {LABEL: sm2.PrivateKey(known_answers.PRIVATE_KEY)}
        self.calls: list[str] = []

    def public_key(self, label: str) -> bytes:
        if label not in self.keys:
            raise UnavailableError("softdevice.no_key", "The device has no such key.", "List its keys with its maker's tool.")
        return self.keys[label].public_key.point

    def sign_digest(self, label: str, digest: bytes) -> bytes:
        self.calls.append("sign")
        return sm2.signature_to_raw(self.keys[label].sign_digest(digest))

    def decrypt(self, label: str, ciphertext_c1c3c2: bytes) -> bytes:
        self.calls.append("decrypt")
        return self.keys[label].decrypt(sm2.ciphertext_from_c1c3c2(ciphertext_c1c3c2))


@pytest.fixture
def device() -> SoftwareDevice:
    return SoftwareDevice()


@pytest.mark.usefixtures("provider")
def test_a_device_signs_and_decrypts_where_a_private_key_would(device: SoftwareDevice) -> None:
    driver: Sm2Device = device
    key: sm2.SecretKey = DeviceKey(driver, LABEL)
    signature = sm2.sign(key, b"message", user_id=sm2.DEFAULT_USER_ID)
    assert sm2.verify(key.public_key, b"message", signature, user_id=sm2.DEFAULT_USER_ID)
    assert not sm2.verify(key.public_key, b"message", signature, user_id=b"")
    assert sm2.decrypt(key, sm2.encrypt(key.public_key, b"file key")) == b"file key"
    assert device.calls == ["sign", "sign", "decrypt"]  # once when it was opened


def test_it_does_not_show_what_it_must_not(device: SoftwareDevice) -> None:
    shown = repr(DeviceKey(device, LABEL))
    assert known_answers.PRIVATE_KEY.hex() not in shown
    assert "software device" in shown


def test_what_the_driver_says_reaches_the_caller(device: SoftwareDevice) -> None:
    with pytest.raises(UnavailableError) as refusal:
        DeviceKey(device, "another label")
    assert refusal.value.code == "softdevice.no_key"


def test_a_device_that_goes_away_while_it_is_opened(device: SoftwareDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> bytes:
        raise UnavailableError("softdevice.pin", "The device wants its PIN.", "Give it.")

    monkeypatch.setattr(device, "sign_digest", locked)
    with pytest.raises(UnavailableError) as refusal:
        DeviceKey(device, LABEL)
    assert refusal.value.code == "softdevice.pin"


@pytest.mark.parametrize(
    ("point", "code"),
    [
        (museum.POINT[1:], "sm.point_malformed"),
        (museum.POINT[:-1] + b"\0", "sm.point_off_curve"),
        (b"\0", "sm.point_infinity"),
    ],
    ids=["without 04", "off the curve", "infinity"],
)
def test_a_public_key_that_is_none(device: SoftwareDevice, point: bytes, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "public_key", lambda _: point)
    with pytest.raises(FormatError) as refusal:
        DeviceKey(device, LABEL)
    assert refusal.value.code == code


ANSWERS: dict[str, Callable[[SoftwareDevice, bytes], bytes]] = {
    "DER for raw": lambda device, digest: device.keys[LABEL].sign_digest(digest),
    "nothing": lambda device, digest: b"",
    "zeros": lambda device, digest: bytes(64),
    "another digest's": lambda device, digest: sm2.signature_to_raw(device.keys[LABEL].sign_digest(bytes(32))),
    "another key's": lambda device, digest: sm2.signature_to_raw(sm2.generate().sign_digest(digest)),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_signature_that_is_none_is_never_given_away(
    device: SoftwareDevice, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = DeviceKey(device, LABEL)
    monkeypatch.setattr(device, "sign_digest", lambda _, digest: ANSWERS[answer](device, digest))
    with pytest.raises(UnavailableError) as refusal:
        sm2.sign(opened, b"message", user_id=b"")
    assert refusal.value.code == "sm.device_answer"
    with pytest.raises(SetupError) as wrong:
        DeviceKey(device, LABEL)
    assert wrong.value.code == "sm.wrong_device"


def test_a_ciphertext_of_another_key(device: SoftwareDevice) -> None:
    with pytest.raises(RefusedError) as refusal:
        sm2.decrypt(DeviceKey(device, LABEL), sm2.encrypt(sm2.generate().public_key, b"file key"))
    assert refusal.value.code == "sm.not_decrypted"


def test_a_malformed_ciphertext_does_not_reach_the_device(device: SoftwareDevice) -> None:
    key = DeviceKey(device, LABEL)
    for exhibit in museum.CIPHERTEXTS:
        if exhibit.code != "sm.not_decrypted":
            with pytest.raises(MedcredError):
                sm2.decrypt(key, exhibit.data)
    assert "decrypt" not in device.calls


def test_a_plaintext_of_another_length(device: SoftwareDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    key = DeviceKey(device, LABEL)
    monkeypatch.setattr(device, "decrypt", lambda *_: b"padded to a block")
    with pytest.raises(UnavailableError) as refusal:
        sm2.decrypt(key, sm2.encrypt(key.public_key, b"file key"))
    assert refusal.value.code == "sm.device_answer"
