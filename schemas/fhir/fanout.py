"""How much a bundle grows when its references are followed: panels inside panels, results listed by many reports and sections.

A few kilobytes of references can name the same panel thousands of times, or panels inside each other so that each level
multiplies. The growth is counted first, each resource once, and a bundle beyond the limits is refused before anything is drawn.
"""

from schemas.errors import RecordError
from schemas.fhir.bundle import Bundle, Json, Resource, fault

MAX_DRAWN = 20_000
_MAX_PANELS = 8


def check_fanout(bundle: Bundle) -> None:
    """Refuse a bundle whose records would show more than MAX_DRAWN entries, or panels deeper than any laboratory makes them.

    Raises:
        RecordError: `record.invalid`, too many entries; `hasMember` too deep or in a circle.
    """
    known: dict[Resource, tuple[int, int]] = {}
    total = sum(_grow(report, known, 0)[0] for report in bundle.of_kind("DiagnosticReport"))
    if bundle.document:
        total += _sections(bundle.document, bundle.document.content.get("section") or [], known)
    for request in bundle.of_kind("ServiceRequest"):
        grounds = [*(request.content.get("reasonReference") or []), *(request.content.get("supportingInfo") or [])]
        total += sum(_grow(target, known, 0)[0] for item in grounds if (target := request.follow(item)))
    if total > MAX_DRAWN:
        raise fault("Bundle.entry", f"the records would show more than {MAX_DRAWN} entries")


def members(resource: Resource) -> list[Resource]:
    """The observations of a report or a panel. Those taken back are left out; a panel that lists itself (Austria's ELGA) is not
    its own member."""
    element = "result" if resource.kind == "DiagnosticReport" else "hasMember"
    listed = resource.content.get(element) or [] if resource.kind in {"DiagnosticReport", "Observation"} else []
    found = (resource.follow(reference) for reference in listed)
    return [t for t in found if t and t is not resource and t.kind == "Observation" and not t.in_error]


def _grow(resource: Resource, known: dict[Resource, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many entries a resource becomes, and how many levels lie below it."""
    if resource not in known:
        if depth > _MAX_PANELS:
            raise _too_deep(resource)
        below = [_grow(member, known, depth + 1) for member in members(resource)]
        known[resource] = 1 + sum(count for count, _ in below), 1 + max((levels for _, levels in below), default=-1)
    if depth + known[resource][1] > _MAX_PANELS:
        raise _too_deep(resource)
    return known[resource]


def _sections(composition: Resource, items: list[Json], known: dict[Resource, tuple[int, int]]) -> int:
    total = 0
    for item in items:
        targets = (composition.follow(reference) for reference in item.get("entry") or [])
        total += sum(_grow(target, known, 0)[0] for target in targets if target)
        total += _sections(composition, item.get("section") or [], known)
    return total


def _too_deep(resource: Resource) -> RecordError:
    return resource.fault("hasMember", "panels lie inside each other too deep, or in a circle")
