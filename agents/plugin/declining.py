"""Hear a patient's no to an offer that came in a code.

ACA-Py takes a problem report about an offer over a connection only, though it takes a request for the same offer, and a
problem report about a presentation, without one (RFC 0434, RFC 0453). The hospital would learn of the no at its own deadline.
Whoever writes must have answered the invitation that carried the offer: ACA-Py matches keys and thread, as it does for a request.
"""

from typing import Any

from acapy_agent.core.oob_processor import OobMessageProcessor
from acapy_agent.messaging.request_context import RequestContext
from acapy_agent.protocols.issue_credential.v2_0.handlers.cred_problem_report_handler import CredProblemReportHandler
from acapy_agent.protocols.issue_credential.v2_0.manager import V20CredManager
from acapy_agent.storage.error import StorageNotFoundError


def install() -> None:
    """Let the handler of ACA-Py take reports without a connection."""
    stock_handle = CredProblemReportHandler.handle

    async def handle(self: CredProblemReportHandler, context: RequestContext, responder: Any) -> None:
        if context.connection_record or not await _answers_our_invitation(context):
            await stock_handle(self, context, responder)
            return
        try:
            await V20CredManager(context.profile).receive_problem_report(context.message, None)
        except StorageNotFoundError:
            self._logger.warning("a report about no exchange of ours")

    CredProblemReportHandler.handle = handle


async def _answers_our_invitation(context: RequestContext) -> bool:
    return await context.inject(OobMessageProcessor).find_oob_record_for_inbound_message(context) is not None
