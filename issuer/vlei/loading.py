"""Loads the adapter to keripy when it is first needed, and says plainly what this machine lacks for it."""

import importlib
from typing import TYPE_CHECKING

from schemas.errors import FormatError, SetupError

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.vlei.keripy import KeriStore


def open_store(folder: "Path") -> "KeriStore":
    """The keripy databases in a folder.

    Raises:
        SetupError: `vlei.keripy_missing`, `vlei.libsodium_missing`.
        FormatError: `vlei.store_damaged`.
    """
    try:
        adapter = importlib.import_module("issuer.vlei.keripy")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "issuer":
            raise
        raise SetupError(
            "vlei.keripy_missing",
            f"Rehearsing vLEI needs keripy, and the package {error.name} is not installed.",
            "pip install 'medcred[sandbox]'",
        ) from error
    except ValueError as error:  # what pysodium raises
        if "libsodium" not in str(error):
            raise
        raise SetupError(
            "vlei.libsodium_missing",
            "Rehearsing vLEI needs the system library libsodium, which this machine lacks.",
            "On Debian: apt-get install libsodium23",
        ) from error
    try:
        store: KeriStore = adapter.KeriStore(folder)
    except adapter.DAMAGED as error:
        raise FormatError(
            "vlei.store_damaged",
            f"keripy cannot open its databases in {folder}.",
            "Begin a new rehearsal in another folder.",
        ) from error
    return store
