"""The issuer service of a house, for the commands that act through it."""

from pathlib import Path

from medcred.house import read_house
from medcred.house.secrets import Secrets
from medcred.party import Party
from schemas.errors import ConfigError


def issuer(file: Path, key: str) -> Party:
    """A caller at the issuer service of agents.yml, with one of its API keys.

    Raises:
        ConfigError: `issuer.none`, `issuer.key`.
    """
    house = read_house(file)
    service = house.services.issuer
    if service is None:
        raise ConfigError("issuer.none", "This house has no issuer service.", "Add services.issuer to agents.yml.")
    if key not in service.api_keys:
        raise ConfigError("issuer.key", f"There is no API key {key}.", f"One of {', '.join(service.api_keys)}.")
    return Party(f"http://localhost:{service.port}", Secrets(house.state).text(service.api_keys[key].secret))
