"""signers: from agents.yml to the issuer's settings, and what is no such thing."""

import asyncio
import json
from pathlib import Path

import pytest

from issuer.settings import Settings
from medcred.house import read_house
from medcred.supervise.services import ServiceSettings
from schemas.errors import ConfigError
from schemas.types import RecordType
from verifier.identity.trusted import SignerRule

SHIPPED = Path(__file__).parents[2] / "agents.yml"


def written(folder: Path, signers: str, didcomm: int = 8130) -> Path:
    place = f"    ports: {{didcomm: {didcomm}"
    text = SHIPPED.read_text()
    assert place in text
    file = folder / "agents.yml"
    file.write_text(text.replace(place, f"    signers: {signers}\n{place}"))
    return file


def test_what_is_said_arrives(tmp_path: Path) -> None:
    house = read_house(written(tmp_path, "[{role: Physician, types: [ReferralCredential]}]"))
    asyncio.run(ServiceSettings(house).write("issuer", tmp_path / "issuer.json"))
    settings = Settings.model_validate(json.loads((tmp_path / "issuer.json").read_text())["settings"])
    assert settings.signers_of("hk") == (SignerRule(role="Physician", types=(RecordType.REFERRAL,)),)
    assert settings.signers_of("sz") == settings.signers_of("nobody") == ()


@pytest.mark.parametrize(
    ("signers", "didcomm"),
    [
        ("[{role: Physician}]", 8130),
        ("[{role: Physician, types: []}]", 8130),
        ("[{role: Physician, types: [Diploma]}]", 8130),
        ('[{role: "", types: [ReferralCredential]}]', 8130),
        ("[{role: Physician, types: [ReferralCredential]}]", 8140),
    ],
    ids=["no types", "empty types", "an unknown type", "an empty role", "a wallet's"],
)
def test_mistakes_are_refused(tmp_path: Path, signers: str, didcomm: int) -> None:
    with pytest.raises(ConfigError):
        read_house(written(tmp_path, signers, didcomm))
