"""This machine: Python, packages, native libraries, clock and disk."""

import hashlib
import importlib
import importlib.metadata
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from medcred.doctor.findings import Finding, Health

ACAPY_VERSION = "1.7.0"
PLUGIN_SECONDS = 60.0
DISK_FAIL_BYTES = 200 << 20
DISK_WARN_BYTES = 2 << 30
# A clock before the day this was written is wrong, whatever the right time is.
BUILT = datetime(2026, 11, 24, tzinfo=UTC)
SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905 A.1


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 13):
        return Finding("python", Health.OK, f"Python {version}")
    return Finding(
        "python", Health.FAIL, f"Python {version}; medcred needs 3.13", "make setup, which finds or names a Python 3.13"
    )


def packages() -> Finding:
    try:
        found = importlib.metadata.version("acapy-agent")
    except importlib.metadata.PackageNotFoundError:
        return Finding("packages", Health.FAIL, "acapy-agent is not installed", "pip install 'medcred[all]', or make setup")
    if found != ACAPY_VERSION:
        return Finding("packages", Health.FAIL, f"acapy-agent {found}; the plugin fits {ACAPY_VERSION}", "make setup")
    return Finding("packages", Health.OK, f"acapy-agent {found}")


def libcrypto() -> Finding:
    try:
        right = hashlib.new("sm3", b"abc").hexdigest() == SM3_OF_ABC
    except ValueError:
        return Finding(
            "libcrypto",
            Health.FAIL,
            f"{ssl.OPENSSL_VERSION} has no SM3",
            "Use a Python linked to OpenSSL 1.1.1 or newer, not FIPS only",
        )
    if not right:
        return Finding("libcrypto", Health.FAIL, f"{ssl.OPENSSL_VERSION} computes SM3 wrongly", "Reinstall OpenSSL")
    return Finding("libcrypto", Health.OK, ssl.OPENSSL_VERSION)


def askar() -> Finding:
    """The wallet's native library comes inside its package; a machine of another kind may not load it."""
    try:
        version: str = importlib.import_module("aries_askar").version()
    except Exception as error:  # the binding raises many kinds, all of which mean the same here
        return Finding(
            "askar", Health.FAIL, f"the wallet library does not load ({type(error).__name__})", "make setup on this machine"
        )
    return Finding("askar", Health.OK, f"Askar {version}")


def plugin() -> Finding:
    """Imported in a process of its own, as the agent does: ACA-Py rebuilds asyncio of the process that imports it."""
    call = [sys.executable, "-c", "import agents.plugin"]
    try:
        failed = subprocess.run(call, capture_output=True, text=True, timeout=PLUGIN_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Finding("plugin.import", Health.FAIL, "agents.plugin takes too long to import", "Is this machine overloaded?")
    if failed.returncode:
        # ACA-Py would only log it and start without the plugin.
        kind = (failed.stderr.strip().splitlines() or ["unknown"])[-1].partition(":")[0]
        says = f"agents.plugin does not import ({kind})"
        return Finding("plugin.import", Health.FAIL, says, "make setup; then read its traceback")
    return Finding("plugin.import", Health.OK, "agents.plugin imports")


def clock() -> Finding:
    """The machine's clock, against the day this was written and, where systemd runs, against its time service."""
    now = datetime.now(UTC)
    if now < BUILT:
        return Finding(
            "clock", Health.FAIL, f"the clock says {now:%Y-%m-%d}, which is in the past", "Set the clock; switch on NTP"
        )
    if _time_service() == "no":
        mend = "timedatectl set-ntp true; 5 minutes of difference are refused"
        return Finding("clock", Health.WARN, "the clock is not synchronised", mend)
    return Finding("clock", Health.OK, f"{now:%Y-%m-%d %H:%M} UTC")


def _time_service() -> str:
    """What systemd says of the clock's synchronisation, `yes` or `no`; empty where it does not say."""
    control = shutil.which("timedatectl")
    if control is None:
        return ""
    call = [control, "show", "--property=NTPSynchronized", "--value"]
    try:
        return subprocess.run(call, capture_output=True, text=True, timeout=5, check=False).stdout.strip()  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""


def disk(folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    says = f"{free / (1 << 30):.1f} GiB free for {folder}"
    if free < DISK_FAIL_BYTES:
        return Finding("disk", Health.FAIL, says, "Make room: databases stop when the disk is full")
    if free < DISK_WARN_BYTES:
        return Finding("disk", Health.WARN, says, "Make room soon")
    return Finding("disk", Health.OK, says)
