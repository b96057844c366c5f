"""An ACA-Py plugin that gives an otherwise stock agent frozen contexts, and nothing else of ours.

Without it a stock agent would download our context, and fail with more than thirty exchanges at once: its own loader re-enters
the event loop. The comparison is kinder to it than reality.
"""

from acapy_agent.config.injection_context import InjectionContext
from acapy_agent.core.event_bus import Event, EventBus
from acapy_agent.core.profile import Profile
from acapy_agent.core.util import STARTUP_EVENT_PATTERN
from acapy_agent.vc.ld_proofs import DocumentLoader

from agents.plugin.did_web import DidWebResolver
from agents.plugin.loader import FrozenDocumentLoader


async def setup(context: InjectionContext) -> None:
    context.inject(EventBus).subscribe(STARTUP_EVENT_PATTERN, _started)


async def _started(profile: Profile, event: Event) -> None:
    profile.context.injector.bind_instance(DocumentLoader, FrozenDocumentLoader(DidWebResolver()))
