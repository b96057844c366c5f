"""Whom the verifier trusts to begin with. Never read from a stream.

The production identifiers are GLEIF's: the Root AID, which delegated the External AID (GEDA), which issues QVI credentials.
"""

from dataclasses import dataclass

GLEIF_ROOT = "EDP1vHcw_wc4M__Fj53-cJaBnZZASd-aMTaSyWEQ-PC2"
GLEIF_EXTERNAL = "EINmHd5g7iV-UldkkkKyBIH052bIyxZNBn9pq-zNrYoS"
GLEIF_INTERNAL = "EFcrtYzHx11TElxDmEDx355zm7nJhbmdcIluw7UMbUIL"


@dataclass(frozen=True, slots=True)
class Pins:
    """The roots of trust. At least one of `root` and `geda`.

    Args:
        root: the AID that issued the QVI credential, or its delegator. With `geda` as well: the delegator of that.
        geda: the AID that issued the QVI credential.
        external_kels: key event logs from a file or an OOBI answer, for what a stream lacks: real ones do not carry the root's.
            Verified like any other; their bytes make nobody trusted.

    Raises:
        ValueError: neither is given.
    """

    root: str | None = None
    geda: str | None = None
    external_kels: bytes = b""

    def __post_init__(self) -> None:
        if not self.root and not self.geda:
            raise ValueError("pins name a root, or who issues QVI credentials")


PRODUCTION = Pins(root=GLEIF_ROOT, geda=GLEIF_EXTERNAL)


def pins_for(root: str | None, external_kels: bytes = b"") -> Pins:
    """The pins for one AID somebody names; production's for none, and for GLEIF's root both of its."""
    if root is None or root == GLEIF_ROOT:
        return Pins(GLEIF_ROOT, GLEIF_EXTERNAL, external_kels)
    return Pins(root=root, external_kels=external_kels)
