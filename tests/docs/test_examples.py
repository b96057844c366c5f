"""The Python in the documentation: an example runs after its page's commands, in their folder, and prints what the page says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, blocks
from tests.docs.test_commands import environment, run

EXAMPLE = re.compile(r"(?ms)^```python\n(.*?)^```\n\nprints `([^`]+)`")
EXAMPLES = [(page, match[1], match[2]) for page in PAGES for match in EXAMPLE.finditer(page.read_text())]


def test_every_example_says_what_it_prints() -> None:
    assert EXAMPLES
    assert len(EXAMPLES) == sum(len(re.findall(r"(?m)^```python$", page.read_text())) for page in PAGES)


@pytest.mark.parametrize(("page", "code", "prints"), EXAMPLES, ids=[page.stem for page, _, _ in EXAMPLES])
def test_examples_print_what_the_page_says(page: Path, code: str, prints: str, tmp_path: Path) -> None:
    env = environment(tmp_path)
    for command in (command for block in blocks(page) if block.how == "" for command in block.commands):
        run(command.text, tmp_path, env)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"{prints}\n", done.stderr
