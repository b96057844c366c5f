"""A rehearsal of vLEI in the demo: a root, a GEDA and a QVI of its own, which give the demo's hospitals their credentials.

It needs the extra `sandbox`. Nothing made here is anything to a verifier that pins GLEIF's root: the demo's registrar names the
rehearsal's root in its trust list, and says in its name that it is one. The keys lie in the demo's folder and go with it.
"""

from pathlib import Path

from issuer.vlei import ecosystem, sandbox
from issuer.vlei.binding import bound_multikey
from medcred.house import House
from medcred.house.model import VleiRootEntry
from medcred.party import Json
from verifier.identity.did_document import did_of_method

NAME = "Rehearsal root, not GLEIF"


class Rehearsal:
    """
    Args:
        folder: where a rehearsal was founded.
        root: its root AID.
    """

    def __init__(self, folder: Path, root: str) -> None:
        self.folder, self.root = folder, root

    @classmethod
    def found(cls, folder: Path) -> "Rehearsal":
        """Begin one.

        Raises:
            SetupError: `vlei.keripy_missing`, `vlei.libsodium_missing`.
        """
        with sandbox.create(folder) as opened:
            ecosystem.found(opened)
            return cls(folder, opened.party(ecosystem.ROOT).aid)

    def named_in(self, house: House) -> House:
        """The house whose registrar names this root."""
        issuer = house.services.issuer
        if issuer is None:
            return house
        roots = [*issuer.trust_roots, VleiRootEntry(road="vlei", aid=self.root, name=NAME)]
        services = house.services.model_copy(update={"issuer": issuer.model_copy(update={"trust_roots": roots})})
        return house.model_copy(update={"services": services})

    def stream(self, hospital: str, lei: str, key: Json) -> str:
        """The CESR stream of a hospital that has its legal entity credential and has bound its key.

        Args:
            hospital: its short name.
            key: as `GET /hospitals/{slug}/keys` names it.
        """
        with sandbox.reopen(self.folder) as opened:
            ecosystem.admit_hospital(opened, hospital, lei)
            bound = bound_multikey(key["id"], key["multikey"])
            binding = ecosystem.bind(opened, hospital, [did_of_method(key["id"])], [bound])
            return opened.export(binding.name).decode("ascii")
