"""Papers of the synthetic Hong Kong hospital, and the whole checklist done by two people."""

import hashlib
from datetime import date
from typing import Any

from issuer.onboarding.checks import duplicates, evidence
from issuer.onboarding.checks.checklist import Checklist, checklist
from issuer.onboarding.checks.slots import PAPERS, Slot
from tests.issuer.onboarding.house import House
from verifier.identity.lei import LeiRecord, read_record

STATED: dict[Slot, dict[str, str]] = {
    Slot.REGISTRY_EXTRACT: {"name": "維港示範醫院", "number": "1234567", "authority": "RA000000"},
    Slot.LICENCE: {"name": "Harbour Demonstration Hospital", "number": "PH-1"},
    Slot.ADDRESS: {"line": "1 Test Road", "city": "Hong Kong", "country": "HK"},
    Slot.AUTHORITY: {},
}
CANARY_SHELF = "shelf CANARY-NAME-7Q4X"


def paper(slot: Slot, **more: Any) -> evidence.Paper:
    values = {
        "sha256": hashlib.sha256(slot.encode()).hexdigest(),
        "size": 7,
        "filed": CANARY_SHELF,
        "stated": STATED[slot],
        "valid_until": date(2027, 3, 1) if slot is Slot.LICENCE else None,
    }
    return evidence.Paper(**values | more)


class FakeFinder:
    """A register with the records it was given; remembers what it was asked."""

    def __init__(self, *resources: dict[str, Any], at: Any) -> None:
        self.records = [read_record(resource, as_of=at) for resource in resources]
        self.asked: list[tuple[str, str]] = []

    async def named(self, name: str, country: str) -> list[LeiRecord]:
        self.asked.append(("name", name))
        return [one for one in self.records if name in [one.legal_name, *(other.value for other in one.other_names)]]

    async def registered(self, number: str) -> list[LeiRecord]:
        self.asked.append(("number", number))
        return [one for one in self.records if one.registered_as]

    async def anywhere(self, text: str, country: str) -> list[LeiRecord]:
        self.asked.append(("address", text))
        return []


async def accept_papers(house: House, slug: str = "hk", *, by: str = "olga", checked_by: str = "otto") -> None:
    for slot in PAPERS:
        named = {"name": "深圳湾示范医院"} if slug == "sz" and "name" in STATED[slot] else {}
        one = paper(slot, stated=STATED[slot] | named)
        number = await evidence.put_in(house.context, slug, slot, one, who=by)
        await evidence.check(house.context, slug, number, who=checked_by)


async def look_for_duplicates(house: House, slug: str = "hk", *, who: str = "olga") -> None:
    finder = FakeFinder(*house.register.records.values(), at=house.clock.at)
    number = await duplicates.search(house.context, slug, who=who, finder=finder)
    await duplicates.decide(house.context, slug, number, duplicates.Outcome.SAME_LEI, who=who)


async def read(house: House, slug: str = "hk") -> Checklist:
    async with house.context.database.begin() as session:
        return await checklist(session, house.context, slug)


async def to_proved(house: House, slug: str = "hk") -> None:
    await house.bindings.apply(slug, who="olga")
    await house.bindings.check_lei(slug, who="olga")
    await house.bindings.prove_did(slug, who="olga")


async def bound(house: House, slug: str = "hk") -> None:
    """An active hospital whose checklist is complete."""
    await to_proved(house, slug)
    await accept_papers(house, slug)
    await look_for_duplicates(house, slug)
    await house.bindings.approve(slug, who="ana")
    await house.bindings.activate(slug)
