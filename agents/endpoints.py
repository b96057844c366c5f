"""Every admin endpoint we use and the fields we send: the list the contract test compares with the agent's own swagger.json."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """A method and path template of the admin API, and the names of the body and query fields we may send."""

    method: str
    path: str
    body: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLUGINS = Endpoint("GET", "/plugins")

CREATE_INVITATION = Endpoint(
    "POST",
    "/out-of-band/create-invitation",
    _fields("handshake_protocols accept my_label goal goal_code attachments"),
    _fields("auto_accept multi_use"),
)
RECEIVE_INVITATION = Endpoint(
    "POST",
    "/out-of-band/receive-invitation",
    _fields("@id @type label goal goal_code accept services handshake_protocols requests~attach imageUrl"),
    _fields("auto_accept use_existing_connection"),
)
CONNECTIONS = Endpoint("GET", "/connections", query=_fields("invitation_msg_id"))
CONNECTION = Endpoint("GET", "/connections/{conn_id}")
CREATE_DID = Endpoint("POST", "/wallet/did/create", _fields("method options"))

CREDENTIAL_PROBLEM = Endpoint("POST", "/issue-credential-2.0/records/{cred_ex_id}/problem-report", _fields("description"))
CREDENTIAL_REMOVE = Endpoint("DELETE", "/issue-credential-2.0/records/{cred_ex_id}")
CREATE_PRESENTATION_REQUEST = Endpoint(
    "POST", "/present-proof-2.0/create-request", _fields("presentation_request auto_verify auto_remove")
)
SEND_PRESENTATION_REQUEST = Endpoint(
    "POST", "/present-proof-2.0/send-request", _fields("connection_id presentation_request auto_verify auto_remove")
)
PRESENTATION_PROBLEM = Endpoint("POST", "/present-proof-2.0/records/{pres_ex_id}/problem-report", _fields("description"))
PRESENTATION_REMOVE = Endpoint("DELETE", "/present-proof-2.0/records/{pres_ex_id}")
FORGET = Endpoint("DELETE", "/credential/w3c/{credential_id}")

TENANTS = Endpoint("GET", "/multitenancy/wallets", query=_fields("wallet_name"))
CREATE_TENANT = Endpoint(
    "POST",
    "/multitenancy/wallet",
    _fields("wallet_name wallet_key wallet_key_derivation wallet_type label key_management_mode wallet_dispatch_type"),
)
TENANT_TOKEN = Endpoint("POST", "/multitenancy/wallet/{wallet_id}/token", _fields("wallet_key"))

# Ours, served by `agents.plugin.routes`.
HEALTH = Endpoint("GET", "/medcred/health")
CREATE_KEY = Endpoint("POST", "/medcred/keys", _fields("kid"))
SIGN = Endpoint("POST", "/medcred/sign", _fields("documents verification_method purpose cryptosuite created"))
CHECK = Endpoint("POST", "/medcred/check", _fields("document controller purpose"))
OFFER = Endpoint("POST", "/medcred/credential-exchanges", _fields("credential connection_id cryptosuite"))
CREDENTIAL_EXCHANGES = Endpoint("GET", "/medcred/credential-exchanges", query=_fields("state role connection_id thread_id"))
CREDENTIAL_EXCHANGE = Endpoint("GET", "/medcred/credential-exchanges/{cred_ex_id}")
ACCEPT = Endpoint("POST", "/medcred/credential-exchanges/{cred_ex_id}/request", _fields("holder_did"))
ISSUE = Endpoint("POST", "/medcred/credential-exchanges/{cred_ex_id}/issue", _fields("credential"))
PRESENTATION_EXCHANGES = Endpoint("GET", "/medcred/presentation-exchanges", query=_fields("state role connection_id thread_id"))
PRESENTATION_EXCHANGE = Endpoint("GET", "/medcred/presentation-exchanges/{pres_ex_id}")
SHARE = Endpoint("POST", "/medcred/presentation-exchanges/{pres_ex_id}/share", _fields("record_ids holder_did"))
HELD = Endpoint("GET", "/medcred/credentials")

ALL: tuple[Endpoint, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
