"""The trust list verifiers read at /trust.json: made from the bindings, signed by the registrar, numbered, and short-lived.

Order: the rows are read into the verifier's own `TrustList`, so that what is published is what a verifier parses; if it says
the same as the newest list and that one is not half through its life, the newest is served again; otherwise the next number
is signed by the registrar's key in its agent's wallet. Two processes that sign at once agree on one list: a number is a row.

When the registrar's agent does not answer, the newest list is served while it lasts.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import IssuerContext
from issuer.onboarding.roads import VLEI, listed
from issuer.onboarding.states import LISTED_STATES
from issuer.onboarding.tables import Hospital, HospitalKey, HospitalRoad, PublishedTrustList
from ledger.keys import VerifierKey
from schemas.canonical import canonicalize
from schemas.errors import AgentError
from schemas.keys import decode_multikey, did_key, did_key_method
from verifier.identity.trust import TrustList
from verifier.identity.trusted import (
    IssuerState,
    ProvedByCertificate,
    ProvedByVlei,
    TrustedIssuer,
    TrustedKey,
    TrustedLei,
    TrustedLog,
    TrustedWitness,
)

log = logging.getLogger(__name__)

VALID = timedelta(hours=72)
RENEW = VALID / 2
HEADERS = {"Cache-Control": "public, max-age=30", "Access-Control-Allow-Origin": "*"}


def router(context: IssuerContext) -> APIRouter:
    """`/trust.json`."""
    routes = APIRouter(tags=["published"])

    @routes.get("/trust.json")
    async def trust() -> JSONResponse:
        """The signed trust list."""
        return JSONResponse(await current(context), headers=HEADERS)

    return routes


async def current(context: IssuerContext) -> dict[str, Any]:
    """The signed list as it is now.

    Raises:
        AgentError: the registrar's agent does not answer, and there is no list that has not expired.
    """
    now = context.clock.now()
    async with context.database.begin() as session:
        newest = await _newest(session)
        issuers = await _issuers(context, session)
    content = _digest(context, issuers)
    if newest and newest.content == content and now < newest.issued_at + RENEW:
        return newest.document
    try:
        return await _publish(context, issuers, content, (newest.sequence if newest else 0) + 1)
    except AgentError as error:
        if newest is None or newest.expires_at <= now:
            raise
        log.warning("trust list not renewed", extra={"code": error.code})
        return newest.document


async def in_force(context: IssuerContext, at: datetime) -> dict[str, Any]:
    """The signed list that was in force at a time; the list as it is now for a time before there was one.

    Raises: as `current`.
    """
    newest = await current(context)
    async with context.database.begin() as session:
        then: PublishedTrustList | None = await session.scalar(
            select(PublishedTrustList)
            .where(PublishedTrustList.issued_at <= at)
            .order_by(PublishedTrustList.sequence.desc())
            .limit(1)
        )
    return then.document if then else newest


async def publisher(context: IssuerContext) -> str:
    """The did:key of the registrar, whose signature verifiers look for; made in its agent's wallet on first call.

    Raises:
        AgentError: the agent did not answer.
    """
    kid = f"{context.settings.public_url}/trust.json#publisher"
    return did_key(decode_multikey(await context.agents[context.settings.registrar].create_key(kid)))


async def _publish(context: IssuerContext, issuers: tuple[TrustedIssuer, ...], content: str, sequence: int) -> dict[str, Any]:
    signer = await publisher(context)
    unsigned = _list(context, issuers, sequence=sequence, publisher=signer)
    agent = context.agents[context.settings.registrar]
    [document] = await agent.sign([unsigned.unsigned()], verification_method=did_key_method(signer))
    TrustList.parse(document, publisher=signer)  # what a verifier would refuse is not published
    row = PublishedTrustList(
        sequence=sequence,
        content=content,
        issued_at=unsigned.issued_at,
        expires_at=unsigned.expires_at,
        document=document,
    )
    try:
        async with context.database.begin() as session:
            session.add(row)
    except IntegrityError:
        async with context.database.begin() as session:
            newest = await _newest(session)
        assert newest is not None  # the number was taken, so there is a list
        return newest.document
    log.info("trust list published", extra={"count": len(issuers)})
    return document


def _list(context: IssuerContext, issuers: tuple[TrustedIssuer, ...], *, sequence: int, publisher: str) -> TrustList:
    settings = context.settings
    now = context.clock.now().replace(microsecond=0)
    jurisdiction = next(hospital.jurisdiction for hospital in settings.hospitals if hospital.slug == settings.registrar)
    log_key = settings.ledger.origin_key
    witnesses = [(VerifierKey.parse(key).name, key) for key in settings.ledger.witness_keys]
    return TrustList(
        type="MedcredTrustList",
        version="1",
        sequence=sequence,
        issued_at=now,
        expires_at=now + VALID,
        publisher=publisher,
        issuers=issuers,
        logs=(TrustedLog(origin=VerifierKey.parse(log_key).name, verifier_key=log_key, jurisdiction=jurisdiction),),
        witnesses=tuple(TrustedWitness(name=name, verifier_key=key) for name, key in witnesses),
        witness_quorum=min(1, len(witnesses)),
        roots=context.roots.published,
        framework=settings.framework,
    )


def _digest(context: IssuerContext, issuers: tuple[TrustedIssuer, ...]) -> str:
    """Digest of all that the list says but its dates, its number and its publisher."""
    said = {
        "issuers": [issuer.model_dump(mode="json", by_alias=True) for issuer in issuers],
        "log": context.settings.ledger.origin_key,
        "witnesses": context.settings.ledger.witness_keys,
        "registrar": context.settings.registrar,
        "roots": [root.model_dump(mode="json", by_alias=True) for root in context.roots.published],
        "framework": context.settings.framework,
    }
    return hashlib.sha256(canonicalize(said)).hexdigest()


async def _newest(session: AsyncSession) -> PublishedTrustList | None:
    found: PublishedTrustList | None = await session.scalar(
        select(PublishedTrustList).order_by(PublishedTrustList.sequence.desc()).limit(1)
    )
    return found


async def _issuers(context: IssuerContext, session: AsyncSession) -> tuple[TrustedIssuer, ...]:
    hospitals = await session.scalars(select(Hospital).where(Hospital.state.in_(LISTED_STATES)).order_by(Hospital.slug))
    keys = await session.scalars(select(HospitalKey).order_by(HospitalKey.valid_from, HospitalKey.id))
    roads = await session.scalars(select(HospitalRoad).where(HospitalRoad.replaced_at.is_(None)).order_by(HospitalRoad.id))
    keys_of: dict[str, list[HospitalKey]] = {}
    for key in keys.all():
        keys_of.setdefault(key.hospital, []).append(key)
    roads_of: dict[str, list[HospitalRoad]] = {}
    for road in roads.all():
        roads_of.setdefault(road.hospital, []).append(road)
    return tuple(
        _issuer(context, hospital, keys_of.get(hospital.slug, []), roads_of.get(hospital.slug, []))
        for hospital in hospitals.all()
    )


def _issuer(context: IssuerContext, hospital: Hospital, keys: list[HospitalKey], roads: list[HospitalRoad]) -> TrustedIssuer:
    assert hospital.bound_from is not None  # set by the step that leads into these states
    current = next((key for key in keys if key.valid_until is None), None)
    place = f"{context.settings.public_url}/hospitals/{hospital.slug}"
    return TrustedIssuer(
        did=hospital.did,
        lei=hospital.lei,
        jurisdiction=hospital.jurisdiction,
        state=IssuerState(hospital.state),
        bound_from=hospital.bound_from,
        bound_until=None,
        types=context.settings.types_of(hospital.slug),
        signers=context.settings.signers_of(hospital.slug),
        keys=tuple(
            TrustedKey(id=key.id, public_key_multibase=key.multikey, valid_from=key.valid_from, valid_until=key.valid_until)
            for key in keys
        ),
        lei_record=TrustedLei.model_validate(hospital.lei_record),
        identity=tuple(_proved(place, road) for road in listed(roads, current)),
    )


def _proved(place: str, road: HospitalRoad) -> ProvedByVlei | ProvedByCertificate:
    checked_at = road.checked_at.replace(microsecond=0)
    if road.road == VLEI:
        return ProvedByVlei(
            aid=road.aid or "",
            credential=road.credential or "",
            binding=road.binding or "",
            stream=f"{place}/vlei.cesr?binding={road.binding}",
            checked_at=checked_at,
        )
    assert road.not_after is not None  # set with every certificate
    return ProvedByCertificate(
        key=road.keys[0]["id"],
        sha256=road.sha256 or "",
        not_after=road.not_after,
        chain=f"{place}/chain.pem?leaf={road.sha256}",
        checked_at=checked_at,
    )
