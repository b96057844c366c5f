"""The commands in the documentation: those that need no agents are run, all others exist as they are written."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from medcred.cli import medcred
from tests.docs.pages import PAGES, ROOT, Block, blocks
from verifier.reasons import REASONS, sentence

BLOCKS = [block for page in PAGES for block in blocks(page)]
HOW = {"", "tutorial", "shown"}


def identify(block: Block) -> str:
    return f"{block.page.relative_to(ROOT)}:{block.commands[0].line if block.commands else block.by_hand}"


def environment(home: Path) -> dict[str, str]:
    """Our commands first on the path, a home of its own, a terminal of 80 columns."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEDCRED_")}
    return kept | {"PATH": path, "HOME": str(home), "COLUMNS": "80", "LC_ALL": "C.UTF-8"}


def run(command: str, folder: Path, env: dict[str, str]) -> str:
    """What a command prints, errors included."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.how == "" and block.commands], ids=identify)
def test_commands_print_what_the_page_says(block: Block, tmp_path: Path) -> None:
    for command in block.commands:
        printed = run(command.text, tmp_path, environment(tmp_path))
        assert command.expected.fullmatch(printed), f"{block.page}:{command.line}: $ {command.text}\n{printed}"


def test_every_block_says_how_it_is_tried() -> None:
    assert {block.how for block in BLOCKS} == HOW
    assert not [identify(block) for block in BLOCKS if not block.by_hand and not block.commands]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.how], ids=identify)
def test_commands_that_are_only_shown_exist(block: Block) -> None:
    for command in block.commands:
        for part in re.split(r"[;|>]", command.text):
            words = shlex.split(part)
            if words[:1] == ["make"]:
                assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), part
            elif words[:1] == ["medcred"]:
                _exists(words[1:])


def _exists(words: list[str]) -> None:
    command: click.Command = medcred
    context = click.Context(medcred)
    while isinstance(command, click.Group):
        below = command.get_command(context, words[0])
        assert below, f"there is no command {words[0]}"
        command, words = below, words[1:]
    options = {option for parameter in command.params for option in parameter.opts}
    assert not [word for word in words if word.startswith("--") and word not in options], command.name


def test_the_demo_in_the_readme_is_the_story_that_is_told() -> None:
    """The README shortens what `medcred demo` prints: its steps are those of the story, its sentences those of the verifier."""
    text = next(
        part for part in re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL) if "Verdict at" in part
    )
    steps = re.findall(r"^ ?\d+  (.+)  \(\d+\.\d s\)$", text, re.MULTILINE)
    assert len(steps) > 5
    titles = [pattern for file in ("commands/demo.py", "demo/story.py") for pattern in _titles(ROOT / "medcred" / file)]
    assert not [step for step in steps if not any(title.fullmatch(step) for title in titles)]
    said = {sentence(reason) for reason in REASONS}
    shown = re.findall(r"^  ✓ \w+ +(.+)$", text, re.MULTILINE)
    assert shown
    assert set(shown) <= said


def _titles(file: Path) -> list[re.Pattern[str]]:
    """Every text in a file that may be a step's title, with anything where something is filled in."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(re.compile(re.escape(node.value)))
        elif isinstance(node, ast.JoinedStr):
            found.append(
                re.compile(
                    "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)
                )
            )
    return found
