"""Readers of the test files others made: `key = value` blocks of Botan, stanzas of OpenSSL's evp_test."""

from collections.abc import Iterator
from pathlib import Path


def botan(file: Path, last: str) -> Iterator[dict[str, str]]:
    """One dict a test. A test ends with the key `last`; what was set before holds on, as Botan reads it."""
    values: dict[str, str] = {}
    for line in file.read_text().splitlines():
        if line.startswith(("#", "[")) or not line.strip():
            continue
        name, _, value = line.partition("=")
        values[name.strip()] = value.strip()
        if name.strip() == last:
            yield dict(values)


def evp_test(file: Path) -> Iterator[dict[str, str]]:
    """One dict a stanza; `PrivateKey` holds the name and `pem` the block under it."""
    stanza: dict[str, str] = {}
    pem: list[str] = []
    for line in [*file.read_text().splitlines(), ""]:
        if line.startswith("#"):
            continue
        if line.startswith("-----BEGIN") or pem:
            pem.append(line)
            if line.startswith("-----END"):
                stanza["pem"] = "\n".join(pem)
                pem = []
        elif not line.strip():
            if stanza:
                yield stanza
            stanza = {}
        else:
            name, _, value = line.partition("=")
            stanza[name.strip()] = value.strip()


def text_or_hex(value: str) -> bytes:
    return value[1:-1].encode() if value.startswith('"') else bytes.fromhex(value)
