"""did:web, with limits: https only (http for loopback hosts), no redirects, 5 seconds, 64 kB, remembered for a minute.

The stock resolver has no limits and its answers live for an hour: a key that a hospital withdrew would be accepted that long.
Order: DID → address (did:web §3.2), fetch, JSON, `id` is the DID. A host that does not answer now (silence, no connection, 429,
5xx) is told apart from one that has no such document: only the first is worth asking again.
"""

# mypy: allow-subclassing-any

import asyncio
import ipaddress
import json
import re
import time
from typing import Any
from urllib.parse import unquote

import httpx
from acapy_agent.config.injection_context import InjectionContext
from acapy_agent.core.profile import Profile
from acapy_agent.resolver.base import BaseDIDResolver, ResolverError, ResolverType
from acapy_agent.resolver.default.web import WebDIDResolver
from acapy_agent.resolver.did_resolver import DIDResolver

PATTERN = re.compile(r"^did:web:[A-Za-z0-9.\-_%:]+$")
SECONDS = 5.0
BYTES = 64 * 1024
REMEMBERED_SECONDS = 60
REMEMBERED = 1000


class NoAnswerError(ResolverError):
    """The host of the DID document does not answer now."""


class DidWebResolver(BaseDIDResolver):
    """Resolves did:web for this agent and keeps recent documents for the synchronous JSON-LD loader."""

    DEFAULT_TTL = REMEMBERED_SECONDS

    def __init__(self) -> None:
        super().__init__(ResolverType.NATIVE)
        # A private certificate authority may come by SSL_CERT_FILE; a proxy from the environment may not.
        self._http = httpx.AsyncClient(verify=httpx.create_ssl_context(trust_env=True), trust_env=False, timeout=SECONDS)
        self._recent: dict[str, tuple[float, dict[str, Any]]] = {}

    async def setup(self, context: InjectionContext) -> None:
        """Nothing to prepare."""

    def take_over(self, resolver: DIDResolver) -> None:
        """Stand in the place of the stock did:web resolver: ACA-Py asks the next resolver when one finds nothing."""
        resolver.resolvers = [self, *(other for other in resolver.resolvers if not isinstance(other, WebDIDResolver))]

    @property
    def supported_did_regex(self) -> re.Pattern[str]:
        """The DIDs this resolver answers for."""
        return PATTERN

    def recent(self, did: str) -> dict[str, Any] | None:
        """The document of `did` when it was resolved within the last minute."""
        at, document = self._recent.get(did, (0.0, None))
        return document if document is not None and time.monotonic() - at < REMEMBERED_SECONDS else None

    async def _resolve(self, profile: Profile, did: str, service_accept: object = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SECONDS):
                document = json.loads(await self._fetch(address(did)))
        except (httpx.TransportError, TimeoutError) as error:
            raise NoAnswerError("The host of the DID document does not answer.") from error
        except (httpx.HTTPError, ValueError) as error:
            raise ResolverError("The DID document cannot be fetched.") from error
        if not isinstance(document, dict) or document.get("id") != did:
            raise ResolverError("The DID document is not about this DID.")
        if len(self._recent) >= REMEMBERED:
            self._recent.clear()
        self._recent[did] = (time.monotonic(), document)
        return document

    async def _fetch(self, url: str) -> bytes:
        data = bytearray()
        async with self._http.stream("GET", url, headers={"accept": "application/did+json, application/json"}) as response:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
                raise NoAnswerError("The host of the DID document cannot answer now.")
            if response.status_code != 200:
                raise ValueError("no document")
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > BYTES:
                    raise ValueError("too large")
        return bytes(data)


def address(did: str) -> str:
    """The address of a did:web document (did:web §3.2).

    Raises:
        ValueError: not a did:web.
    """
    if not PATTERN.match(did):
        raise ValueError("not a did:web")
    host, *path = [unquote(part) for part in did.removeprefix("did:web:").split(":")]
    if not host or any(character in part for part in (host, *path) for character in "/?#@\\"):
        raise ValueError("not a did:web")
    scheme = "http" if _is_loopback(host.rsplit(":", 1)[0]) else "https"
    return f"{scheme}://{host}/{'/'.join(path) if path else '.well-known'}/did.json"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
