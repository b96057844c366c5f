"""Reads from addresses that somebody else chose: short links, status lists, attachments.

Refused before a byte is sent: schemes other than https (plain http only to this machine, and only when the wallet itself runs
on this machine), names and passwords in the address, and hosts inside a private network. The host is resolved once and the
connection made to that very address, so a name cannot be changed in between. Every read has a byte limit and a time limit,
and redirects are handed back, never followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from schemas.errors import InputError, SourceError

type Resolve = Callable[[str, int], Awaitable[list[str]]]

SECONDS = 8.0
LONGEST_ADDRESS = 2048


@dataclass(frozen=True)
class Answer:
    """What came back: `location` is the redirect's target, absolute, or empty."""

    status: int
    body: bytes
    location: str = ""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, IPv4 first."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]


class Outside:
    """
    Args:
        http: the client that does the reads; its own redirect handling is not used.
        loopback: whether this machine's own addresses may be read (a wallet for one machine).
        seconds: the time limit of a read, from first byte out to last byte in.
    """

    def __init__(self, http: httpx.AsyncClient, *, loopback: bool, resolve: Resolve = resolve, seconds: float = SECONDS) -> None:
        self._http = http
        self._loopback = loopback
        self._resolve = resolve
        self._seconds = seconds

    async def allow(self, address: str) -> str:
        """The network address to connect to for this URL.

        Raises:
            InputError: `address.refused`, by the rules above.
            SourceError: `address.unreachable`, the host has no address.
        """
        url = _url(address)
        try:
            async with asyncio.timeout(self._seconds):
                name = url.raw_host.decode("ascii")
                hosts = [name] if _is_literal(name) else await self._resolve(name, url.port or 443)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise _unreachable() from error
        if not hosts:
            raise _unreachable()
        addresses = [ipaddress.ip_address(host.partition("%")[0]) for host in hosts]
        if all(place.is_loopback for place in addresses):
            if not self._loopback:
                raise _refused()
        elif url.scheme != "https" or not all(_is_public(place) for place in addresses):
            raise _refused()
        return hosts[0]

    async def read(self, address: str, *, accept: str, limit: int) -> Answer:
        """The answer to one GET, body at most `limit` bytes.

        Raises:
            InputError: `address.refused`; `address.too_large`, more than `limit` bytes.
            SourceError: `address.unreachable`, no answer in time or a broken one.
        """
        place = await self.allow(address)
        url = _url(address)
        pinned = url.copy_with(host=place)
        headers = {"Host": url.netloc.decode("ascii"), "Accept": accept, "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._http.stream(
                    "GET",
                    pinned,
                    headers=headers,
                    extensions={"sni_hostname": url.raw_host.decode("ascii")},
                    follow_redirects=False,
                ) as response,
            ):
                location = response.headers.get("location", "")
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise _unreachable()  # nothing compressed was asked for; a small answer could unpack to a huge one
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise InputError("address.too_large", "The answer from that address is too large.")
                return Answer(response.status_code, bytes(body), str(url.join(location)) if location else "")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise _unreachable() from error


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs share scheme, host and port (RFC 6454 §4)."""
    first, second = _url(one), _url(other)
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)


def _url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address) if len(address) <= LONGEST_ADDRESS else None
    except (httpx.InvalidURL, TypeError):
        url = None
    if url is None or url.scheme not in ("https", "http") or not url.host or url.userinfo or (url.port or 443) > 65535:
        raise _refused()
    return url


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(place, "ipv4_mapped", None)
    return _is_public(inner) if inner else place.is_global and not place.is_multicast


def _refused() -> InputError:
    return InputError(
        "address.refused", "This wallet does not open addresses of that kind.", "It opens public https addresses only."
    )


def _unreachable() -> SourceError:
    return SourceError("address.unreachable", "That address did not answer.", "Try again in a minute.")
