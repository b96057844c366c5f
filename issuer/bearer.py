"""Who calls the JSON API: a Bearer key named in the settings (RFC 6750 §2.1), and for which hospitals it may act.

A key that is limited to hospitals is refused wherever the address or the body names another one's: its slug, or a credential, a
binding, a patient or a change of status that belongs to it.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request
from sqlalchemy import Select, String, cast, select

from issuer.context import IssuerContext
from issuer.issuing.tables import Credential
from issuer.patients.tables import Patient, PatientBinding
from issuer.status.tables import StatusChange
from schemas.errors import NotAllowedError, NotSignedInError

# What stands in an address beside slugs, and whose it is.
OWNERS: dict[str, Callable[[str], Select[str]]] = {
    "credential": lambda key: select(Credential.hospital).where(Credential.id == key),
    "binding": lambda key: select(PatientBinding.hospital).where(PatientBinding.id == key),
    "patient": lambda key: select(Patient.hospital).where(Patient.id == key),
    "change": lambda key: (
        select(Credential.hospital)
        .join(StatusChange, StatusChange.credential == Credential.id)
        .where(cast(StatusChange.id, String) == key)
    ),
}


@dataclass(frozen=True)
class Caller:
    """A program with a key. `hospitals` are those it may act for; None is all."""

    name: str
    hospitals: frozenset[str] | None = None

    @property
    def who(self) -> str:
        """As histories name it."""
        return f"api:{self.name}"

    def require(self, hospital: str) -> None:
        """Raises NotAllowedError `api.other_hospital`."""
        if self.hospitals is not None and hospital not in self.hospitals:
            raise NotAllowedError(
                "api.other_hospital", "This API key is not for this hospital.", "Use a key of the hospital, or widen this one."
            )


def caller(context: IssuerContext) -> Callable[..., Awaitable[Caller]]:
    """A route dependency that answers who calls, who may act for the hospital the address is about.

    It raises NotSignedInError `api.key_unknown` and NotAllowedError `api.other_hospital`. What a body names, the route checks.
    """

    async def check(request: Request, authorization: Annotated[str, Header()] = "") -> Caller:
        found = _known(context, authorization)
        for kind, key in request.path_params.items():
            if found.hospitals is not None and (hospital := await _owner(context, kind, str(key))):
                found.require(hospital)
        return found

    return check


def _known(context: IssuerContext, authorization: str) -> Caller:
    """Every key is compared, each in constant time."""
    scheme, _, given = authorization.partition(" ")
    found = None
    for name, key in context.settings.api_keys.items():
        if hmac.compare_digest(given.encode(), key.secret.get_secret_value().encode()):
            found = Caller(name, key.hospitals)
    if scheme.lower() != "bearer" or found is None:
        raise NotSignedInError("api.key_unknown", "This API key is not known here.", "Send `Authorization: Bearer <key>`.")
    return found


async def _owner(context: IssuerContext, kind: str, key: str) -> str | None:
    """Whose it is; None when there is no such thing, which the route says better."""
    if kind == "slug":
        return key
    if kind not in OWNERS:
        return None
    async with context.database.begin() as session:
        return await session.scalar(OWNERS[kind](key))
