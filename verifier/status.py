"""Bitstring Status List v1.0: one bit for each credential, in a signed list anybody may fetch without saying which bit they
look at.

    encodedList = "u" + base64url(GZIP(bitstring)); position 0 is the left-most bit; at least 131,072 positions (§3.3, §4.1)

`read_status_list` refuses, in order: what is not a status list credential; another encoding; a gzip stream that is damaged,
carries more than itself, or grows beyond the limit; fewer positions than the group privacy of the standard asks for. Whether
the list is the issuer's own and fresh enough is for `verifier.checks.status`.
"""

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from schemas.errors import FormatError
from verifier.documents import did_of, parse_stamp, types_of
from verifier.proofs import Outcome, check_proof, proofs_of

MIN_ENTRIES = 131_072
MAX_LIST_BYTES = 4 * 1024 * 1024
_MAX_ENCODED = 6 * 1024 * 1024
_GZIP = 31


@dataclass(frozen=True, slots=True)
class StatusList:
    """A status list as it was read; nothing in it is believed yet."""

    url: str
    issuer: str
    purposes: tuple[str, ...]
    bits: bytes
    valid_from: datetime
    valid_until: datetime | None
    ttl: timedelta | None

    def is_set(self, position: int) -> bool | None:
        """The bit at a position; None when the list has no such position."""
        if not 0 <= position < len(self.bits) * 8:
            return None
        return bool(self.bits[position >> 3] & (0x80 >> (position & 7)))


@dataclass(frozen=True)
class StatusSource:
    """A status list credential at hand. `fetched_at` is when its own URL gave it; None for one that came with the file.

    The document must not be changed afterwards: what was read of it, and whose signature holds, is remembered.
    """

    document: Mapping[str, Any]
    fetched_at: datetime | None = None

    @cached_property
    def read(self) -> StatusList | None:
        """The list, or None when it is none."""
        try:
            return read_status_list(self.document)
        except FormatError:
            return None

    def signed_by(self, method: str, public_key: bytes) -> bool:
        """Whether a proof by that verification method, for assertions, holds over the list."""
        known: dict[tuple[str, bytes], bool] = self.__dict__.setdefault("_signed_by", {})
        if (method, public_key) not in known:
            known[method, public_key] = any(
                proof.get("verificationMethod") == method
                and proof.get("proofPurpose") == "assertionMethod"
                and check_proof(self.document, proof, public_key) is Outcome.VALID
                for proof in proofs_of(self.document)
            )
        return known[method, public_key]

    def as_of(self) -> datetime | None:
        """The time for which the list speaks: when its URL gave it, else when it was made; never after its own end."""
        if self.read is None:
            return None
        spoken = max(self.fetched_at or self.read.valid_from, self.read.valid_from)
        return min(spoken, self.read.valid_until) if self.read.valid_until else spoken


def encode_bitstring(size: int, positions: Iterable[int]) -> str:
    """The `encodedList` of a list with some bits set (§3.3). The same bits always give the same text.

    Args:
        size: how many positions, a multiple of eight, at least `MIN_ENTRIES`.
        positions: those whose bit is set.

    Raises:
        ValueError: a size that is too small or no multiple of eight, or a position outside the list.
    """
    if size < MIN_ENTRIES or size % 8 or size > MAX_LIST_BYTES * 8:
        raise ValueError(f"a status list has at least {MIN_ENTRIES} positions, a multiple of eight")
    bits = bytearray(size // 8)
    for position in positions:
        if not 0 <= position < size:
            raise ValueError("a position lies outside the list")
        bits[position >> 3] |= 0x80 >> (position & 7)
    return "u" + base64.urlsafe_b64encode(zlib.compress(bytes(bits), wbits=_GZIP)).rstrip(b"=").decode()


def decode_bitstring(text: object) -> bytes:
    """The bits of an `encodedList` (§3.4).

    Raises:
        FormatError: `status.encoding`, not multibase base64url of one gzip stream; `status.too_large`; `status.too_small`.
    """
    if not isinstance(text, str) or not text.startswith("u") or len(text) > _MAX_ENCODED:
        raise _bad_encoding()
    try:
        compressed = base64.b64decode(text[1:] + "=" * (-(len(text) - 1) % 4), altchars=b"-_", validate=True)
        stream = zlib.decompressobj(wbits=_GZIP)
        bits = stream.decompress(compressed, MAX_LIST_BYTES + 1)
    except (ValueError, zlib.error) as error:
        raise _bad_encoding() from error
    if len(bits) > MAX_LIST_BYTES:
        raise FormatError("status.too_large", "This status list unpacks to too many bytes.", "It is not used.")
    if not stream.eof or stream.unused_data:
        raise _bad_encoding()
    if len(bits) * 8 < MIN_ENTRIES:
        raise FormatError("status.too_small", "This status list is too small to hide whom it is asked about.", "It is not used.")
    return bits


def read_status_list(document: Any) -> StatusList:
    """The list inside a status list credential (§2.2 BitstringStatusListCredential).

    Raises:
        FormatError: `status.malformed`, not such a credential; those of `decode_bitstring`.
    """
    subject = document.get("credentialSubject") if isinstance(document, Mapping) else None
    if not isinstance(subject, dict) or "BitstringStatusListCredential" not in types_of(dict(document)):
        raise _malformed()
    issuer = did_of(document.get("issuer"))
    purposes = subject.get("statusPurpose")
    purposes = [purposes] if isinstance(purposes, str) else purposes
    valid_from = parse_stamp(document.get("validFrom"))
    valid_until = parse_stamp(document.get("validUntil"))
    ttl = subject.get("ttl")
    if (
        not isinstance(document.get("id"), str)
        or issuer is None
        or subject.get("type") != "BitstringStatusList"
        or not isinstance(purposes, list)
        or not all(isinstance(purpose, str) for purpose in purposes)
        or valid_from is None
        or (valid_until is None and "validUntil" in document)
        or not (ttl is None or (type(ttl) is int and 0 <= ttl < 10**12))
    ):
        raise _malformed()
    return StatusList(
        url=document["id"],
        issuer=issuer,
        purposes=tuple(purposes),
        bits=decode_bitstring(subject.get("encodedList")),
        valid_from=valid_from,
        valid_until=valid_until,
        ttl=None if ttl is None else timedelta(milliseconds=ttl),
    )


def _malformed() -> FormatError:
    return FormatError("status.malformed", "This is not a Bitstring Status List credential.", "It is not used.")


def _bad_encoding() -> FormatError:
    return FormatError("status.encoding", "The status list is not base64url of one gzip stream.", "It is not used.")
