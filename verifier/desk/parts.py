"""The parts of one running desk, made once at start and handed to its routes."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from agents.client import AgentClient
from storage import Clock, Database
from verifier.desk.clinic_key import ClinicKey
from verifier.desk.conversation import Conversation
from verifier.desk.judging import Judge
from verifier.desk.knowledge import Knowledge
from verifier.desk.sessions import Sessions
from verifier.desk.settings import Settings
from verifier.desk.shown import age_line
from verifier.desk.staff import Staff
from web.language import language_of
from web.live import Bell
from web.pages import Pages

VERSION = version("medcred")


@dataclass(frozen=True)
class Desk:
    """Everything a route needs. Nothing in it knows HTTP except `show`."""

    settings: Settings
    clock: Clock
    database: Database
    agent: AgentClient
    key: ClinicKey
    bell: Bell
    pages: Pages
    staff: Staff
    sessions: Sessions
    knowledge: Knowledge
    judge: Judge
    conversation: Conversation

    async def show(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the desk, with what stands on all of them: the clinic and the age of the trust list."""
        trust = await self.knowledge.trust_copy()
        line = age_line(trust.fetched_at if trust else None, self.clock.now(), language_of(request), self.pages.words)
        shared = {"clinic": self.settings.clinic, "trust_line": line, "version": VERSION}
        return self.pages.render(request, template, status=status, **shared, **values)

    def short_url(self, code: str) -> str:
        """The address in the QR code."""
        return f"{self.settings.base_url}/r/{code}"
