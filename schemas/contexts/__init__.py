"""The JSON-LD contexts medcred knows. They are frozen: what is not here is refused, and nothing is ever fetched.

W3C contexts come with PyLD, byte for byte as published. Ours is `medcred-v1.jsonld`: every term protected, none that VC-DM 1.1
or 2.0 defines. Entries are ordered nodes, because a signature over RDF must notice results that changed places. What has no
meaning outside its entry (a concept with its codes, a quantity, a name) is one JSON literal: as blank nodes, the same few
hundred times over, RDF canonicalisation of a long summary takes seconds instead of milliseconds.

Left out on purpose: the separate Data Integrity and Multikey contexts, whose terms credentials/v2 already defines.

A published context never changes; a new term needs `medcred-v2`.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pyld.documentloader.frozen import BUNDLED_CONTEXTS

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
MEDCRED_V1 = "https://w3id.org/medcred/v1"


@cache
def frozen_contexts() -> Mapping[str, dict[str, Any]]:
    """Every context by its URL."""
    contexts = {url: json.loads(path.read_text(encoding="utf-8")) for url, path in BUNDLED_CONTEXTS.items()}
    return MappingProxyType(contexts | {MEDCRED_V1: medcred_context()})


@cache
def medcred_context() -> dict[str, Any]:
    """Our own context document, as the issuer publishes it. Not to be changed by the caller."""
    document: dict[str, Any] = json.loads((files(__name__) / "medcred-v1.jsonld").read_text(encoding="utf-8"))
    return document
