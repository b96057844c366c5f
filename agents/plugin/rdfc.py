"""RDF canonicalisation for `eddsa-rdfc-2022`, in a process of its own with limits of time and memory.

A graph of a hundred quads can keep RDFC-1.0 busy for minutes (poison graphs). In the agent's event loop that would stop every
patient's wallet; here it costs the sender its answer. One process, one document at a time; it is killed when it overruns and
started again when needed. It knows only the frozen contexts, and refuses documents with terms no context defines: they would not
be signed.
"""

import asyncio
import json
import sys
from typing import Any

from schemas.errors import RefusedError

SECONDS = 5.0


class RdfcWorker:
    """Asks the worker process (`agents.rdfc_process`), which starts with the first question."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def hash_data(self, document: dict[str, Any], options: dict[str, Any]) -> bytes:
        """The 64 bytes `eddsa-rdfc-2022` signs (VC-DI-EDDSA §3.2.4).

        Raises:
            RefusedError: `proof.too_costly`, the time limit; `proof.not_json_ld`, an unknown context or an undefined term.
        """
        question = json.dumps({"document": document, "options": options}).encode() + b"\n"
        async with self._lock:
            process = await self._running()
            assert process.stdin
            assert process.stdout
            answer = b""
            try:
                process.stdin.write(question)
                async with asyncio.timeout(self._seconds):
                    await process.stdin.drain()
                    answer = await process.stdout.readline()
            except (TimeoutError, ConnectionError) as error:
                raise _too_costly() from error
            finally:
                # Also when our caller went away: the next question must not read this one's answer.
                if not answer.endswith(b"\n"):
                    self._kill()
            if not answer.endswith(b"\n"):
                raise _too_costly()
        if answer == b"-\n":
            raise RefusedError(
                "proof.not_json_ld",
                "This document uses a context or a term that is not known here.",
                "Only the frozen contexts are read; none is fetched.",
            )
        return bytes.fromhex(answer.decode("ascii"))

    async def aclose(self) -> None:
        """Stop the worker process."""
        async with self._lock:
            process = self._process
            self._kill()
            if process:
                await process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "agents.rdfc_process"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            # The first answer says that the contexts are loaded: starting Python is not part of the time limit.
            assert self._process.stdout
            await self._process.stdout.readline()
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process and process.returncode is None:
            process.kill()


def _too_costly() -> RefusedError:
    return RefusedError("proof.too_costly", "This document takes too long to canonicalise.", "Ask for an eddsa-jcs-2022 proof.")
