"""One way to a verdict for an answer at the desk, one for a carried file; both end in the verifier's own functions.

    presentation   the desk's policy; status lists are fetched anew, with the copy kept as the second best: a record revoked a
                   minute ago must not pass while the patient stands there
    file           exactly `verifier.verify.verify_file`, which is what `medcred verify FILE` runs

What was learnt on the way (status lists, ledger heads) is kept for when the network is away.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger.memory import LogMemory
from storage import Clock
from verifier.carried import is_carried
from verifier.checks.presentation import credentials_of
from verifier.desk.knowledge import Knowledge, Notebook
from verifier.documents import DuplicateMemberError, did_of, read_document, types_of
from verifier.evidence import Evidence, Expected
from verifier.gather import MAX_DOCUMENTS, Reach, gather
from verifier.identity.trust import TrustList
from verifier.policy import LIVE_DESK
from verifier.status import StatusSource
from verifier.verdict import Verdict
from verifier.verify import verify, verify_file

YOUNG = timedelta(seconds=10)
"""A status list this young is not fetched again for a live answer."""

MAX_NAME = 2048


class Judge:
    """Gives verdicts.

    Args:
        knowledge: what the desk knows, and learns.
    """

    def __init__(self, knowledge: Knowledge, clock: Clock) -> None:
        self._knowledge = knowledge
        self._clock = clock

    async def presentation(self, presentation: dict[str, Any], expected: Expected) -> Verdict:
        """Judge what a patient answered.

        Args:
            presentation: as the agent received it; nothing of the agent's own opinion is used.
            expected: the request it must answer.
        """
        issuers, names = _named(presentation)
        trust = await self._knowledge.trust.fresh(issuers)
        notebook = await self._knowledge.notebook(names | _roads(trust, issuers), young=YOUNG)
        at = self._clock.now()
        at_hand = replace(self._knowledge.key_knowledge(), trust=trust, expected=expected, memory=LogMemory(notebook))
        evidence = await gather(
            presentation,
            at_hand,
            at=at,
            http=self._knowledge.http,
            cache=notebook,
            limits=self._knowledge.limits,
            ledgers=self._knowledge.ledgers(trust),
        )
        evidence = replace(evidence, status_lists=[*evidence.status_lists, *_second_best(notebook, evidence)])
        verdict = await asyncio.to_thread(verify, presentation, evidence, LIVE_DESK, at)
        await self._knowledge.keep(notebook)
        return verdict

    async def file(self, data: bytes) -> Verdict:
        """Judge a file that somebody brought.

        Raises:
            FormatError: `json.malformed`, `json.too_large`.
        """
        try:
            document = read_document(data)
        except DuplicateMemberError:
            document = None  # the verdict will say so
        issuers, names = _named(document)
        trust = await self._knowledge.trust.fresh(issuers)
        notebook = await self._knowledge.notebook(names | _roads(trust, issuers))
        reach = Reach(allow_loopback=self._knowledge.limits.allow_loopback, ledgers=self._knowledge.ledger_urls(trust))
        at_hand = replace(self._knowledge.key_knowledge(), trust=trust)
        verdict = await asyncio.to_thread(verify_file, data, at=self._clock.now(), evidence=at_hand, cache=notebook, reach=reach)
        await self._knowledge.keep(notebook)
        return verdict


def _named(document: Any) -> tuple[set[str], set[str]]:
    """The issuers a document names, and everything that may be known about them: their DIDs and their status lists' addresses.

    Nothing is believed or fetched here: it only says which of the copies to read. No copy has a name that is not plain text.
    """
    if not isinstance(document, dict):
        return set(), set()
    if is_carried(document):
        credentials = [document.get("credential")]
    elif "VerifiablePresentation" in types_of(document):
        credentials = [*credentials_of(document)]
    else:
        credentials = [document]
    read = [credential for credential in credentials if isinstance(credential, dict)][:MAX_DOCUMENTS]
    issuers = {did for credential in read if (did := did_of(credential.get("issuer")))}
    urls: set[str] = set()
    for credential in read:
        entries = credential.get("credentialStatus")
        for entry in (entries if isinstance(entries, list) else [entries])[:MAX_DOCUMENTS]:
            if isinstance(entry, dict) and isinstance(url := entry.get("statusListCredential"), str):
                urls.add(url)
    return issuers, {name for name in issuers | urls if len(name) <= MAX_NAME and name.isascii() and name.isprintable()}


def _roads(trust: TrustList | None, issuers: Iterable[str]) -> set[str]:
    """The addresses of the proofs of identity of those issuers that are on the trust list."""
    listed = [issuer for did in issuers if trust and (issuer := trust.issuer(did))]
    return {road.stream if road.road == "vlei" else road.chain for issuer in listed for road in issuer.identity}


def _second_best(notebook: Notebook, evidence: Evidence) -> list[StatusSource]:
    """The copies kept of lists that could not be had anew. Beside a newer list an old one says nothing."""
    there = {source.document.get("id") for source in evidence.status_lists}
    return [StatusSource(kept.document, kept.fetched_at) for url, kept in notebook.kept_lists.items() if url not in there]
