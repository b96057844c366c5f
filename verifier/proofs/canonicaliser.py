"""RDF canonicalisation with a bound: a worker process that may be killed.

RDFC-1.0 can be made to take hours by a graph of a hundred statements ("poison graph", RDFC-1.0 §7.1), and a library cannot be
interrupted from inside. So canonicalisation happens in a process of its own, started when first needed and kept for the next
document, with a limit on its memory and on the time one answer may take. When an answer is late the process is killed and the
document is refused; the next document gets a new process.

The worker (`verifier.proofs.worker`) knows the contexts it is given, the frozen ones, and nothing else; it opens no socket.
"""

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from schemas.contexts import frozen_contexts
from schemas.errors import SetupError

_ROOT = Path(__file__).parents[2]
_STARTUP_SECONDS = 60.0
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Refusal(StrEnum):
    """Why a document has no canonical form here."""

    TOO_COSTLY = "too_costly"
    UNKNOWN_CONTEXT = "unknown_context"
    UNSIGNED_TERMS = "unsigned_terms"
    MALFORMED = "malformed"


class Canonicaliser:
    """RDFC-1.0 N-Quads of JSON-LD documents.

    Args:
        seconds: how long the answer to one call may take.
        memory_bytes: how much address space the worker may have.
        contexts: every context by its URL; None for the frozen ones.
    """

    def __init__(
        self,
        *,
        seconds: float = 5.0,
        memory_bytes: int = 512 * 1024 * 1024,
        contexts: Mapping[str, Any] | None = None,
    ) -> None:
        self._seconds = seconds
        self._contexts = contexts
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def canonical(self, documents: Sequence[Any]) -> list[str] | Refusal:
        """The canonical N-Quads of every document, or why not. One caller at a time.

        Raises:
            SetupError: `rdfc.worker`, the worker process does not start.
        """
        request = json.dumps(documents).encode() + b"\n"
        with self._lock:
            process = self._running()
            answer = self._ask(process, request)
            if answer is None:
                self._end()
                return Refusal.TOO_COSTLY
        if isinstance(answer, str):
            return Refusal(answer)
        return [str(quads) for quads in answer]

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self._end()
        process = subprocess.Popen(  # noqa: S603 -- our own module, no word of a stranger on the line
            [sys.executable, "-m", "verifier.proofs.worker", str(self._memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0"},
        )
        self._process = process
        known = frozen_contexts() if self._contexts is None else self._contexts
        assert process.stdin
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(dict(known)).encode() + b"\n")
            process.stdin.flush()
        if self._read_line(process, _STARTUP_SECONDS) != b"ready":
            self._end()
            raise SetupError("rdfc.worker", "The worker for RDF canonicalisation does not start.", "Run `medcred doctor`.")
        return process

    def _ask(self, process: subprocess.Popen[bytes], request: bytes) -> Any:
        assert process.stdin
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except BrokenPipeError:
            return None
        line = self._read_line(process, self._seconds)
        return None if line is None else json.loads(line)

    @staticmethod
    def _read_line(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
        assert process.stdout
        deadline = time.monotonic() + seconds
        line = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while len(line) <= _MAX_ANSWER_BYTES:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                chunk = os.read(process.stdout.fileno(), 1024 * 1024)
                if not chunk:
                    return None
                line += chunk
                if line.endswith(b"\n"):
                    return bytes(line[:-1])
        return None

    def _end(self) -> None:
        process, self._process = self._process, None
        if not process:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


shared = Canonicaliser()
atexit.register(shared.close)
