"""Ending a credential exchange so that both sides know: the record says why, and the other agent gets a problem report.

ACA-Py only logs some refusals; then the other side waits for ever.
"""

from acapy_agent.core.profile import Profile
from acapy_agent.messaging.responder import BaseResponder
from acapy_agent.protocols.issue_credential.v2_0 import problem_report_for_record
from acapy_agent.protocols.issue_credential.v2_0.messages.cred_problem_report import ProblemReportReason
from acapy_agent.protocols.issue_credential.v2_0.models.cred_ex_record import V20CredExRecord


async def abandon(profile: Profile, record: V20CredExRecord, reason: str) -> None:
    """End the exchange. `reason` stays in our record; the other side only hears that it is over."""
    async with profile.session() as session:
        await record.save_error_state(session, reason=reason)
    report = problem_report_for_record(record, ProblemReportReason.ISSUANCE_ABANDONED.value)
    await profile.inject(BaseResponder).send(report, connection_id=record.connection_id)
