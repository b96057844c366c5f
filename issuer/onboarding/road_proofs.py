"""What a hospital shows of itself, judged as every verifier will judge it. What one of them would refuse is not accepted here.

    vLEI          a CESR stream whose leaf is the DID binding: a chain to a pinned root, about the LEI, made by the legal entity's
                  own identifier, naming the hospital's DID and the key it signs with
    certificate   a PEM chain to a pinned root over the key the hospital signs with, carrying the LEI, nothing of it revoked

The verifier's own code judges, with the pins of the settings; what it could not check is not accepted either. Two things only
this service knows, and adds: the key events it saw before (another history of an identifier is refused, and so is a shorter one),
and the revocations it saw before (a stream from before one proves nothing).
"""

import asyncio
import base64
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import select

from issuer.context import IssuerContext
from issuer.onboarding.roads import CERTIFICATE, VLEI, bound
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad, SeenKeyEvent, SeenRevocation
from schemas.errors import RefusedError
from verifier.fetch import LOOPBACK_HOSTS
from verifier.identity.vlei import BindingResult, Kind, verify_binding
from verifier.identity.x509 import fetch
from verifier.identity.x509.certificate import read_certificates
from verifier.identity.x509.revocation import Revocation
from verifier.identity.x509.verify import verify_certificate
from verifier.identity.x509.x5c import method_key
from verifier.reasons import next_step, sentence
from verifier.verdict import Check

type KeyEvents = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a hospital shows.

    Args:
        road: VLEI or CERTIFICATE.
        content: a CESR stream, or a PEM file.
        source: where the hospital keeps its newest stream, to be read again.
        lists: certificate revocation lists, for authorities that do not publish theirs.
    """

    road: str
    content: bytes = field(repr=False)
    source: str | None = None
    lists: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it: a road to be kept, or why not. `revoked` are the credentials it shows to be revoked, `leaf` its binding,
    and `key_events` what is to be remembered with it."""

    road: HospitalRoad | None = None
    refusal: RefusedError | None = None
    leaf: str = ""
    revoked: frozenset[str] = frozenset()
    key_events: KeyEvents = field(default_factory=dict)


async def judge(context: IssuerContext, hospital: Hospital, key: HospitalKey, shown: Shown) -> Judged:
    """Judge what `hospital`, which signs with `key`, shows.

    Raises:
        FormatError: `certificate.malformed`, `certificate.too_large`, the file cannot be read.
        SetupError: `certificate.library`, the extra `certificates` is not installed.
    """
    return await (_vlei if shown.road == VLEI else _certificate)(context, hospital, key, shown)


class _Memory:
    """Key events as the database had them; what a judgement would add is collected, to be written with the step."""

    def __init__(self, seen: KeyEvents) -> None:
        self._seen = seen
        self.told: dict[str, Sequence[str]] = {}

    def recall(self, aids: Iterable[str]) -> KeyEvents:
        return {aid: self._seen[aid] for aid in aids if aid in self._seen}

    def remember(self, logs: KeyEvents) -> frozenset[str]:
        self.told.update(logs)
        return frozenset()


async def _vlei(context: IssuerContext, hospital: Hospital, key: HospitalKey, shown: Shown) -> Judged:
    seen, revoked = await _seen(context)
    memory, result = _Memory(seen), None
    for pins in context.roots.pins:
        look = partial(verify_binding, shown.content, pins, at=context.clock.now(), memory=memory, expect_lei=hospital.lei)
        found = await asyncio.to_thread(look)
        # Of several roots, the one it leads to says why it is refused.
        if result is None or found.accepted or "vlei.root" not in found.vlei.reasons:
            result = found
        if found.accepted:
            break
    if result is None:
        return Judged(refusal=_no_root())
    chain = [link.said for link in result.vlei.chain]
    if not result.accepted:
        ended = frozenset(link.said for link in result.vlei.chain if link.state == "revoked")
        # Only where nothing else is wrong with the stream does it speak for those who made it.
        shows = ended if set(result.vlei.reasons) == {"vlei.revoked"} else frozenset()
        return Judged(refusal=_because(result.vlei.checks), leaf=result.vlei.leaf, revoked=shows)
    refusal = _stream_from_before(chain, revoked) or _not_this_hospitals(result, hospital, key)
    if refusal:
        return Judged(refusal=refusal)
    road = HospitalRoad(
        hospital=hospital.slug,
        road=VLEI,
        keys=[{"id": each.id, "jkt": each.jkt} for each in result.keys],
        aid=result.issuer,
        credential=chain[1],
        binding=chain[0],
        chain=chain,
        content=shown.content,
        source=shown.source,
        checked_at=context.clock.now(),
    )
    return Judged(road, leaf=chain[0], key_events=memory.told)


async def _seen(context: IssuerContext) -> tuple[dict[str, list[str]], frozenset[str]]:
    async with context.database.begin() as session:
        events = await session.scalars(select(SeenKeyEvent).order_by(SeenKeyEvent.aid, SeenKeyEvent.number))
        logs: dict[str, list[str]] = {}
        for event in events:
            logs.setdefault(event.aid, []).append(event.said)
        return logs, frozenset(await session.scalars(select(SeenRevocation.said)))


def _stream_from_before(chain: Sequence[str], revoked: frozenset[str]) -> RefusedError | None:
    return _reason("vlei.revoked") if revoked.intersection(chain) else None


def _not_this_hospitals(result: BindingResult, hospital: Hospital, key: HospitalKey) -> RefusedError | None:
    if result.vlei.chain[1].kind is not Kind.LE:
        return RefusedError(
            "identity.not_the_entity",
            "This binding was made by a person with a role, not by the legal entity itself.",
            "Show the binding that the hospital's own identifier issued.",
        )
    if hospital.did not in result.ids:
        return RefusedError(
            "identity.did_not_named",
            "This binding does not name the hospital's DID.",
            "Issue a binding for the DID under which the hospital applied.",
        )
    if bound(key) not in [{"id": each.id, "jkt": each.jkt} for each in result.keys]:
        return RefusedError(
            "identity.key_not_named",
            "This binding does not name the key that the hospital signs with.",
            "Issue a binding with the thumbprint that `medcred hospital keys` shows; keep the older keys in it.",
        )
    return None


async def _certificate(context: IssuerContext, hospital: Hospital, key: HospitalKey, shown: Shown) -> Judged:
    roots = context.roots.certificates
    if not roots:
        return Judged(refusal=_no_root())
    chain = read_certificates(shown.content)
    local = urlsplit(context.settings.public_url).hostname in LOOPBACK_HOSTS
    collected = await fetch.collect_revocation(
        chain, roots, context.http, at_hand=Revocation(crls=shown.lists), limits=replace(fetch.LIMITS, allow_loopback=local)
    )
    look = partial(
        verify_certificate,
        chain,
        roots,
        at=context.clock.now(),
        revocation=collected.revocation,
        expect_lei=hospital.lei,
        expect_key=method_key({"publicKeyMultibase": key.multikey}),
    )
    result = await asyncio.to_thread(look)
    if not result.good:
        return Judged(refusal=_because(result.checks))
    return Judged(
        HospitalRoad(
            hospital=hospital.slug,
            road=CERTIFICATE,
            keys=[bound(key)],
            chain=[],
            sha256=result.sha256,
            not_after=result.not_after,
            content=_pem(chain),
            checked_at=context.clock.now(),
        )
    )


def _pem(chain: Sequence[bytes]) -> bytes:
    """The certificates and nothing else that may have been in the file: it is published."""
    parts = []
    for der in chain:
        body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
        parts.append(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    return "".join(parts).encode()


def _because(checks: Sequence[Check]) -> RefusedError:
    """The heaviest finding, in the verifier's words."""
    return _reason(max(checks, key=lambda check: check.weight).reason)


def _reason(reason: str) -> RefusedError:
    return RefusedError(reason, sentence(reason), next_step(reason))


def _no_root() -> RefusedError:
    return RefusedError(
        "identity.no_root",
        "This registrar accepts no root for this road.",
        "Name the root under trust_roots in agents.yml, or take the other road.",
    )
