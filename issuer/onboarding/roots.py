"""The roots that proofs of identity must lead to: named in the settings, read from their files when the service starts.

A vLEI root is an AID. GLEIF's own key event log is in no hospital's stream, so `kel_file` holds it where that is needed; it is
verified like any other and makes nobody trusted. A certificate root is a file with one certificate, PEM or DER.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from issuer.settings import CertificateRootSettings, VleiRootSettings
from schemas.errors import ConfigError, FormatError
from verifier.identity.trusted import CertificateRoot, TrustedRoot, VleiRoot
from verifier.identity.vlei import Pins, pins_for
from verifier.identity.x509.certificate import read_certificates


@dataclass(frozen=True, slots=True)
class Roots:
    """What the registrar accepts. `published` is what the trust list says of it."""

    pins: tuple[Pins, ...] = ()
    certificates: tuple[bytes, ...] = ()
    published: tuple[TrustedRoot, ...] = ()


def read_roots(settings: Sequence[VleiRootSettings | CertificateRootSettings]) -> Roots:
    """The roots of the settings, in their order.

    Raises:
        ConfigError: `identity.root_file`, a file that cannot be read or is not what it should be.
    """
    pins: list[Pins] = []
    certificates: list[bytes] = []
    published: list[TrustedRoot] = []
    for root in settings:
        if isinstance(root, VleiRootSettings):
            pins.append(pins_for(root.aid, _bytes(root.kel_file).strip() if root.kel_file else b""))
            published.append(VleiRoot(aid=root.aid, name=root.name))
        else:
            certificates.append(_certificate(root.certificate_file))
            published.append(CertificateRoot(certificate=base64.b64encode(certificates[-1]).decode(), name=root.name))
    return Roots(tuple(pins), tuple(certificates), tuple(published))


def _certificate(file: Path) -> bytes:
    try:
        [root] = read_certificates(_bytes(file))
    except (FormatError, ValueError) as error:
        raise ConfigError(
            "identity.root_file", f"{file.name} is not one certificate.", "Name a file with one, PEM or DER.", file=str(file)
        ) from error
    return root


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            "identity.root_file", f"{file.name} cannot be read.", "Correct trust_roots, or put the file there.", file=str(file)
        ) from error
