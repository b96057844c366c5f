"""The documentation as the tests see it: its pages, their console blocks, their generated parts.

A console block starts with ```` ```console ````, and one more word may say how it is tried:

    console             its `$ ` commands are run in an empty folder of their own; what follows a command is what it prints
    console tutorial    run by `test_tutorial`, in one house with real agents, page by page
    console shown       only read: its make targets, commands and options must exist

A ```` ```python ```` block is run after the page's commands (`test_examples`).

In what a command prints, `…` stands for anything within a line, and a line of `…` alone for any lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "ledger" / "README.md",
        *ROOT.glob("docs/**/*.md"),
    ]
)
_FENCE = re.compile(r"^```(\S*) ?(.*)$")
_GENERATED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass
class Command:
    """A command of a console block, and what the page says it prints."""

    text: str
    line: int
    prints: list[str] = field(default_factory=list)

    @property
    def expected(self) -> re.Pattern[str]:
        lines = [r"(?s:.*)" if line == "…" else r"[^\n]*".join(map(re.escape, line.split("…"))) for line in self.prints]
        return re.compile(r"\s*\n".join(lines) + r"\s*")


@dataclass
class Block:
    """A console block of a page, or the name of a step that a person takes on the pages (`<!-- by hand: NAME -->`)."""

    page: Path
    how: str
    commands: list[Command] = field(default_factory=list)
    by_hand: str = ""


def blocks(page: Path) -> Iterator[Block]:
    """The console blocks and hand-made steps of a page, in order."""
    current: Block | None = None
    fenced = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if step := re.fullmatch(r"<!-- by hand: ([a-z-]+) -->", line):
            yield Block(page, "tutorial", by_hand=step[1])
        elif fence := _FENCE.match(line):
            fenced = not fenced
            if fenced and fence[1] == "console":
                current = Block(page, fence[2])
            elif current:
                yield current
                current = None
        elif current and line.startswith("$ "):
            current.commands.append(Command(line[2:], number))
        elif current and current.commands and current.commands[-1].text.endswith("\\"):
            current.commands[-1].text = current.commands[-1].text[:-1] + line.strip()
        elif current and line and current.commands:
            current.commands[-1].prints.append(line)


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", page.read_text())


def generated(page: Path) -> dict[str, str]:
    """The generated parts of a page by name."""
    return {
        match[2]: match[0].removeprefix(match[1]).removesuffix(match[3]).strip()
        for match in _GENERATED.finditer(page.read_text())
    }


def write_generated(page: Path, name: str, content: str) -> None:
    """Put `content` into the part of that name."""
    text, count = _GENERATED.subn(
        lambda match: f"{match[1]}\n{content}\n\n{match[3]}" if match[2] == name else match[0], page.read_text()
    )
    assert count, f"{page} has no part {name}"
    page.write_text(text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.replace("`", ""))
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return {slug if number == 0 else f"{slug}-{number}" for slug, last in found.items() for number in range(last + 1)}
