"""vLEI: does a chain of credentials lead from a legal entity, or a person with a role in it, to GLEIF's root? Pure.

verify, binding, presenter     the questions: `verify_vlei`, `verify_binding`, who shows it
chain, models, pins            the vLEI policy, the kinds of credential, whom to trust
acdc, tel, kel, events         credentials, registries, key event logs
contents, stream, attachments  from bytes to messages, within limits
codes, said, signing, thresholds   CESR, digests, signatures, how many are enough
memory, cache, pool            first-seen events on disk, verified logs, many at once
"""

from verifier.identity.vlei.binding import BindingResult, DesignatedKey, verify_binding
from verifier.identity.vlei.cache import KeyStateCache
from verifier.identity.vlei.memory import FileMemory, KeyStateMemory
from verifier.identity.vlei.models import Kind
from verifier.identity.vlei.pins import PRODUCTION, Pins, pins_for
from verifier.identity.vlei.pool import VleiPool
from verifier.identity.vlei.presenter import PresenterProof
from verifier.identity.vlei.result import ChainLink, Outcome, VleiResult
from verifier.identity.vlei.verify import verify_vlei

__all__ = [
    "PRODUCTION",
    "BindingResult",
    "ChainLink",
    "DesignatedKey",
    "FileMemory",
    "KeyStateCache",
    "KeyStateMemory",
    "Kind",
    "Outcome",
    "Pins",
    "PresenterProof",
    "VleiPool",
    "VleiResult",
    "pins_for",
    "verify_binding",
    "verify_vlei",
]
