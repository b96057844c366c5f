"""What every part of the issuer service is handed: nothing here is global, so a test can replace any of it.

Each slice has one router factory that takes this context: `issuer.onboarding.api.router(context)`,
`issuer.patients.api.router(context)`, `issuer.console.routes.router(context)`, `issuer.api.router(context)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import httpx

from agents.client import AgentClient
from issuer.onboarding.roots import Roots, read_roots
from issuer.settings import Settings
from ledger.interface import Ledger
from storage import Clock, Database
from verifier.identity.lei import GleifApi, LeiSource, TwoSources
from verifier.identity.lei.index import LeiIndex
from web.live import Bell
from web.pages import Pages


@dataclass(frozen=True)
class IssuerContext:
    """One running issuer service.

    Attributes:
        agents: the agent of each hospital, by slug.
        http: the client for remote reads (LEI records, DID documents); callers set limits.
        entropy: so many random bytes, for salts, codes and status indices.
        bell: rings for pages that watch; keys are `credential:<id>`, `binding:<id>`, `hospital:<slug>`.
        nudge: tells the worker that something may be due; calling it too often or never only changes how soon.
    """

    settings: Settings
    database: Database
    clock: Clock
    agents: Mapping[str, AgentClient]
    ledger: Ledger
    http: httpx.AsyncClient
    pages: Pages
    entropy: Callable[[int], bytes]
    bell: Bell = field(default_factory=Bell)
    nudge: Callable[[], None] = lambda: None

    @cached_property
    def lei(self) -> LeiSource:
        """Where LEI records are read; one for the service, because it counts its calls and remembers its answers."""
        # Whoever presses "check again" after a renewal wants to see it: a remembered answer is given for a minute only.
        register = GleifApi(self.settings.lei_source.url, self.http, self.clock, fresh=timedelta(minutes=1))
        index = self.settings.lei_source.index
        return TwoSources(register, LeiIndex(index, self.clock), self.clock) if index else register

    @cached_property
    def roots(self) -> Roots:
        """What proofs of hospitals' identity must lead to.

        Raises:
            ConfigError: `identity.root_file`.
        """
        return read_roots(self.settings.trust_roots)
