"""Who calls the JSON API: a Bearer key named in the settings (RFC 6750 §2.1)."""

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Header

from issuer.context import IssuerContext
from schemas.errors import NotAllowedError


def api_key(context: IssuerContext) -> Callable[..., str]:
    """A route dependency that answers the name of the caller's API key.

    It raises NotAllowedError `api.key_unknown`. Every key is compared, each in constant time.
    """

    def check(authorization: Annotated[str, Header()] = "") -> str:
        scheme, _, given = authorization.partition(" ")
        found = ""
        for name, secret in context.settings.api_keys.items():
            if hmac.compare_digest(given.encode(), secret.get_secret_value().encode()):
                found = name
        if scheme.lower() != "bearer" or not found:
            raise NotAllowedError("api.key_unknown", "This API key is not known here.", "Send `Authorization: Bearer <key>`.")
        return found

    return check
