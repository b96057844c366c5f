"""The ACDC schema that is ours: a vLEI holder binds DIDs and their keys to itself, revocably.

An ACDC names its schema by SAID, the digest of the schema document (ACDC, section "Schema section"), so this document never
changes: another text is another schema. The SAID is pinned here, and a test computes it anew.

What the schema cannot say and a verifier must: every key stands under one of the DIDs, the issuer is the issuee of the
credential at the edge, that one has the schema the edge names, and the LEI is the same in both.

The schemas of the vLEI credentials themselves are published by GLEIF and are in no package; see `issuer.vlei.documents`.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

DID_BINDING_SAID = "EAXhtUGgegZYOQSgnKgVc4nUiDympXWyQ-Zs5o8s_Kb4"
# The rules section of every binding: the one sentence of the schema and its SAID.
DID_BINDING_USAGE = (
    "The issuer names these DIDs and verification keys as its own for as long as this credential is not revoked;"
    " it says nothing about what they sign."
)


@cache
def did_binding_schema() -> dict[str, Any]:
    """The schema document (JSON Schema draft 7). Not to be changed by the caller."""
    document: dict[str, Any] = json.loads((files(__name__) / "did-binding.json").read_text(encoding="utf-8"))
    return document
