"""What other rooms may use of this one. A name more or less here is a decision, not an accident."""

import importlib
import subprocess
import sys

import pytest

import sm

FACE = {
    "device": {"DeviceKey", "Sm2Device"},
    "digest": {"NAME", "Hash", "prove_sm3", "sm3"},
    "mac": {"hkdf_expand", "hkdf_extract", "hkdf_sm3", "hmac_sm3", "new_hmac_sm3"},
    "providers": {"Report", "Sm2Provider", "Standing", "chosen", "prove", "survey"},
    "sm2": {
        "DEFAULT_USER_ID",
        "MAX_PLAINTEXT_BYTES",
        "PrivateKey",
        "PublicKey",
        "SecretKey",
        "ciphertext_from_c1c2c3",
        "ciphertext_from_c1c3c2",
        "ciphertext_to_c1c3c2",
        "decrypt",
        "encrypt",
        "generate",
        "message_hash",
        "sign",
        "sign_digest",
        "signature_from_raw",
        "signature_to_raw",
        "verify",
        "verify_digest",
    },
    "sm4": {
        "BLOCK_BYTES",
        "KEY_BYTES",
        "NONCE_BYTES",
        "TAG_BYTES",
        "CbcDecryptor",
        "CbcEncryptor",
        "CtrCipher",
        "GcmDecryptor",
        "GcmEncryptor",
        "cbc_decrypt",
        "cbc_encrypt",
        "ctr",
        "gcm_decrypt",
        "gcm_encrypt",
        "prove_sm4",
    },
}


def test_the_room_shows_these_modules() -> None:
    assert set(sm.__all__) == FACE.keys()


@pytest.mark.parametrize("module", FACE)
def test_each_module_shows_these_names(module: str) -> None:
    found = importlib.import_module(f"sm.{module}")
    assert set(found.__all__) == FACE[module]
    assert all(hasattr(found, name) for name in FACE[module])


def test_who_needs_sm3_loads_no_sm2_and_no_sm4() -> None:
    code = "import sys, sm.digest; print([name for name in sys.modules if name.startswith('sm.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sm.digest']"
