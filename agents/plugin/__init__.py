"""The ACA-Py plugin that hospital, patients' and clinic agents load alike: `aca-py start --plugin agents.plugin`.

What it does, in the order ACA-Py meets it:
1. `setup`: seeds the context cache, puts our `did:web` resolver in the place of the stock one, takes over VC 2.0 credentials and
   presentations with Data Integrity proofs in issue-credential 2.0 and present-proof 2.0 (all else stays with ACA-Py);
2. at start-up: replaces the JSON-LD document loader by one that only knows the frozen contexts and refuses everything else;
3. `agents.plugin.routes`: the admin routes under `/medcred/`.

ACA-Py's own signature suites, for all else, get their RDF canonicalised in the worker process too (`stock_suites`).
Besides, messages of one thread wait for each other (`turns`), and work that is the same for each message is done once (`speed`).

Why: a context URL that never answers freezes a stock agent for ever; its `eddsa-jcs-2022` is not RFC 8785; it cannot carry VC 2.0
presentations; and it signs one document a call.

ACA-Py only logs an error when a plugin fails to load and starts without it, so controllers ask `GET /plugins` first.
"""

from acapy_agent.cache.base import BaseCache
from acapy_agent.config.injection_context import InjectionContext
from acapy_agent.core.event_bus import Event, EventBus
from acapy_agent.core.profile import Profile
from acapy_agent.core.util import SHUTDOWN_EVENT_PATTERN, STARTUP_EVENT_PATTERN
from acapy_agent.resolver.did_resolver import DIDResolver
from acapy_agent.vc.ld_proofs import DocumentLoader

from agents.plugin import speed, stock_suites, takeover, turns
from agents.plugin.did_web import DidWebResolver
from agents.plugin.loader import FrozenDocumentLoader, seed_cache
from agents.plugin.rdfc import RdfcWorker
from agents.plugin.storing import SecondTries

VERSION = "1"


async def setup(context: InjectionContext) -> None:
    """ACA-Py calls this once, before the conductor binds its own document loader."""
    speed.install()
    cache = speed.QuickCache()
    context.injector.bind_instance(BaseCache, cache)
    await seed_cache(cache)
    did_web = DidWebResolver()
    did_web.take_over(context.inject(DIDResolver))
    context.injector.bind_instance(DidWebResolver, did_web)
    worker = RdfcWorker()
    context.injector.bind_instance(RdfcWorker, worker)
    stock_suites.install(worker)
    context.injector.bind_instance(SecondTries, SecondTries())
    takeover.install()
    turns.install()
    events = context.inject(EventBus)
    events.subscribe(STARTUP_EVENT_PATTERN, _started)
    events.subscribe(SHUTDOWN_EVENT_PATTERN, _stopping)


async def _started(profile: Profile, event: Event) -> None:
    # What setup() binds here the conductor binds over: the loader can only be replaced now.
    loader = FrozenDocumentLoader(profile.inject(DidWebResolver))
    profile.context.injector.bind_instance(DocumentLoader, loader)


async def _stopping(profile: Profile, event: Event) -> None:
    await profile.inject(SecondTries).aclose()
    await profile.inject(RdfcWorker).aclose()
