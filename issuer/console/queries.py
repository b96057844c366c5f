"""Which credentials a list shows, and each with the patient it is for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.issuing.states import UNDER_WAY, CredentialState
from issuer.issuing.tables import Credential
from issuer.patients.tables import PatientBinding, PatientIdentity
from issuer.status.states import ChangeState, StatusAction
from issuer.status.tables import StatusChange

MOST = 200


class Shown(StrEnum):
    """The lists of the credentials page; the home page counts them."""

    ISSUED = "issued"
    WAITING = "waiting"
    FAILED = "failed"
    REVOKED = "revoked"


_S = CredentialState
_WAITING = (_S.DRAFTED, _S.OFFERED, _S.ISSUED, *sorted(UNDER_WAY))

WHERE: Mapping[Shown, Callable[[datetime], ColumnElement[bool]]] = {
    Shown.ISSUED: lambda midnight: Credential.acknowledged_at >= midnight,
    Shown.WAITING: lambda _: Credential.state.in_(_WAITING),
    Shown.FAILED: lambda midnight: (
        Credential.state.in_((_S.FAILED, _S.DECLINED, _S.EXPIRED)) & (Credential.changed_at >= midnight)
    ),
    Shown.REVOKED: lambda midnight: Credential.id.in_(
        select(StatusChange.credential).where(
            StatusChange.action == StatusAction.REVOKE,
            StatusChange.state == ChangeState.EFFECTIVE,
            StatusChange.decided_at >= midnight,
        )
    ),
}


@dataclass(frozen=True)
class Line:
    """A credential and whom it is for; the name is the vault's."""

    credential: Credential
    patient: str
    name: str


async def lines(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[Line]:
    """Credentials that fit, newest first, at most MOST."""
    rows = await session.execute(
        select(Credential, PatientBinding.patient, PatientIdentity.display_name)
        .join(PatientBinding, PatientBinding.id == Credential.binding)
        .outerjoin(PatientIdentity, PatientIdentity.patient == PatientBinding.patient)
        .where(*where)
        .order_by(Credential.created_at.desc(), Credential.id)
        .limit(MOST)
    )
    return [Line(credential, patient, name or "") for credential, patient, name in rows]
