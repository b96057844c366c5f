"""agents.yml: who runs here. Read and checked in `read`, its words in `model`, its secrets in `secrets`."""

from medcred.house.model import AgentEntry, House
from medcred.house.read import read_house

__all__ = ["AgentEntry", "House", "read_house"]
