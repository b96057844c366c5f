"""Secrets by reference: `env:NAME` is read from the environment, `file:NAME` from the state folder.

A secret file that does not exist is made at first use, with random content and mode 0600. A file that others may read
is refused. A secret never appears in a message, a log or a command line.
"""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from schemas.errors import SetupError

KEY_BYTES = 32


class Secrets:
    """The secrets of one house.

    Args:
        state: the folder that `file:` references are relative to.
    """

    def __init__(self, state: Path) -> None:
        self.state = state

    def text(self, reference: str) -> str:
        """The secret, as text. A new file gets 32 random bytes in URL-safe base64.

        Raises:
            SetupError: `secret.missing` (environment), `secret.readable` (file mode).
        """
        return self._get(reference, lambda: secrets.token_urlsafe(KEY_BYTES))

    def pin(self, reference: str) -> str:
        """The secret, as something a person can type. A new file gets eight digits."""
        return self._get(reference, lambda: f"{secrets.randbelow(10**8):08d}")

    def seed(self, reference: str) -> bytes:
        """A 32-byte key seed, kept in base64.

        Raises:
            SetupError: `secret.not_a_key`, the text is not 32 bytes in base64.
        """
        text = self._get(reference, lambda: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        try:
            seed = base64.b64decode(text, validate=True)
        except ValueError:
            seed = b""
        if len(seed) != KEY_BYTES:
            raise SetupError("secret.not_a_key", f"The secret {reference} is not a key.", "It is 32 bytes in base64.")
        return seed

    def path(self, reference: str) -> Path:
        """Where a `file:` reference points."""
        return self.state / reference.removeprefix("file:")

    def _get(self, reference: str, make: Callable[[], str]) -> str:
        scheme, _, name = reference.partition(":")
        if scheme == "env":
            if value := os.environ.get(name):
                return value
            raise SetupError("secret.missing", f"The environment has no {name}.", "Set it before `medcred up`.")
        file = self.path(reference)
        if not file.exists():
            write_private(file, make())
        if file.stat().st_mode & 0o077:
            raise SetupError("secret.readable", f"Others can read the secret file {name}.", f"chmod 600 {file}")
        return file.read_text().strip()





def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(file)
