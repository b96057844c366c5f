"""What a rehearsal remembers besides keripy's databases: one file, `sandbox.json`, replaced whole, and who works in the folder.

The file also says which copy of the databases is the valid one, so that replacing it changes all or nothing
(`issuer.vlei.sandbox`). `lock` is held by the one process that works there; it goes with the process.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from issuer.vlei.kinds import CredentialKind
from schemas.errors import FormatError, NotFoundError, UnavailableError

FILE = "sandbox.json"
_LOCK = "lock"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Row):
    """Somebody with an AID. `registry` is where it issues, empty until it does; `delegator` is a party's name."""

    name: str
    aid: str
    keys: int
    delegator: str = ""
    registry: str = ""


class Credential(_Row):
    """A credential by the name it has here. `text` is the ACDC itself; `record` is the SAID of its issue in the registry."""

    name: str
    kind: CredentialKind
    said: str
    issuer: str
    holder: str
    text: str
    record: str
    revoked_at: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is issued and not revoked."""
        return not self.revoked_at


class State(BaseModel):
    """The whole file. `generation` is the number of the valid copy of the databases."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    generation: int = 0
    witnesses: list[str] = []
    parties: dict[str, Party] = {}
    credentials: dict[str, Credential] = {}

    def save(self, folder: Path) -> None:
        """Replace the file; after a crash the old one or the new one is there."""
        new = folder / f"{FILE}.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False))
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / FILE)


def read_state(folder: Path) -> State:
    """The file of a folder.

    Raises:
        NotFoundError: `vlei.no_sandbox`.
        FormatError: `vlei.sandbox_damaged`.
    """
    try:
        return State.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError as error:
        raise NotFoundError(
            "vlei.no_sandbox", f"There is no rehearsal in {folder}.", "Begin one with: medcred vlei sandbox init --dir DIR"
        ) from error
    except ValidationError as error:
        raise FormatError(
            "vlei.sandbox_damaged",
            f"{folder / FILE} is not the file of a rehearsal that this version reads.",
            "Begin a new rehearsal in another folder.",
        ) from error


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Be the one process that works in the folder.

    Raises:
        UnavailableError: `vlei.sandbox_busy`.
    """
    with (folder / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnavailableError(
                "vlei.sandbox_busy", f"Another process works in {folder}.", "Wait until it is done, or use another folder."
            ) from error
        yield
