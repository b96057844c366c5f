"""What a clinic asks of a wallet, and how it travels in present-proof 2.0 (DIF Presentation Exchange v1 attachment).

    ours            in the attachment
    challenge       options.challenge          what the holder signs, once; a random UUID (version 4), ACA-Py takes nothing else
    domain          options.domain             for whom: the recipient in the ShareGrant
    valid_until     options.validUntil         until when the recipient may use what it gets (stock wallets ignore it)
    purpose         presentation_definition.purpose
    verifier_label  presentation_definition.name
    types           presentation_definition.input_descriptors[i].schema[0].uri, one descriptor a type, full IRI
    (always)        presentation_definition.format.ldp_vp.proof_type = ["DataIntegrityProof"]

No descriptor at all is a DID proof: the wallet answers with a presentation without credentials, signed by a did:key it holds.
Everything is where the DIF schema allows it, so a stock wallet can still parse the request.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from schemas.errors import FormatError

VOCABULARY = "https://w3id.org/medcred/vocab#"
PROOF_TYPE = "DataIntegrityProof"


@dataclass(frozen=True, kw_only=True)
class PresentationRequest:
    """What is asked, for whom, why and until when. `types` are record types, or full IRIs for foreign ones."""

    challenge: str
    domain: str
    purpose: str
    types: list[str]
    valid_until: datetime
    verifier_label: str

    @property
    def is_did_proof(self) -> bool:
        """True when only the holder's DID is to be proved and no record is asked for."""
        return not self.types

    def wants(self, credential: Mapping[str, Any]) -> bool:
        """True when one of the credential's types is asked for."""
        held = credential.get("type")
        asked = {type_iri(kind) for kind in self.types}
        return isinstance(held, list) and any(isinstance(kind, str) and type_iri(kind) in asked for kind in held)

    def to_dif(self, definition_id: str) -> dict[str, Any]:
        """The attachment. `definition_id` is a fresh UUID (version 4), and so must the challenge be.

        Raises:
            FormatError: `request.challenge`.
        """
        if not _is_uuid4(self.challenge):
            raise FormatError("request.challenge", "The challenge is not a random UUID (version 4).", "Use uuid.uuid4().")
        descriptors = [
            {
                "id": f"record-{number}",
                "name": kind.removeprefix(VOCABULARY),
                "purpose": self.purpose,
                "schema": [{"uri": type_iri(kind)}],
                "constraints": {"fields": [{"path": ["$.credentialSubject"]}]},
            }
            for number, kind in enumerate(self.types)
        ]
        return {
            "options": {
                "challenge": self.challenge,
                "domain": self.domain,
                "validUntil": self.valid_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "presentation_definition": {
                "id": definition_id,
                "name": self.verifier_label,
                "purpose": self.purpose,
                "format": {"ldp_vp": {"proof_type": [PROOF_TYPE]}},
                "input_descriptors": descriptors,
            },
        }

    @classmethod
    def from_dif(cls, attachment: object) -> Self:
        """Read the attachment back.

        Raises:
            FormatError: `request.unreadable`, a member is missing or not what it should be. A wallet must not share on such
                a request: without domain, purpose and end there is nothing the patient could agree to.
        """
        try:
            options, definition = attachment["options"], attachment["presentation_definition"]  # type: ignore[index]
            asked = [descriptor["schema"][0]["uri"] for descriptor in definition["input_descriptors"]]
            words = [options["challenge"], options["domain"], definition["purpose"], definition["name"], *asked]
            until = datetime.fromisoformat(options["validUntil"])
            if not all(isinstance(word, str) and word for word in words) or until.tzinfo is None:
                raise ValueError
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise FormatError(
                "request.unreadable",
                "This request does not say who asks, what for, and until when.",
                "Ask the clinic to make a new one.",
            ) from error
        return cls(
            challenge=options["challenge"],
            domain=options["domain"],
            purpose=definition["purpose"],
            types=[kind.removeprefix(VOCABULARY) for kind in asked],
            valid_until=until,
            verifier_label=definition["name"],
        )


def type_iri(kind: str) -> str:
    """The full IRI of a record type; an IRI stays as it is."""
    return kind if ":" in kind else VOCABULARY + kind


def _is_uuid4(text: str) -> bool:
    try:
        return uuid.UUID(text).version == 4 and str(uuid.UUID(text)) == text
    except ValueError:
        return False
