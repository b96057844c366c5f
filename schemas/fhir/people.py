"""FHIR people and organisations: the patient as a clinic recognises her, and those who acted.

Left out on purpose: identifiers, addresses, telephone numbers, photographs, relatives, race and religion.
"""

from schemas.fhir.bundle import Json, Resource
from schemas.fhir.measures import date
from schemas.fhir.words import concepts, has_han, language_tag, texts, unique
from schemas.records.people import Party, Patient, PersonName
from schemas.records.words import Coding, Concept, Text

_RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"


def patient(resource: Resource) -> Patient:
    """The demographics of a Patient.

    Raises:
        RecordError: `record.invalid`, the patient has no name.
    """
    names: list[PersonName] = []
    for item in resource.content.get("name") or []:
        names += [name for name in _person_names(resource, item) if name not in names]
    if not names:
        raise resource.fault("name", "holds no name to recognise the patient by")
    return Patient(
        names=names,
        birth_date=date(resource, resource.content, "birthDate"),
        sex=resource.content.get("gender"),
    )


def party(at: Resource, reference: Json | None, roles: list[Concept] | None = None) -> Party | None:
    """Whom a Reference names: the resource when it is in the bundle, else the words of the reference."""
    if not reference:
        return None
    target = at.follow(reference)
    found = _party(target) if target else None
    if found is None:
        said = texts(at, reference, "display")
        found = Party(names=said) if said else None
    if found and roles:
        found = found.model_copy(update={"roles": [*roles, *found.roles]})
    return found


def parties(at: Resource, owner: Json, element: str) -> list[Party]:
    """Whom the References of an element name, one or several."""
    value = owner.get(element) or []
    return [found for item in (value if isinstance(value, list) else [value]) if (found := party(at, item))]


def performers(at: Resource, owner: Json, element: str = "performer", actor: str = "actor") -> list[Party]:
    """Those who acted, each with the function or type it acted in."""
    found = []
    for item in owner.get(element) or []:
        roles = concepts(at, item, "function") or concepts(at, item, "type")
        if someone := party(at, item.get(actor), roles):
            found.append(someone)
    return found


def place(at: Resource, reference: Json | None) -> list[Text]:
    """The name of a Location."""
    found = party(at, reference)
    return found.names if found else []


def _party(target: Resource) -> Party | None:
    content = target.content
    names: list[Text] = []
    roles: list[Concept] = []
    organizations: list[Text] = []
    match target.kind:
        case "Practitioner" | "RelatedPerson":
            names = _names(target)
            roles = concepts(target, content, "relationship")
        case "PractitionerRole":
            names = place(target, content.get("practitioner"))
            organizations = place(target, content.get("organization"))
            roles = [*concepts(target, content, "code"), *concepts(target, content, "specialty")]
        case "Patient":
            roles = [Concept(coding=[Coding(system=_RESOURCE_TYPES, code="Patient")])]
        case "Device":
            names = unique(text for item in content.get("deviceName") or [] for text in texts(target, item, "name"))
            roles = concepts(target, content, "type")
        case _:
            names = unique([*texts(target, content, "name"), *texts(target, content, "alias")])
    return Party(names=names, roles=roles, organizations=organizations) if names or roles or organizations else None


def _names(target: Resource) -> list[Text]:
    found = [name for item in target.content.get("name") or [] for name in _person_names(target, item, titles=True)]
    return unique(Text(value=name.full, language=name.language) for name in found)


def _person_names(at: Resource, item: Json, *, titles: bool = False) -> list[PersonName]:
    family = item.get("family")
    given = [part for part in item.get("given") or [] if part]
    said = texts(at, item, "text")
    full = said[0].value if said else _joined(item, family, given, titles=titles)
    if not full:
        return []
    # A resource's language is the language of its prose; a name's is known only where the name itself states it.
    language = said[0].language if said and "_text" in item else None
    first = PersonName(full=full, family=family, given=given, name_use=item.get("use"), language=language_tag(language))
    others = [PersonName(full=text.value, name_use=item.get("use"), language=text.language) for text in said[1:]]
    return [first, *others]


def _joined(item: Json, family: str | None, given: list[str], *, titles: bool) -> str:
    """A name in the order of its script: 陳美, Chan Mei."""
    if family and given and has_han(family) and all(map(has_han, given)):
        return family + "".join(given)
    before = [part for part in item.get("prefix") or [] if part] if titles else []
    return " ".join([*before, *given, *([family] if family else [])])
