"""How the story is told: a line a step as it happens, for people; the same facts as one object, for programs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Step:
    """One step of the story: what was done, what came of it, how long it took."""

    number: int
    title: str
    seconds: float = 0.0
    facts: list[str] = field(default_factory=list)

    def say(self, fact: str) -> None:
        """Something worth telling that came of this step."""
        self.facts.append(fact)


class Teller:
    """Tells steps one by one.

    Args:
        say: prints a line for people; nothing is said when it is None.
        clock: seconds, monotonic.
    """

    def __init__(self, say: Callable[[str], None] | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say or (lambda _: None)
        self._clock = clock
        self._began = clock()
        self.steps: list[Step] = []

    @property
    def seconds(self) -> float:
        """How long the story has taken so far."""
        return round(self._clock() - self._began, 1)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """A step; its facts are told when it is done."""
        step = Step(len(self.steps) + 1, title)
        began = self._clock()
        yield step
        step.seconds = round(self._clock() - began, 1)
        self.steps.append(step)
        self._say(f"{step.number:>2}  {step.title}  ({step.seconds:.1f} s)")
        for fact in step.facts:
            self._say(f"      {fact}")

    def aside(self, line: str) -> None:
        """A line between steps."""
        self._say(line)

    def as_dict(self) -> list[dict[str, Any]]:
        return [asdict(step) for step in self.steps]
