"""Who asks for records: the signature on an invitation, and the name a list of trusted institutions gives to its signer.

Order: 1. an invitation without a proof is unsigned; 2. the agent checks the proof against the DID the answer would be bound to
(the request's `domain`), so nobody can ask in another's name; 3. the trust list says which institution that DID and that very
key belong to. What was altered is refused before the agent takes it in. A DID document or a list that cannot be read now makes
nobody false: the request says that it could not be checked.

The signature is on the whole invitation, with the keys and addresses the answer goes to. A signed request that somebody else
passes on in an invitation of their own therefore counts as altered.
"""

import base64
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from schemas.errors import FormatError, InputError, SourceError
from wallet.messages import OobMessage, clean_id
from wallet.outside import Outside
from wallet.tenants import Tenants
from wallet.trust import TrustList

PURPOSE = "authentication"


class AskerState(StrEnum):
    VERIFIED = "verified"
    UNLISTED = "unlisted"
    UNCHECKED = "unchecked"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Asker:
    """Who asks, as far as this wallet could find out.

    Attributes:
        did: whose domain the request names; empty for one that is unsigned.
        lei, names, as_of: from the trust list, for VERIFIED only. `names` is `[{"value", "language"}]`, the legal name first.
    """

    state: AskerState
    did: str = ""
    lei: str = ""
    names: tuple[dict[str, str], ...] = ()
    as_of: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it is stored with the request."""
        return asdict(self) | {"names": list(self.names)}


class Asking:
    """
    Args:
        trust: the list of trusted institutions; None for a wallet that was told of none.
    """

    def __init__(self, tenants: Tenants, outside: Outside, trust: TrustList | None) -> None:
        self._tenants = tenants
        self._outside = outside
        self._trust = trust

    async def of(self, account_id: str, found: OobMessage) -> Asker:
        """Who asks by this invitation.

        Raises:
            FormatError: `invitation.forged`, the proof does not fit the invitation or is by another than it names.
            AgentError: the wallet's agent does not answer.
        """
        did = requested_domain(found.message)
        if "proof" not in found.message or not did:
            return Asker(AskerState.UNSIGNED)
        try:
            await self._outside.allow(f"https://{_host(did)}/")
        except (InputError, SourceError):
            return Asker(AskerState.UNCHECKED, did)  # the agent is not sent to places this wallet would not open
        finding = await self._tenants.ask(
            account_id, lambda client: client.check_signed(found.message, controller=did, purpose=PURPOSE)
        )
        if finding.result == "unknown":
            return Asker(AskerState.UNCHECKED, did)
        if finding.result != "pass":
            raise FormatError(
                "invitation.forged",
                "This code was changed on the way, or is not from the clinic it names.",
                "Do not use it. Ask for a new code at the desk.",
            )
        return await self._listed(account_id, did, finding.keys)

    async def _listed(self, account_id: str, did: str, keys: dict[str, str]) -> Asker:
        if self._trust is None:
            return Asker(AskerState.UNLISTED, did)
        try:
            entry = await self._trust.entry(account_id, did, keys)
        except SourceError:
            return Asker(AskerState.UNCHECKED, did)
        if entry is None:
            return Asker(AskerState.UNLISTED, did)
        return Asker(AskerState.VERIFIED, did, lei=entry.lei, names=entry.names, as_of=entry.as_of)


def requested_domain(message: dict[str, Any]) -> str:
    """The domain of the request inside an invitation; empty when there is none that can be read."""
    try:
        data = message["requests~attach"][0]["data"]["json"]["request_presentations~attach"][0]["data"]
        request = data["json"] if "json" in data else json.loads(base64.b64decode(data["base64"] + "==", altchars=b"-_"))
        domain = request["options"]["domain"]
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return ""
    return domain if isinstance(domain, str) and domain == clean_id(domain) else ""


def _host(did: str) -> str:
    """The host of a did:web; empty, and so refused, for any other DID."""
    return unquote(did.removeprefix("did:web:").partition(":")[0]) if did.startswith("did:web:") else ""
