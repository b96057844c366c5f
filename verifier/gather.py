"""Gather what a verdict needs from outside, before judging.

Nothing a stranger wrote is fetched: first the document is looked at with what is at hand, and then only what a hospital of the
trust list has signed is followed. So a forged record makes this verifier call nobody, and only hospitals on the list can be
asked:

    the DID document of a listed issuer whose key is not on the list      (is the list old, or the key nobody's?)
    the status lists that a record with a good signature names
    the proofs of the issuer's identity, from where the trust list says they are
    the proof of the signer's role, from beside the issuer's own stream
    proofs that a ledger grew honestly since it was last seen

A record says who signed it and never where that can be read. A hospital publishes its signers' streams beside its own: when the
trust list names https://host/hospitals/hk/vlei.cesr, the stream of a key is https://host/hospitals/hk/signers/<thumbprint>.cesr,
the thumbprint being that of RFC 7638. A hospital for which the list names no stream is asked for none.

Offline, only what is kept is used. What fails is left out, with a line in the log: the checks then say what was not known, and
kept copies serve in the meantime.
"""

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from ledger.client import LedgerClient
from ledger.memory import LogHead, LogMemory
from schemas.acdc.thumbprint import signer_stream
from schemas.errors import FormatError, MedcredError
from verifier.cache import Kept, Shelf
from verifier.carried import MAX_CERTIFICATES, CarriedRecord, is_carried, read_carried
from verifier.checks.form import well_formed
from verifier.checks.presentation import credentials_of
from verifier.checks.signature import issuer_key, signature
from verifier.checks.signer import NamedSigner, named_signer
from verifier.documents import DuplicateMemberError, read_document, types_of
from verifier.evidence import Evidence, IdentityProof
from verifier.examination import Examination
from verifier.fetch import Limits, Resolve, fetch_public, system_resolve
from verifier.identity.did import did_web_url
from verifier.identity.did_document import DidDocument, read_did_document
from verifier.policy import CARRIED_FILE
from verifier.status import StatusSource
from verifier.verdict import Result

if TYPE_CHECKING:
    from verifier.identity.trusted import TrustedIssuer

log = logging.getLogger(__name__)

LIMITS = Limits(max_bytes=6 * 1024 * 1024, seconds=5.0)
FRESH = timedelta(minutes=5)
MAX_DOCUMENTS = 32
_MAX_HEADS = 4
_PEM = re.compile("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]{1,20000})-----END CERTIFICATE-----")


class Growth(Protocol):
    """Who proves that a ledger grew honestly: a `ledger.client.LedgerClient`, or any other `Ledger`."""

    async def consistency(self, old: int, new: int) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class Needs:
    """What could be asked for a document: DIDs, addresses of status lists, sizes of ledgers to compare, and proofs of identity
    (whose, which road, its address)."""

    dids: tuple[str, ...] = ()
    status_urls: tuple[str, ...] = ()
    growth: tuple[tuple[str, int, int], ...] = ()
    identities: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A text and when its owner gave it."""

    text: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """How far `verify_file` may reach: loopback hosts or not, and where the ledgers are, by origin."""

    allow_loopback: bool = False
    ledgers: Mapping[str, str] = field(default_factory=dict)


def needs(document: Any, evidence: Evidence, at: datetime) -> Needs:
    """What to ask for, given what is at hand. Only credentials of issuers on the trust list ask for anything."""
    dids: dict[str, None] = {}
    urls: dict[str, None] = {}
    identities: dict[tuple[str, str, str], None] = {}
    heads: set[LogHead] = set()
    for credential in _credentials(document):
        examined = Examination(credential, evidence, CARRIED_FILE, at)
        if not examined.issuer or well_formed(examined).result is not Result.PASS:
            continue
        key = issuer_key(examined)
        if key.reason == "issuer_key.not_issuers" and examined.issuer.did.startswith("did:web:"):
            dids[examined.issuer.did] = None
        elif key.result is Result.PASS and signature(examined).result is Result.PASS:
            urls.update(dict.fromkeys(_status_urls(credential)))
            if examined.issuer.did not in evidence.identities:
                identities.update(dict.fromkeys(_roads(examined.issuer)))
            signer = named_signer(credential)
            if signer and signer.did not in evidence.identities:
                identities.update(dict.fromkeys(_signer_stream(examined.issuer, signer)))
            found = examined.ledger_finding
            if found and found.established:
                heads.add(LogHead.of(found))
    return Needs(
        tuple(dids)[:MAX_DOCUMENTS],
        tuple(urls)[:MAX_DOCUMENTS],
        tuple(_growth(heads, evidence.memory)),
        tuple(identities)[:MAX_DOCUMENTS],
    )


async def gather(
    document: Any,
    evidence: Evidence,
    *,
    at: datetime,
    http: httpx.AsyncClient,
    cache: Shelf | None = None,
    limits: Limits = LIMITS,
    ledgers: Mapping[str, Growth] | None = None,
    resolve: Resolve = system_resolve,
) -> Evidence:
    """The evidence with everything that could be had for this document.

    Args:
        document: the JSON value that will be judged.
        evidence: what is at hand; the trust list and the memory of ledgers are the caller's.
        at: the time.
        http: the client that is used.
        cache: what was fetched before; a copy younger than five minutes (or the list's `ttl`) is not fetched again.
        limits: of each single read.
        ledgers: who proves growth, by origin.
        resolve: host and port to addresses.

    Returns:
        New evidence; never raises for what a remote source does.
    """
    reader = _Reader(http, limits, cache, at, resolve)
    wanted = needs(document, evidence, at)
    if wanted.dids:
        documents = await asyncio.gather(*(reader.did(did) for did in wanted.dids))
        found = {one.did: one for one in documents if one}
        evidence = replace(evidence, did_documents={**evidence.did_documents, **found})
        wanted = needs(document, evidence, at)
    lists = await asyncio.gather(*(reader.status(url) for url in wanted.status_urls))
    proofs = await asyncio.gather(*(_proof(ledgers or {}, *sizes) for sizes in wanted.growth))
    copies = await asyncio.gather(*(reader.copy(url) for _, _, url in wanted.identities))
    return replace(
        evidence,
        identities={**evidence.identities, **_identities(wanted.identities, copies)},
        status_lists=[*evidence.status_lists, *(one for one in lists if one)],
        consistency={
            **evidence.consistency,
            **{sizes: proof for sizes, proof in zip(wanted.growth, proofs, strict=True) if proof is not None},
        },
    )


def gather_now(
    document: Any, evidence: Evidence, *, at: datetime, cache: Shelf | None = None, reach: Reach | None = None
) -> Evidence:
    """`gather` for a caller without an event loop; with `reach` None nothing is asked of anybody, and only the cache is used."""
    if cache and evidence.memory is None:
        evidence = replace(evidence, memory=LogMemory(cache))
    if reach:
        return asyncio.run(_gather_alone(document, evidence, at, cache, reach))
    if cache is None:
        return evidence
    known = {did: _did_document(did, kept) for did in needs(document, evidence, at).dids if (kept := cache.document(did))}
    evidence = replace(evidence, did_documents={**evidence.did_documents, **{did: one for did, one in known.items() if one}})
    copies = (cache.document(url) for url in needs(document, evidence, at).status_urls)
    lists = [StatusSource(kept.document, kept.fetched_at) for kept in copies if kept]
    wanted = needs(document, evidence, at).identities
    identities = _identities(wanted, [_copy(cache.document(url)) for _, _, url in wanted])
    return replace(
        evidence,
        status_lists=[*evidence.status_lists, *lists],
        identities={**evidence.identities, **identities},
    )


async def fetch_status_list(
    url: str, http: httpx.AsyncClient, *, at: datetime, limits: Limits = LIMITS, resolve: Resolve = system_resolve
) -> StatusSource:
    """The status list credential at a URL, unjudged.

    Raises:
        FormatError: `json.malformed`, `status.malformed`, not an object.
        SourceError: those of `verifier.fetch.fetch_public`.
    """
    accept = "application/vc, application/vc+ld+json, application/json"
    body = await fetch_public(http, url, limits, accept=accept, resolve=resolve)
    try:
        document = read_document(body, max_bytes=limits.max_bytes)
    except DuplicateMemberError:
        document = None
    if not isinstance(document, dict):
        raise FormatError("status.malformed", "This is not a Bitstring Status List credential.", "It is not used.")
    return StatusSource(document, at)


@dataclass(frozen=True, slots=True)
class _Reader:
    http: httpx.AsyncClient
    limits: Limits
    cache: Shelf | None
    at: datetime
    resolve: Resolve

    async def status(self, url: str) -> StatusSource | None:
        kept = self.cache.document(url) if self.cache else None
        copy = StatusSource(kept.document, kept.fetched_at) if kept else None
        if kept and copy and copy.read and self.at - kept.fetched_at < (FRESH if copy.read.ttl is None else copy.read.ttl):
            return copy
        try:
            source = await fetch_status_list(url, self.http, at=self.at, limits=self.limits, resolve=self.resolve)
        except MedcredError as error:
            log.warning("a status list could not be fetched", extra={"code": error.code})
            return copy
        # What a URL gave is kept only when it is a list of that address: an error page must not push out a good copy.
        if self.cache and source.read and source.read.url == url:
            self.cache.keep(url, dict(source.document), self.at)
        return source

    async def copy(self, url: str) -> Copy | None:
        """The text at an address, from its owner or as it was kept."""
        kept = _copy(self.cache.document(url)) if self.cache else None
        if kept and self.at - kept.fetched_at < FRESH:
            return kept
        try:
            text = (await fetch_public(self.http, url, self.limits, accept="*/*", resolve=self.resolve)).decode("ascii")
        except (MedcredError, UnicodeDecodeError) as error:
            log.warning("a proof of identity could not be fetched", extra={"code": getattr(error, "code", "identity.not_text")})
            return kept
        if self.cache:
            self.cache.keep(url, {"text": text}, self.at)
        return Copy(text, self.at)

    async def did(self, did: str) -> DidDocument | None:
        kept = self.cache.document(did) if self.cache else None
        copy = _did_document(did, kept) if kept else None
        if kept and copy and self.at - kept.fetched_at < FRESH:
            return copy
        try:
            body = await fetch_public(self.http, did_web_url(did), self.limits, resolve=self.resolve)
            document = read_document(body, max_bytes=self.limits.max_bytes)
            read = read_did_document(did, document)
        except (MedcredError, DuplicateMemberError) as error:
            log.warning("a DID document could not be fetched", extra={"code": getattr(error, "code", "json.duplicate_name")})
            return copy
        if self.cache:
            self.cache.keep(did, document, self.at)
        return read


async def _gather_alone(document: Any, evidence: Evidence, at: datetime, cache: Shelf | None, reach: Reach) -> Evidence:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        ledgers = {origin: LedgerClient(url, "", http) for origin, url in reach.ledgers.items()}
        limits = replace(LIMITS, allow_loopback=reach.allow_loopback)
        return await gather(document, evidence, at=at, http=http, cache=cache, limits=limits, ledgers=ledgers)


async def _proof(ledgers: Mapping[str, Growth], origin: str, old: int, new: int) -> Sequence[bytes] | None:
    if origin not in ledgers:
        return None
    try:
        return await ledgers[origin].consistency(old, new)
    except MedcredError as error:
        log.warning("a ledger did not prove its growth", extra={"code": error.code, "origin": origin})
        return None


def _growth(heads: Iterable[LogHead], memory: LogMemory | None) -> Iterable[tuple[str, int, int]]:
    """The sizes to compare: each new head with what is remembered, and the new heads with each other."""
    if memory is None:
        return
    by_origin: dict[str, set[int]] = {}
    for head in list(heads)[:_MAX_HEADS]:
        sizes = by_origin.setdefault(head.origin, set())
        sizes.add(head.size)
        sizes.update(memory.proof_needed(head) or ())
    for origin, sizes in by_origin.items():
        yield from ((origin, old, new) for old, new in combinations(sorted(sizes), 2) if old)


def _credentials(document: Any) -> list[dict[str, Any]]:
    """The credentials a document holds."""
    if not isinstance(document, dict):
        return []
    if is_carried(document):
        carried = read_carried(document)
        return [carried.credential] if isinstance(carried, CarriedRecord) else []
    if "VerifiableCredential" in types_of(document):
        return [document]
    return credentials_of(document)[:MAX_DOCUMENTS]


def _status_urls(credential: dict[str, Any]) -> Iterable[str]:
    entries = credential.get("credentialStatus")
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and isinstance(url := entry.get("statusListCredential"), str):
            yield url


def _roads(issuer: "TrustedIssuer") -> Iterable[tuple[str, str, str]]:
    for road in issuer.identity:
        yield issuer.did, road.road, road.stream if road.road == "vlei" else road.chain


def _signer_stream(issuer: "TrustedIssuer", signer: NamedSigner) -> Iterable[tuple[str, str, str]]:
    for road in issuer.identity:
        if road.road == "vlei":
            yield signer.did, road.road, signer_stream(road.stream, signer.thumbprint)


def _copy(kept: Kept | None) -> Copy | None:
    text = kept.document.get("text") if kept else None
    return Copy(text, kept.fetched_at) if kept and isinstance(text, str) else None


def _identities(wanted: Sequence[tuple[str, str, str]], copies: Sequence[Copy | None]) -> dict[str, IdentityProof]:
    """The proofs by DID; a text that cannot be one is left out, and the checks say that none was at hand."""
    proofs: dict[str, IdentityProof] = {}
    for (did, road, _), copy in zip(wanted, copies, strict=True):
        if copy is None:
            continue
        proof = proofs.get(did, IdentityProof())
        if road == "vlei":
            proofs[did] = replace(proof, vlei=copy.text.encode("ascii"), vlei_at=copy.fetched_at)
        elif chain := _chain(copy.text):
            # A hospital that replaced its key has a chain for each.
            proofs[did] = replace(proof, chain=(*proof.chain, *chain[:MAX_CERTIFICATES]))
    return proofs


def _chain(text: str) -> tuple[bytes, ...]:
    """The DER of the certificates in a PEM file; empty when there is something else in one."""
    try:
        return tuple(base64.b64decode("".join(body.split()), validate=True) for body in _PEM.findall(text))
    except binascii.Error:
        return ()


def _did_document(did: str, kept: Kept) -> DidDocument | None:
    try:
        return read_did_document(did, kept.document)
    except FormatError:
        return None
