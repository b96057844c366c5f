"""Secrets by reference: `env:NAME` is read from the environment, `file:NAME` from the state folder.

A secret file that does not exist is made at first use, with random content and mode 0600. A file that others may read
is refused. A secret never appears in a message, a log or a command line.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import base58

from schemas.errors import SetupError

KEY_BYTES = 32
# Letters and digits that nobody mistakes for one another.
TYPED = "abcdefghjkmnpqrstuvwxyz23456789"


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

    def password(self, reference: str) -> str:
        """The secret, as something staff type. A new file gets twelve letters and digits in groups, about 60 bits."""
        return self._get(reference, lambda: "-".join("".join(secrets.choice(TYPED) for _ in range(4)) for _ in range(3)))

    def seed(self, reference: str) -> str:
        """The seed of a signing key, 64 hexadecimal digits.

        Raises:
            SetupError: `secret.not_a_key`, the text is not that.
        """
        return self._key(reference, bytes.fromhex, bytes.hex, "64 hexadecimal digits")

    def wallet_key(self, reference: str) -> str:
        """The key that seals an agent's wallet, 32 bytes in base58.

        Raises:
            SetupError: `secret.not_a_key`, the text is not that.
        """
        return self._key(reference, base58.b58decode, lambda key: base58.b58encode(key).decode(), "32 bytes in base58")

    def _key(self, reference: str, read: Callable[[str], bytes], write: Callable[[bytes], str], form: str) -> str:
        text = self._get(reference, lambda: write(secrets.token_bytes(KEY_BYTES)))
        try:
            sound = len(read(text)) == KEY_BYTES
        except ValueError:
            sound = False
        if not sound:
            raise SetupError("secret.not_a_key", f"The secret {reference} is not a key.", f"It is {form}.")
        return text

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
