"""The checklist as others read it: JSON, a page to print, and the hand-over package made of both.

Where a paper is kept and what a person wrote into the fields of one that was not accepted are in none of them.
"""

from typing import Any

from issuer.context import IssuerContext
from issuer.onboarding.checks.checklist import DUPLICATES, Checklist, checklist
from issuer.onboarding.checks.evidence import Result
from issuer.onboarding.checks.hand_over import package
from issuer.onboarding.checks.slots import PAPERS
from issuer.onboarding.trust_list import publisher
from schemas.errors import RefusedError
from web.language import Language


def report(known: Checklist) -> dict[str, Any]:
    """The checklist as JSON."""
    about = known.about
    return {
        "hospital": {"slug": about.slug, "name": about.name, "jurisdiction": about.jurisdiction, "lei": about.lei or None},
        "missing": known.missing,
        "papers": [
            {
                "slot": state.slot,
                "result": state.result,
                "reason": row.reason if row else None,
                "sha256": row.sha256 if row else None,
                "size": row.size if row else None,
                "validUntil": row.valid_until.isoformat() if row and row.valid_until else None,
                "putInBy": row.put_in_by if row else None,
                "putInAt": _stamp(row.put_in_at) if row else None,
                "checkedBy": row.checked_by if row else None,
                "checkedAt": _stamp(row.checked_at) if row else None,
                "basis": state.requirement.citation if state.requirement else "",
            }
            for state in known.slots
            if state.slot in PAPERS
            for row in (state.evidence,)
        ],
        "binding": [
            {
                "slot": state.slot,
                "result": state.result,
                "by": state.step.who if state.step else None,
                "at": _stamp(state.step.at) if state.step else None,
            }
            for state in known.slots
            if state.slot not in PAPERS
        ],
        "names": [
            {
                "source": pair.source,
                "applied": pair.applied,
                "other": pair.other,
                "result": pair.result,
                "acceptedBecause": pair.accepted.reason if pair.accepted else None,
                "acceptedBy": pair.accepted.decided_by if pair.accepted else None,
            }
            for pair in known.names
        ],
        "duplicates": {
            "searchedAt": _stamp(known.search.searched_at),
            "source": known.search.source,
            "candidates": known.search.candidates,
            "outcome": known.search.outcome,
            "decidedBy": known.search.decided_by,
        }
        if known.search
        else None,
    }


async def make_package(context: IssuerContext, slug: str, *, language: Language) -> bytes:
    """The hand-over package of a hospital whose papers are all checked.

    Args:
        language: of the page to print.

    Raises:
        NotFoundError: `hospital.unknown`. AgentError: the registrar's agent does not answer.
        RefusedError: `hand_over.incomplete`, a paper, a name or the look for duplicates is open; its hint lists them.
    """
    async with context.database.begin() as session:
        known = await checklist(session, context, slug)
    needed = {*PAPERS, DUPLICATES}
    if open_ones := [one for one in known.missing if one in needed or one.startswith("names.")]:
        raise RefusedError("hand_over.incomplete", "The papers are not all checked.", f"Missing: {', '.join(open_ones)}.")
    said = report(known)
    printed = context.pages.environment.get_template("hand_over.html").render(
        _=lambda message, **fields: context.pages.words.say(language, message, **fields),
        language=language,
        report=said,
        at=_stamp(context.clock.now()),
    )
    facts = {
        "name": known.about.name,
        "lei": known.about.lei,
        "jurisdiction": known.about.jurisdiction,
        "stated": {
            state.slot: state.evidence.stated
            for state in known.slots
            if state.evidence and state.evidence.result == Result.ACCEPTED
        },
    }
    return await package(
        facts,
        checklist=said,
        printed=printed,
        publisher=await publisher(context),
        signer=context.agents[context.settings.registrar],
        at=context.clock.now(),
    )


def _stamp(at: Any) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
