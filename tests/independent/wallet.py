"""The Credo wallet as a test drives it: one question, one answer, a time limit, and its stderr in the failure."""

import contextlib
import json
import os
import subprocess
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

ANSWER_SECONDS = 30.0


class CredoWallet:
    """A running `wallet.mjs`.

    Args:
        program: the folder of the wallet, with its packages.
        folder: where it keeps its database and its log.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "stderr.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["node", "wallet.mjs"],
                cwd=program,
                env=os.environ | {"HOME": str(folder), "LIB_ARIES_ASKAR_PATH": str(program / ".askar")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._lines: Queue[bytes] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, what: str, *, seconds: float = ANSWER_SECONDS, **words: Any) -> Any:
        """The result of one command of `wallet.mjs`; a failure when it refuses, dies or takes too long."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"do": what, **words}).encode() + b"\n")
            self._process.stdin.flush()
            answer = json.loads(self._lines.get(timeout=seconds) or b'{"error": "the process ended"}')
        except (Empty, OSError) as error:
            self._process.kill()
            answer = {"error": f"no answer ({type(error).__name__})"}
        if "error" in answer:
            pytest.fail(f"wallet.mjs, {what}: {answer['error']}\n{self.complaints()[-4000:]}")
        return answer["result"]

    def complaints(self) -> str:
        """What the wallet has written to stderr: Credo's warnings and errors."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """End the wallet: by closing its stdin, or by force."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        with contextlib.suppress(ValueError):  # closed
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(b"")
