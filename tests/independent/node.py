"""Programs of others on Node.js, run once with a question in JSON and a time limit; what they say on stderr is in the failure."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def need(folder: str) -> Path:
    """The folder of a program with its packages in place. Missing: a failure under CI, a loud skip elsewhere."""
    here = HERE / folder
    if shutil.which("node") and (here / "node_modules").is_dir():
        return here
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs Node.js and the packages of {here}; `make test` installs them")
    pytest.skip(f"no Node.js or no packages in {here} (`make test` installs them)")


def ask(program: Path, question: Any, *, seconds: float = 60.0) -> Any:
    """What the program answers on stdout; a failure when it ends badly or takes too long."""
    try:
        done = subprocess.run(
            ["node", program.name],
            cwd=program.parent,
            input=json.dumps(question).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"{program.name} did not answer within {seconds:.0f} s:\n{_tail(error.stderr)}")
    if done.returncode != 0:
        pytest.fail(f"{program.name} ended with {done.returncode}:\n{_tail(done.stderr)}")
    return json.loads(done.stdout)


def _tail(text: bytes | None) -> str:
    return (text or b"").decode(errors="replace")[-4000:]
