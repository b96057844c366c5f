"""The roads a hospital has: which of them the trust list names, and whether one that is missing or over stops it from issuing.

A road is named while it is about the key the hospital signs with now: after a rotation not before the binding names the new key,
or a certificate was issued for it. Then the certificates of the keys before stay named too, for what those signed. A vLEI that
was revoked stays named, with the stream that says so: what the hospital signed before stands for everyone, and what it signs
afterwards does not. So it issues nothing more until it proves itself anew.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.onboarding.tables import HospitalKey, HospitalRoad
from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.keys import decode_multikey

VLEI, CERTIFICATE = "vlei", "certificate"

ROAD_ENDED = "identity.ended"
"""`blocked` of an active hospital whose vLEI was revoked, or whose certificate is past its date."""

ROAD_MISSING = "identity.missing"
"""`blocked` of an active hospital that must have proved itself for the key it signs with, and has not."""


async def current_key(session: AsyncSession, slug: str) -> HospitalKey | None:
    """The key a hospital signs with now."""
    found: HospitalKey | None = await session.scalar(
        select(HospitalKey).where(HospitalKey.hospital == slug, HospitalKey.valid_until.is_(None))
    )
    return found


async def roads_of(session: AsyncSession, slug: str) -> Sequence[HospitalRoad]:
    """The roads in force, in the order in which they were proved."""
    found = await session.scalars(
        select(HospitalRoad).where(HospitalRoad.hospital == slug, HospitalRoad.replaced_at.is_(None)).order_by(HospitalRoad.id)
    )
    return found.all()


def bound(key: HospitalKey) -> dict[str, str]:
    """A key as a binding names it."""
    return {"id": key.id, "jkt": ed25519_thumbprint(decode_multikey(key.multikey))}


def listed(roads: Sequence[HospitalRoad], key: HospitalKey | None) -> list[HospitalRoad]:
    """Those of a hospital's roads that the trust list names while it signs with `key`."""
    about_key = [road for road in roads if key is not None and bound(key) in road.keys]
    certified = any(road.road == CERTIFICATE for road in about_key)
    return [road for road in roads if road in about_key or road.ended_at is not None or (certified and road.road == CERTIFICATE)]


def held_back(roads: Sequence[HospitalRoad], key: HospitalKey | None, now: datetime, *, required: bool) -> str | None:
    """ROAD_ENDED or ROAD_MISSING when a hospital may issue nothing new; None when its roads are in order.

    Args:
        roads: those in force.
        key: the key it signs with.
        required: the registrar asks every hospital for a road.
    """
    about_key = [road for road in roads if key is not None and bound(key) in road.keys]
    past = [road for road in about_key if road.not_after is not None and road.not_after <= now]
    if past or any(road.ended_at is not None for road in roads):
        return ROAD_ENDED
    return ROAD_MISSING if required and not about_key else None
