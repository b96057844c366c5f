"""trust_roots, require_road, framework and types: from agents.yml to the issuer's settings, and what is no such thing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from issuer.settings import CertificateRootSettings, Settings, VleiRootSettings
from medcred.house import read_house
from medcred.supervise.services import ServiceSettings
from schemas.errors import ConfigError
from schemas.types import RecordType

SHIPPED = Path(__file__).parents[2] / "agents.yml"
AID = "E" + "a" * 43
WORDS = f"""
    require_road: true
    framework: https://rules.example/hospitals/1
    trust_roots:
      - {{road: vlei, aid: {AID}, name: Rehearsal root, kel_file: roots/root.kel}}
      - {{road: certificate, certificate_file: /etc/roots/ca.pem, name: Example CA}}
"""


def written(folder: Path, words: str = "", types: str = "") -> Path:
    text = SHIPPED.read_text().replace("    registrar: hk\n", f"    registrar: hk\n{words.lstrip(chr(10))}")
    if types:
        text = text.replace("    ports: {didcomm: 8130", f"    types: {types}\n    ports: {{didcomm: 8130")
    file = folder / "agents.yml"
    file.write_text(text)
    return file


def issuer_of(file: Path) -> Settings:
    house = read_house(file)
    out = file.with_name("issuer.json")
    asyncio.run(ServiceSettings(house).write("issuer", out))
    told: dict[str, Any] = json.loads(out.read_text())
    return Settings.model_validate(told["settings"])


def test_what_is_said_arrives(tmp_path: Path) -> None:
    settings = issuer_of(written(tmp_path, WORDS, "[ImmunizationCredential, ReferralCredential]"))
    assert (settings.require_road, settings.framework) == (True, "https://rules.example/hospitals/1")
    vlei, certificate = settings.trust_roots
    assert isinstance(vlei, VleiRootSettings)
    assert vlei.kel_file == tmp_path / ".medcred" / "roots" / "root.kel"
    assert isinstance(certificate, CertificateRootSettings)
    assert certificate.certificate_file == Path("/etc/roots/ca.pem")
    assert settings.types_of("hk") == (RecordType.IMMUNIZATION, RecordType.REFERRAL)
    assert settings.types_of("sz") == tuple(RecordType)


def test_nothing_said_is_as_before(tmp_path: Path) -> None:
    settings = issuer_of(written(tmp_path))
    assert (settings.trust_roots, settings.require_road, settings.framework) == ([], False, None)


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ("    trust_roots: [{road: vlei, aid: E123, name: x}]\n", ""),
        ("    trust_roots: [{road: certificate, name: x}]\n", ""),
        ("    trust_roots: [{road: word of mouth, name: x}]\n", ""),
        ("    framework: not a uri\n", ""),
        ("", "[PassportCredential]"),
        ("", "[]"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, words: str, types: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_house(written(tmp_path, words, types))
    assert error.value.code == "house.invalid"
    assert error.value.line > 1


def test_a_wallet_issues_nothing(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(
        file.read_text().replace("    ports: {didcomm: 8140", "    types: [MedicalCertificate]\n    ports: {didcomm: 8140")
    )
    with pytest.raises(ConfigError):
        read_house(file)
