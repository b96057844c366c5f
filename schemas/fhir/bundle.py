"""A FHIR bundle as a set of resources that point at each other, all about one patient.

References are followed only inside the bundle (FHIR R4 §2.36.4.1 "Resolving references in Bundles"): by full URL, by
`Type/id` next to the referring entry, or `#id` among the contained resources. Nothing is ever fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schemas.errors import RecordError

type Json = dict[str, Any]


def fault(path: str, reason: str, hint: str = "Correct the bundle and send it again.") -> RecordError:
    """The error for a bundle that cannot be issued from: says where and why, and no value of the patient."""
    return RecordError("record.invalid", f"{path}: {reason}", hint, path=path)


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a bundle. `content` is its JSON as written, `path` its FHIR path, `url` its full URL."""

    content: Json
    path: str
    bundle: "Bundle" = field(repr=False)
    url: str | None = None
    owner: "Resource | None" = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """The FHIR resource type."""
        return str(self.content["resourceType"])

    @property
    def language(self) -> str | None:
        """The language its words are in, when it says so."""
        return self.content.get("language") or (self.owner.language if self.owner else None)

    @property
    def in_error(self) -> bool:
        """Whether the source took it back (`entered-in-error`)."""
        codings = (self.content.get("verificationStatus") or {}).get("coding") or []
        return self.content.get("status") == "entered-in-error" or any(c.get("code") == "entered-in-error" for c in codings)

    def follow(self, reference: Json | None) -> "Resource | None":
        """The resource that a Reference of this resource points at, when it is in the bundle."""
        target = (reference or {}).get("reference")
        return self.bundle.resolve(target, self) if target else None

    def fault(self, element: str, reason: str) -> RecordError:
        """The error for a fault in one element of this resource."""
        return fault(f"{self.path}.{element}", reason)


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle that `read_bundle` found valid."""

    content: Json

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The resources of all entries, in order."""
        return tuple(
            Resource(entry["resource"], f"Bundle.entry[{index}].resource", self, entry.get("fullUrl"))
            for index, entry in enumerate(self.content.get("entry") or [])
            if entry.get("resource")
        )

    @cached_property
    def patient(self) -> Resource:
        """The one patient that the bundle is about.

        Raises:
            RecordError: `record.invalid`, there is no patient or more than one.
        """
        patients = list(self.of_kind("Patient"))
        if len(patients) != 1:
            raise fault("Bundle.entry", "the bundle has no Patient" if not patients else "the bundle has more than one Patient")
        return patients[0]

    @property
    def document(self) -> Resource | None:
        """The Composition of a document bundle (its first entry, FHIR R4 bdl-11)."""
        first = self.resources[0] if self.resources else None
        return first if first and self.content.get("type") == "document" and first.kind == "Composition" else None

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """The resources of one type that the source did not take back."""
        return (resource for resource in self.resources if resource.kind == kind and not resource.in_error)

    def resolve(self, target: str, origin: Resource) -> Resource | None:
        """The resource that `target` names when it stands in `origin`; None when it is not here or not unambiguous."""
        if target.startswith("#"):
            return _contained(origin, target[1:])
        target = target.split("/_history/")[0]
        if found := self._by_url.get(target):
            return found
        if ":" in target.split("/")[0]:
            return None
        home = origin.owner.url if origin.owner else origin.url
        near = self._by_url.get(f"{home.rsplit('/', 2)[0]}/{target}") if home and home.count("/") > 2 else None
        return near or self._by_id.get(target)

    def about_patient(self, resource: Resource) -> None:
        """Refuse a resource that is about someone else: its content must never reach this patient's credential.

        Raises:
            RecordError: `record.invalid`, the resource names another patient.
        """
        element = "patient" if "patient" in resource.content else "subject"
        reference = resource.content.get(element) or {}
        target = reference.get("reference")
        if not target or resource.follow(reference) is self.patient:
            return
        known = self.patient.content.get("id")
        if known is None or target.split("/_history/")[0].split("/")[-2:] != ["Patient", known]:
            raise resource.fault(element, "names another patient than the one in the bundle")

    @cached_property
    def _by_url(self) -> dict[str, Resource]:
        return {resource.url: resource for resource in self.resources if resource.url}

    @cached_property
    def _by_id(self) -> dict[str, Resource | None]:
        found: dict[str, Resource | None] = {}
        for resource in self.resources:
            if name := resource.content.get("id"):
                key = f"{resource.kind}/{name}"
                found[key] = None if key in found else resource
        return found


def _contained(origin: Resource, name: str) -> Resource | None:
    home = origin.owner or origin
    for index, content in enumerate(home.content.get("contained") or []):
        if content.get("id") == name:
            return Resource(content, f"{home.path}.contained[{index}]", home.bundle, owner=home)
    return None
