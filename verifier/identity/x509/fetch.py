"""Collects revocation data for a chain from the addresses its certificates name, before anything is judged.

For each certificate but the root, in order: OCSP by GET (RFC 6960 §A.1), and when that gives nothing usable, its CRLs (RFC 5280
§4.2.1.13). Lists and answers are signed, so plain http is taken as the standard has it; the addresses were written by a
stranger, so only public ones are asked, this machine only when the caller allows it (`verifier.fetch`). Few addresses a
certificate, a byte limit each, one time limit for all. What could not be had is named, never raised: then the status is unknown.
"""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from schemas.errors import FormatError, SourceError
from verifier.fetch import Limits, Resolve, fetch_public, system_resolve
from verifier.identity.x509.certificate import Certificate, read_certificate, read_chain
from verifier.identity.x509.revocation import MAX_CRL_BYTES, MAX_OCSP_BYTES, Revocation, readable

LIMITS = Limits(max_bytes=MAX_CRL_BYTES, seconds=5.0, allow_plain=True)
_ALL_SECONDS = 15.0
_MAX_URLS = 2


@dataclass(frozen=True, slots=True)
class Collected:
    """What was collected, and the error code of every address that gave nothing usable."""

    revocation: Revocation
    problems: tuple[str, ...]


async def collect_revocation(
    chain_der: Sequence[bytes],
    roots: Sequence[bytes],
    http: httpx.AsyncClient,
    *,
    at_hand: Revocation,
    limits: Limits = LIMITS,
    seconds: float = _ALL_SECONDS,
    resolve: Resolve = system_resolve,
) -> Collected:
    """Revocation data for every certificate of a chain, added to what is at hand.

    Args:
        chain_der: as for `verify_certificate`.
        roots: needed to ask about what a root issued.
        http: the client that is used.
        at_hand: data the caller has already; its `required` is kept.
        limits: for each address; `allow_loopback` is the caller's policy.
        seconds: for all addresses together.
        resolve: host and port to addresses.

    Raises:
        FormatError: `certificate.malformed`, `certificate.too_large`, a root that cannot be read.
    """
    pinned = [read_certificate(root) for root in roots]
    try:
        chain = read_chain(chain_der)
    except FormatError as error:
        return Collected(at_hand, (error.code,))
    crls, answers, problems = list(at_hand.crls), list(at_hand.ocsp), list[str]()
    known = {root.der for root in pinned}
    lists: set[str] = set()
    reader = _Reader(http, limits, resolve, problems)
    try:
        async with asyncio.timeout(seconds):
            for certificate in chain:
                if certificate.der in known:
                    continue
                issuer = _issuer(certificate, [*chain, *pinned])
                if issuer and (answer := await reader.answer(certificate, issuer)):
                    answers.append(answer)
                    continue
                for url in _crl_urls(certificate):
                    if url not in lists and (crl := await reader.crl(url)):
                        crls.append(crl)
                        lists.add(url)
    except TimeoutError:
        problems.append("source.timeout")
    return Collected(replace(at_hand, crls=crls, ocsp=answers), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Reader:
    http: httpx.AsyncClient
    limits: Limits
    resolve: Resolve
    problems: list[str]

    async def answer(self, certificate: Certificate, issuer: Certificate) -> bytes | None:
        """A readable OCSP answer, or None."""
        for url in _ocsp_urls(certificate):
            try:
                request = quote(base64.b64encode(_ocsp_request(certificate, issuer)).decode("ascii"), safe="")
            except (ValueError, UnsupportedAlgorithm):
                return None
            body = await self._read(f"{url.rstrip('/')}/{request}", MAX_OCSP_BYTES, "application/ocsp-response")
            if body and self._usable(Revocation(ocsp=[body])):
                return body
        return None

    async def crl(self, url: str) -> bytes | None:
        """A readable CRL, or None."""
        body = await self._read(url, self.limits.max_bytes, "application/pkix-crl")
        return body if body and self._usable(Revocation(crls=[body])) else None

    async def _read(self, url: str, max_bytes: int, accept: str) -> bytes | None:
        limits = replace(self.limits, max_bytes=min(max_bytes, self.limits.max_bytes))
        try:
            return await fetch_public(self.http, url, limits, accept=accept, resolve=self.resolve)
        except SourceError as error:
            self.problems.append(error.code)
            return None

    def _usable(self, got: Revocation) -> bool:
        if readable(got).unreadable:
            self.problems.append("certificate.revocation_unreadable")
            return False
        return True


def _issuer(certificate: Certificate, candidates: Sequence[Certificate]) -> Certificate | None:
    return next((one for one in candidates if one.parsed.subject == certificate.parsed.issuer and one is not certificate), None)


def _ocsp_request(certificate: Certificate, issuer: Certificate) -> bytes:
    # SHA-1 names the issuer here and secures nothing; many responders know no other (RFC 6960 §4.3, RFC 5019 §2.1.1).
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate.parsed, issuer.parsed, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def _ocsp_urls(certificate: Certificate) -> list[str]:
    return [
        access.access_location.value
        for extension in certificate.parsed.extensions
        if isinstance(extension.value, x509.AuthorityInformationAccess)
        for access in extension.value
        if access.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(access.access_location, x509.UniformResourceIdentifier)
    ][:_MAX_URLS]


def _crl_urls(certificate: Certificate) -> list[str]:
    return list(_all_crl_urls(certificate))[:_MAX_URLS]


def _all_crl_urls(certificate: Certificate) -> Iterator[str]:
    for extension in certificate.parsed.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                for name in point.full_name or ():
                    if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith(("http://", "https://")):
                        yield name.value
