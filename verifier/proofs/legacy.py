"""The detached JWS of Ed25519Signature2018 (RFC 7797, unencoded payload): `<header>..<signature>`."""

import base64
import binascii
import json

_HEADER = {"alg": "EdDSA", "b64": False, "crit": ["b64"]}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(data) != text:
        raise ValueError("not the one spelling of these bytes")
    return data


def new_header() -> str:
    """The protected header, encoded."""
    return _encode(json.dumps(_HEADER, separators=(",", ":")).encode())


def signing_input(header: str, data: bytes) -> bytes:
    """What the JWS signature covers."""
    return header.encode() + b"." + data


def write_jws(header: str, signature: bytes) -> str:
    """The detached JWS."""
    return f"{header}..{_encode(signature)}"


def read_jws(jws: object) -> tuple[str, bytes]:
    """The encoded header and the signature of a detached JWS.

    Raises:
        ValueError: not that form, or a header other than EdDSA with an unencoded payload.
    """
    parts = jws.split(".") if isinstance(jws, str) else []
    if len(parts) != 3 or parts[1]:
        raise ValueError("not a detached JWS")
    try:
        header, signature = json.loads(_decode(parts[0])), _decode(parts[2])
    except (binascii.Error, RecursionError) as error:
        raise ValueError("not a detached JWS") from error
    if header != _HEADER or header["b64"] is not False:
        raise ValueError("not the EdDSA header with an unencoded payload")
    return parts[0], signature
