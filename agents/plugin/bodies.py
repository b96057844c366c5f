"""Bodies and answers of the medcred routes: what the agent checks before a route runs, and what its swagger.json says."""

# mypy: allow-subclassing-any

from acapy_agent.messaging.models.openapi import OpenAPISchema
from marshmallow import fields, validate

from agents.plugin.data_integrity import CRYPTOSUITES, JCS

MOST_DOCUMENTS = 1000


def _text(description: str, *, required: bool = False, **more: object) -> fields.Str:
    return fields.Str(required=required, metadata={"description": description}, **more)


class Health(OpenAPISchema):
    """Answer of GET /medcred/health."""

    plugin_version = _text("Version of the plugin")
    contexts = fields.Int(metadata={"description": "How many frozen JSON-LD contexts are known"})
    database = fields.Bool(metadata={"description": "A read of the wallet succeeded"})


class NewKey(OpenAPISchema):
    """Body of POST /medcred/keys."""

    kid = _text("Verification method to bind the key to", required=True)


class KeyAnswer(OpenAPISchema):
    """Answer of POST /medcred/keys."""

    kid = _text("Verification method the key is bound to")
    multikey = _text("Public key as Multikey")


class SignBatch(OpenAPISchema):
    """Body of POST /medcred/sign."""

    documents = fields.List(
        fields.Dict(),
        required=True,
        validate=validate.Length(min=1, max=MOST_DOCUMENTS),
        metadata={"description": "JSON documents, each signed on its own"},
    )
    verification_method = _text("Verification method of a key in this wallet", required=True)
    purpose = _text("Proof purpose", load_default="assertionMethod")
    cryptosuite = _text("Data Integrity cryptosuite", load_default=JCS, validate=validate.OneOf(CRYPTOSUITES))
    created = _text("Time in the proofs; now if absent")


class SignedBatch(OpenAPISchema):
    """Answer of POST /medcred/sign."""

    documents = fields.List(fields.Dict(), metadata={"description": "The documents with a proof, in order"})


class SignedDocument(OpenAPISchema):
    """Body of POST /medcred/check."""

    document = fields.Dict(required=True, metadata={"description": "A JSON document with its proof"})
    controller = _text("The DID whose key must have signed it", required=True)
    purpose = _text("Proof purpose", load_default="assertionMethod")


class SignatureFinding(OpenAPISchema):
    """Answer of POST /medcred/check."""

    result = _text("pass, fail, or unknown when the DID document cannot be read now")
    reason = _text("Why not")
    keys = fields.Dict(metadata={"description": "Verification method to Multikey, of the keys that signed"})


class NewOffer(OpenAPISchema):
    """Body of POST /medcred/credential-exchanges."""

    credential = fields.Dict(required=True, metadata={"description": "VC 2.0 credential without proof and subject id"})
    connection_id = _text("Whom to send it to; absent: to be attached to an invitation")
    cryptosuite = _text("Data Integrity cryptosuite", load_default=JCS, validate=validate.OneOf(CRYPTOSUITES))


class Acceptance(OpenAPISchema):
    """Body of POST /medcred/credential-exchanges/{cred_ex_id}/request."""

    holder_did = _text("did:key of this wallet the credential shall be about", required=True)


class Issue(OpenAPISchema):
    """Body of POST /medcred/credential-exchanges/{cred_ex_id}/issue."""

    credential = fields.Dict(required=True, metadata={"description": "The requested credential with its proofs"})


class Share(OpenAPISchema):
    """Body of POST /medcred/presentation-exchanges/{pres_ex_id}/share."""

    record_ids = fields.List(fields.Str(), required=True, metadata={"description": "Records to share; none for a DID proof"})
    holder_did = _text("did:key to prove, when no record is asked for", allow_none=True)


class CredentialExchange(OpenAPISchema):
    """A credential exchange."""

    id = _text("Exchange identifier")
    state = _text("State, RFC 0453")
    role = _text("issuer or holder")
    connection_id = _text("Connection, if any")
    thread_id = _text("Thread")
    holder_did = _text("The DID the credential is about, once requested")
    credential = fields.Dict(metadata={"description": "Issued, else requested, else offered"})
    error = _text("Why it was abandoned")


class CredentialExchanges(OpenAPISchema):
    """Several credential exchanges."""

    results = fields.List(fields.Nested(CredentialExchange))


class PresentationExchange(OpenAPISchema):
    """A presentation exchange."""

    id = _text("Exchange identifier")
    state = _text("State, RFC 0454")
    role = _text("prover or verifier")
    connection_id = _text("Connection, if any")
    thread_id = _text("Thread")
    request = fields.Dict(metadata={"description": "DIF attachment of the request"})
    presentation = fields.Dict(metadata={"description": "The presentation, as it came or went"})
    error = _text("Why it was abandoned")


class PresentationExchanges(OpenAPISchema):
    """Several presentation exchanges."""

    results = fields.List(fields.Nested(PresentationExchange))


class ExchangeQuery(OpenAPISchema):
    """Query of the lists of exchanges."""

    state = _text("Only in this state")
    role = _text("Only with this role")
    connection_id = _text("Only over this connection")
    thread_id = _text("Only of this thread")


class CredentialExchangeId(OpenAPISchema):
    """Path of one credential exchange."""

    cred_ex_id = _text("Exchange identifier", required=True)


class PresentationExchangeId(OpenAPISchema):
    """Path of one presentation exchange."""

    pres_ex_id = _text("Exchange identifier", required=True)


class HeldRecord(OpenAPISchema):
    """A stored credential."""

    record_id = _text("Record identifier")
    credential = fields.Dict(metadata={"description": "The credential as issued"})


class HeldRecords(OpenAPISchema):
    """All stored credentials."""

    results = fields.List(fields.Nested(HeldRecord))
