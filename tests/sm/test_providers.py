"""Which library computes SM2: the first that is there and right. One that is wrong in any answer is refused, and shown."""

import ctypes
import importlib
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.errors import MedcredError, SetupError
from sm import providers, sm2
from sm.providers import Standing, known_answers, libcrypto
from sm.providers.gmssl import GmsslPyx
from sm.providers.openssl import OpenSsl
from sm.providers.provider import not_decrypted


@pytest.fixture(autouse=True)
def choose_anew() -> Iterator[None]:
    providers.chosen.cache_clear()
    yield
    providers.chosen.cache_clear()


def without_libcrypto(patch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    patch.setattr(libcrypto.ctypes, "CDLL", missing)
    patch.setattr(libcrypto.ctypes.util, "find_library", lambda _: None)


def without_gmssl_pyx(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "gmssl_pyx", None)


def test_openssl_comes_first() -> None:
    assert list(providers.PROVIDERS) == ["OpenSSL", "gmssl-pyx"]
    assert providers.chosen().name == "OpenSSL"
    assert providers.chosen() is providers.chosen()


def test_without_openssl_gmssl_pyx_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gmssl_pyx")
    without_libcrypto(monkeypatch)
    assert providers.chosen().name == "gmssl-pyx"
    key = sm2.generate()
    assert sm2.verify(key.public_key, b"m", sm2.sign(key, b"m", user_id=b""), user_id=b"")
    assert [(report.name, report.standing) for report in providers.survey()] == [
        ("OpenSSL", Standing.ABSENT),
        ("gmssl-pyx", Standing.CHOSEN),
    ]


def test_without_both_there_is_no_sm2(monkeypatch: pytest.MonkeyPatch) -> None:
    without_libcrypto(monkeypatch)
    without_gmssl_pyx(monkeypatch)
    with pytest.raises(SetupError) as refusal:
        sm2.generate()
    assert refusal.value.code == "sm.no_sm2"
    assert "gmssl-pyx" in refusal.value.hint
    assert {report.standing for report in providers.survey()} == {Standing.ABSENT}


def test_the_survey_names_versions() -> None:
    reports = providers.survey()
    assert [report.name for report in reports] == ["OpenSSL", "gmssl-pyx"]
    assert reports[0].standing is Standing.CHOSEN
    assert reports[0].says.startswith("3.")


def test_an_openssl_built_without_sm2_is_refused(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """As RHEL, Rocky and Fedora build it: the algorithm is not there, nor is its curve."""

    class Bare(OpenSsl):
        def __init__(self) -> None:
            super().__init__()
            self._lib = Without(self._lib)

    class Without:
        """A libcrypto that answers nothing when asked for SM2."""

        def __init__(self, library: Any) -> None:
            self._library = library

        def __getattr__(self, name: str) -> Any:
            missing = {"EVP_PKEY_CTX_new_from_name", "EC_GROUP_new_by_curve_name"}
            return (lambda *_: None) if name in missing else getattr(self._library, name)

    monkeypatch.setitem(providers.PROVIDERS, "OpenSSL", Bare)
    with caplog.at_level(logging.WARNING, "sm.providers"):
        if importlib.util.find_spec("gmssl_pyx"):
            assert providers.chosen().name == "gmssl-pyx"
    report = providers.survey()[0]
    assert report.standing is Standing.REFUSED
    assert "SM2" in report.says
    for call in (
        lambda: Bare().sign_digest(known_answers.PRIVATE_KEY, known_answers.PUBLIC_KEY, known_answers.DIGEST),
        lambda: Bare().public_key(known_answers.PRIVATE_KEY),
    ):
        with pytest.raises(SetupError) as refusal:
            call()
        assert refusal.value.code == "sm.provider_failed"


def _refuses(*_: object) -> bytes:
    raise not_decrypted()


WRONG: dict[str, tuple[str, Callable[..., object]]] = {
    "says yes to every signature": ("verify_digest", lambda *_: True),
    "says no to every signature": ("verify_digest", lambda *_: False),
    "signs with one nonce": ("sign_digest", lambda *_: sm2.signature_from_raw(known_answers.SIGNATURE_RAW)),
    "decrypts to something else": ("decrypt", lambda *_: b"something else"),
    "does not compare C3": ("decrypt", lambda *_: known_answers.PLAINTEXT),
    "decrypts nothing": ("decrypt", _refuses),
    "names another public key": ("public_key", lambda *_: known_answers.PUBLIC_KEY[::-1]),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_library_with_a_wrong_answer_is_never_used(
    fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    method, answer = WRONG[fault]
    wrong = OpenSsl()
    monkeypatch.setattr(wrong, method, answer)
    with pytest.raises(SetupError) as refusal:
        providers.prove(wrong)
    assert refusal.value.code == "sm.wrong_sm2"

    monkeypatch.setattr(providers, "PROVIDERS", {"OpenSSL": lambda: wrong})
    assert providers.survey()[0].standing is Standing.REFUSED
    with caplog.at_level(logging.WARNING, "sm.providers"), pytest.raises(SetupError, match="Nothing on this machine"):
        providers.chosen()
    assert "fails the known answers" in caplog.text


def test_a_library_that_cannot_sign_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = OpenSsl()
    for method in ("sign_digest", "verify_digest", "encrypt", "decrypt"):
        with monkeypatch.context() as patched:
            patched.setattr(openssl, "_lib", Failing(openssl._lib, f"EVP_PKEY_{method.partition('_')[0]}_init"))
            with pytest.raises(MedcredError) as refusal:
                providers.prove(openssl)
        assert refusal.value.code in {"sm.provider_failed", "sm.wrong_sm2"}


class Failing:
    """A libcrypto one function of which fails."""

    def __init__(self, library: Any, fails: str) -> None:
        self._library = library
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        return (lambda *_: 0) if name == self._fails else getattr(self._library, name)


FAILURES: dict[str, Callable[[OpenSsl], object]] = {
    "EVP_PKEY_CTX_new_from_pkey": lambda openssl: openssl.encrypt(known_answers.PUBLIC_KEY, b"key"),
    "EVP_PKEY_fromdata": lambda openssl: openssl.encrypt(known_answers.PUBLIC_KEY, b"key"),
    "EVP_PKEY_encrypt": lambda openssl: openssl.encrypt(known_answers.PUBLIC_KEY, b"key"),
    "EC_POINT_mul": lambda openssl: openssl.public_key(known_answers.PRIVATE_KEY),
    "BN_bin2bn": lambda openssl: openssl.public_key(known_answers.PRIVATE_KEY),
}


@pytest.mark.parametrize("fails", FAILURES)
def test_a_failure_inside_openssl_is_a_typed_error(fails: str) -> None:
    openssl = OpenSsl()
    openssl._lib = Failing(openssl._lib, fails)
    with pytest.raises(SetupError) as refusal:
        FAILURES[fails](openssl)
    assert refusal.value.code == "sm.provider_failed"


def test_an_old_libcrypto_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = libcrypto.load()
    monkeypatch.setattr(libcrypto, "_OLDEST", real.OpenSSL_version_num() + 1)
    with pytest.raises(SetupError) as refusal:
        OpenSsl()
    assert refusal.value.code == "sm.no_libcrypto"
    assert "older" in refusal.value.message


def test_a_library_of_the_right_name_without_the_functions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto.ctypes, "CDLL", lambda _: ctypes.PyDLL(None))
    monkeypatch.setitem(libcrypto._FUNCTIONS, "EVP_no_such_function", (None, []))
    with pytest.raises(SetupError) as refusal:
        OpenSsl()
    assert refusal.value.code == "sm.no_libcrypto"


def test_a_libcrypto_under_another_name_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "_SONAMES_ELSEWHERE", ("libcrypto.so.99",))
    assert OpenSsl().version.startswith("3.")


def test_gmssl_pyx_that_fails_is_a_typed_error() -> None:
    gmssl_pyx = pytest.importorskip("gmssl_pyx")
    provider = GmsslPyx()
    assert not provider.verify_digest(known_answers.PUBLIC_KEY, known_answers.DIGEST, b"not a signature")
    with pytest.raises(SetupError):
        provider.encrypt(known_answers.PUBLIC_KEY, b"")
    with pytest.raises(SetupError):
        provider.sign_digest(known_answers.PRIVATE_KEY, known_answers.PUBLIC_KEY, b"not a digest")
    assert issubclass(gmssl_pyx.InvalidValueError, gmssl_pyx.GmsslInnerError)


def test_the_choice_is_made_at_the_first_use_not_at_import() -> None:
    code = "import sm.sm2, sys; print('gmssl_pyx' in sys.modules, sm.sm2.providers.chosen.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False 0"
