"""A whole house for the tests: the agents.yml that ships, on other ports, in a thread with a loop of its own."""

import asyncio
import re
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.client import AgentClient
from agents.launch import AgentRole
from medcred.house import House, read_house
from medcred.house.secrets import Secrets
from medcred.supervise.plan import plans
from medcred.supervise.services import ServiceSettings
from medcred.supervise.supervisor import Supervisor
from tests.agents.running import Party, RunningAgent, make_spec

SHIPPED = Path(__file__).parents[2] / "agents.yml"
STARTING_SECONDS = 180.0


def house_on_other_ports(folder: Path) -> House:
    """The shipped house, each port 9000 higher, its state in `folder`."""
    text = re.sub(r"\b8(1\d\d)\b", r"17\1", SHIPPED.read_text()).replace("localhost%3A8", "localhost%3A17")
    file = folder / "agents.yml"
    file.write_text(text)
    return read_house(file)


class RunningHouse:
    """The house and its supervisor. `run` hands a coroutine to the loop that the processes live in."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.secrets = Secrets(house.state)
        self.settings = ServiceSettings(house)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.supervisor = Supervisor(plans(house), lambda _: None)
        self.run(self.supervisor.__aenter__())
        self.run(self.supervisor.all_ready(patience=STARTING_SECONDS))

    def run[Answer](self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STARTING_SECONDS)

    def stop(self) -> None:
        self.run(self.supervisor.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def agent(self, name: str) -> AgentClient:
        """A client at one of the house's agents. Close it in the loop that uses it."""
        entry = self.house.agent(name)
        return AgentClient(f"http://127.0.0.1:{entry.ports.admin}", self.secrets.text(entry.secrets.admin))


@dataclass
class Thief:
    """A wallet of somebody else's making: our plugin, and one that sends whatever it is told to."""

    agent: RunningAgent

    def client(self) -> Party:
        return Party(self.agent.spec.admin_url, self.agent.spec.admin_key)


def start_thief(folder: Path) -> Thief:
    agent = RunningAgent(make_spec(folder, "thief", AgentRole.PATIENTS, 17190), plugin="forging")
    agent.wait()
    return Thief(agent)
