"""What issuing must know of a signer, and the proofs that signers' keys make beside the hospital's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agents.client import AgentClient
from issuer.settings import Settings
from issuer.signers.tables import Signer, SignerState
from schemas.errors import NotFoundError, RefusedError, StateError
from schemas.keys import did_key_method


@dataclass(frozen=True, slots=True)
class IssuingSigner:
    """Somebody who may sign for a hospital now."""

    id: str
    did: str
    role: str

    @property
    def named(self) -> dict[str, str]:
        """As a credential names it."""
        return {"id": self.did, "role": self.role}


async def issuing_signer(session: AsyncSession, signer: str, hospital: str) -> IssuingSigner:
    """The signer with this id, who signs for `hospital` now.

    Raises:
        NotFoundError: `signer.unknown`. StateError: `signer.left`, `signer.not_proved`.
    """
    row = await session.get(Signer, signer)
    if row is None or row.hospital != hospital:
        raise signer_unknown()
    if row.state == SignerState.LEFT:
        raise StateError("signer.left", "This signer has left and signs nothing any more.", "Name another signer, or none.")
    if row.state != SignerState.ACTIVE:
        raise StateError("signer.not_proved", "This signer's role is not proved yet.", "Hand in the signer's stream first.")
    return IssuingSigner(row.id, row.did, row.role)


def signer_unknown() -> NotFoundError:
    """`signer.unknown`."""
    return NotFoundError("signer.unknown", "This hospital has no such signer.", "`medcred hospital signer list` shows them.")


def require_role(settings: Settings, hospital: str, signer: IssuingSigner, types: Collection[str]) -> None:
    """Raises RefusedError `signer.not_for_type` when the trust list lets nobody of that role sign one of these types."""
    rules = settings.signers_of(hospital)
    allowed = {kind.value for rule in rules if rule.role == signer.role for kind in rule.types}
    if rules and not set(types) <= allowed:
        raise RefusedError(
            "signer.not_for_type",
            "Somebody of this role may not sign a record of this type.",
            "Name another signer, or none; `signers` in agents.yml says which role signs what.",
        )


async def those_who_left(session: AsyncSession, signers: Collection[str]) -> frozenset[str]:
    """Those of some signers who may sign nothing any more."""
    found = await session.scalars(select(Signer.id).where(Signer.id.in_(signers), Signer.state != SignerState.ACTIVE))
    return frozenset(found)


async def sign_beside(agent: AgentClient, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents, those that name a signer with that key's proof as well; one call for each signer."""
    places: dict[str, list[int]] = {}
    for place, document in enumerate(documents):
        if named := _signer(document):
            places.setdefault(named, []).append(place)
    signed = list(documents)
    for did, own in places.items():
        proved = await agent.sign([documents[place] for place in own], verification_method=did_key_method(did))
        for place, document in zip(own, proved, strict=True):
            signed[place] = document
    return signed


def _signer(document: Mapping[str, Any]) -> str:
    signer = document.get("signer")
    return str(signer["id"]) if signer else ""
