"""Remote reads with limits. Everything the verifier library fetches goes through here.

A URL inside a document was written by a stranger, so in order: the scheme (https; http only when the caller allows it, to this
machine or to all), no user name or password in it, the addresses behind the host name (public ones only), then one GET to one
of exactly those addresses, without redirects, within a byte limit and a time limit. The address is pinned for the request, so
a name that changes its answer between the check and the connection gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from schemas.errors import SourceError

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one remote read may cost, and where it may go."""

    max_bytes: int = 1024 * 1024
    seconds: float = 5.0
    allow_loopback: bool = False
    # http to anybody: for what is signed in itself and published that way, as revocation lists are (RFC 5280 §8).
    allow_plain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A remote answer within its limits."""

    status: int
    headers: httpx.Headers
    body: bytes


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the machine's resolver gives them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def fetch_public(
    http: httpx.AsyncClient, url: str, limits: Limits, *, accept: str = "application/json", resolve: Resolve = system_resolve
) -> bytes:
    """The body at a URL a stranger wrote.

    Args:
        http: a client; its own time-outs do not matter.
        url: https; http to this machine when `limits.allow_loopback`, to others when `limits.allow_plain`.
        limits: bytes and seconds.
        accept: the Accept header.
        resolve: host and port to addresses.

    Raises:
        SourceError: `source.url`, a URL that is not fetched; `source.address`, a host behind which is no public address;
            `source.timeout`, `source.unreachable`, `source.too_large`, `source.encoding`, `source.not_found`, `source.status`.
    """
    address = await _pinned(url, limits, resolve)
    answer = await fetch(http, address.url, limits, headers={"accept": accept, "host": address.host}, server_name=address.name)
    if answer.status == 404:
        raise SourceError("source.not_found", "The remote source has no such document.", "Check the address in the record.")
    if answer.status != 200:
        raise SourceError("source.status", f"The remote source answered {answer.status}.", "Try again later.")
    return answer.body


async def fetch(
    http: httpx.AsyncClient, url: str, limits: Limits, *, headers: dict[str, str] | None = None, server_name: str | None = None
) -> Answer:
    """One GET to a URL the caller trusts, without redirects, within the limits; any status is an answer.

    Raises:
        SourceError: `source.timeout`, `source.unreachable`, `source.too_large`, `source.encoding`.
    """
    body = bytearray()
    asked = {"accept-encoding": "identity", **(headers or {})}
    extensions = {"sni_hostname": server_name} if server_name else {}
    try:
        async with (
            asyncio.timeout(limits.seconds),
            http.stream(
                "GET", url, headers=asked, timeout=limits.seconds, follow_redirects=False, extensions=extensions
            ) as response,
        ):
            # A compressed body could unpack to more than the limit in one step, so none was asked for and none is taken.
            if response.headers.get("content-encoding", "identity") != "identity":
                raise SourceError("source.encoding", "The remote source answered compressed, unasked.", "It is not used.")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limits.max_bytes:
                    raise SourceError("source.too_large", "The remote source answered with too many bytes.", "It is not used.")
            return Answer(response.status_code, response.headers, bytes(body))
    except (TimeoutError, httpx.TimeoutException) as error:
        raise SourceError("source.timeout", "The remote source did not answer in time.", "Try again later.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError("source.unreachable", "The remote source could not be reached.", "Try again later.") from error


@dataclass(frozen=True, slots=True)
class _Pinned:
    url: str
    host: str
    name: str | None


async def _pinned(url: str, limits: Limits, resolve: Resolve) -> _Pinned:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _not_fetched() from error
    if not host or parts.username is not None or parts.password is not None or not parts.netloc.isascii():
        raise _not_fetched()
    loopback = host in LOOPBACK_HOSTS
    if loopback and not limits.allow_loopback:
        raise SourceError("source.address", "This host is not on the internet.", "Nothing was fetched.")
    if parts.scheme != "https" and not (parts.scheme == "http" and (loopback or limits.allow_plain)):
        raise _not_fetched()
    if loopback:
        return _Pinned(url, parts.netloc, None)
    try:
        async with asyncio.timeout(limits.seconds):
            addresses = await resolve(host, port or (443 if parts.scheme == "https" else 80))
    except (OSError, TimeoutError, UnicodeError) as error:
        raise SourceError("source.unreachable", "The remote source could not be reached.", "Try again later.") from error
    if not addresses or not all(_is_public(address) for address in addresses):
        raise SourceError("source.address", "Behind this host is no public address.", "Nothing was fetched.")
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    pinned = parts._replace(netloc=f"{address}:{port}" if port else address)
    return _Pinned(pinned.geturl(), parts.netloc, host)


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (inner := address.ipv4_mapped or address.sixtofour):
        address = inner
    return address.is_global and not address.is_multicast


def _not_fetched() -> SourceError:
    return SourceError("source.url", "This address is not fetched.", "It is https, without a user name.")
