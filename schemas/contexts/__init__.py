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
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
MEDCRED_V1 = "https://w3id.org/medcred/v1"
# DIF Presentation Exchange 2.0: every presentation that another wallet makes by it names this context.
PRESENTATION_SUBMISSION_V1 = "https://identity.foundation/presentation-exchange/submission/v1"

# PyLD's own table of them would import all of PyLD, which only a canonicaliser of RDF needs; a test compares the two.
_PYLD_FILES = {
    CREDENTIALS_V1: "credentials-v1",
    CREDENTIALS_V2: "credentials-v2",
    ED25519_2020_V1: "security-ed25519-2020-v1",
    "https://w3id.org/security/suites/jws-2020/v1": "security-jws-2020-v1",
    "https://w3id.org/security/v1": "security-v1",
    "https://w3id.org/security/v2": "security-v2",
    "https://www.w3.org/ns/activitystreams": "activitystreams",
    "https://www.w3.org/ns/did/v1": "did-v1",
}


@cache
def frozen_contexts() -> Mapping[str, dict[str, Any]]:
    """Every context by its URL."""
    folder = _pyld_folder()
    contexts = {url: json.loads((folder / f"{name}.jsonld").read_text(encoding="utf-8")) for url, name in _PYLD_FILES.items()}
    return MappingProxyType(contexts | {MEDCRED_V1: medcred_context(), PRESENTATION_SUBMISSION_V1: _presentation_submission()})


@cache
def medcred_context() -> dict[str, Any]:
    """Our own context document, as the issuer publishes it. Not to be changed by the caller."""
    document: dict[str, Any] = json.loads((files(__name__) / "medcred-v1.jsonld").read_text(encoding="utf-8"))
    return document


def _pyld_folder() -> Path:
    """Where PyLD keeps its contexts, found without importing it."""
    package = find_spec("pyld")
    folders = package.submodule_search_locations if package else None
    assert folders, "PyLD is a dependency of the base install"
    return Path(folders[0]) / "documentloader" / "frozen" / "bundled"


def _presentation_submission() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((files(__name__) / "presentation-submission-v1.jsonld").read_text(encoding="utf-8"))
    return document
