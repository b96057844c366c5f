"""The roots of the settings: read once, published as they are, and refused when they are not what they should be."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError

from issuer.onboarding.roots import Roots, read_roots
from issuer.settings import CertificateRootSettings, Settings, VleiRootSettings
from schemas.errors import ConfigError
from tests.verifier.identity.x509 import pki
from verifier.identity.vlei import Pins
from verifier.identity.vlei.pins import GLEIF_EXTERNAL, GLEIF_ROOT

AID = "E" + "a" * 43


def test_roots_of_both_roads(tmp_path: Path) -> None:
    (tmp_path / "root.kel").write_bytes(b"\n-KEL-\n")
    authority = pki.root()
    (tmp_path / "root.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "root.der").write_bytes(authority.der)
    roots = read_roots(
        [
            VleiRootSettings(road="vlei", aid=GLEIF_ROOT, name="GLEIF", kel_file=tmp_path / "root.kel"),
            VleiRootSettings(road="vlei", aid=AID, name="Rehearsal"),
            CertificateRootSettings(road="certificate", certificate_file=tmp_path / "root.pem", name="Test Root"),
            CertificateRootSettings(road="certificate", certificate_file=tmp_path / "root.der", name="The same"),
        ]
    )
    assert roots.pins == (Pins(GLEIF_ROOT, GLEIF_EXTERNAL, b"-KEL-"), Pins(root=AID))
    assert roots.certificates == (authority.der, authority.der)
    said = [root.model_dump(by_alias=True) for root in roots.published]
    assert said[1] == {"road": "vlei", "aid": AID, "name": "Rehearsal"}
    assert said[2] == {"road": "certificate", "certificate": base64.b64encode(authority.der).decode(), "name": "Test Root"}


def test_no_roots() -> None:
    assert read_roots([]) == Roots()


@pytest.mark.parametrize("content", [None, b"", b"no certificate", pki.root().certificate.public_bytes(Encoding.PEM) * 2])
def test_a_file_that_is_not_one_certificate(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "root.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        read_roots([CertificateRootSettings(road="certificate", certificate_file=file, name="x")])
    assert error.value.code == "identity.root_file"


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_roots([VleiRootSettings(road="vlei", aid=AID, name="x", kel_file=tmp_path / "none")])


@pytest.mark.parametrize(
    "root",
    [
        {"road": "vlei", "aid": "E123", "name": "x"},
        {"road": "vlei", "aid": AID, "name": ""},
        {"road": "vlei", "aid": AID, "name": "x", "certificate_file": "y"},
        {"road": "certificate", "name": "x"},
        {"road": "word of mouth", "name": "x"},
    ],
)
def test_roots_of_another_form(settings: Settings, root: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(settings.model_dump() | {"trust_roots": [root]})
