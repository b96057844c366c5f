"""The published schema documents of the vLEI credentials, from a folder or a URL that the user names.

They are in no package, and a rehearsal works without them: credentials then carry their rules section as its SAID, and only our
own models say what stands in them. With them, each credential carries its rules in full and is checked against its schema.

A document is believed when its `$id` is a schema we pin and the digest of the document; who served it does not matter. Others in
the folder are passed over; all six must be found. At a URL each is read by its published name, within limits.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft7Validator

from issuer.vlei.acdc import Block, with_said
from issuer.vlei.kinds import FORMS, CredentialKind
from schemas.acdc import did_binding_schema
from schemas.errors import FormatError, NotFoundError, RecordError, SourceError
from schemas.strict_json import read_json
from verifier.fetch import Limits, fetch
from verifier.identity.vlei.refusal import Refused
from verifier.identity.vlei.said import require_said

PUBLISHED = "https://raw.githubusercontent.com/WebOfTrust/vLEI/main/schema/acdc"
_MAX_BYTES = 256 * 1024
_LIMITS = Limits(max_bytes=_MAX_BYTES, seconds=10.0)
_KINDS = {form.schema: kind for kind, form in FORMS.items() if form.file}


class SchemaDocuments:
    """Schema documents by kind; our own for a binding is always among them."""

    def __init__(self, found: Mapping[CredentialKind, dict[str, Any]]) -> None:
        documents = {**found, CredentialKind.BINDING: did_binding_schema()}
        self._validators = {kind: Draft7Validator(document) for kind, document in documents.items()}
        self._found = dict(found)

    def rules(self, kind: CredentialKind) -> Block | str:
        """The rules section of a vLEI credential: in full when its schema is here, else its SAID."""
        if document := self._found.get(kind):
            prescribed = next(form for form in document["properties"]["r"]["oneOf"] if form["type"] == "object")["properties"]
            texts = {name: {"l": rule["properties"]["l"]["const"]} for name, rule in prescribed.items() if name != "d"}
            return with_said({"d": "", **texts})
        return FORMS[kind].rules

    def check(self, kind: CredentialKind, credential: Block) -> None:
        """Check a credential against its schema, when the document is here.

        Raises:
            RecordError: `vlei.schema` with the path of the first fault; never the value.
        """
        validator = self._validators.get(kind)
        fault = next(validator.iter_errors(credential), None) if validator else None
        if fault is not None:
            path = ".".join(map(str, fault.absolute_path))
            raise RecordError(
                "vlei.schema",
                f"{path or 'The credential'} does not follow the schema of its kind ({kind}).",
                f"The schema is {FORMS[kind].schema}.",
                path=path,
            )

    def save(self, folder: Path) -> None:
        """Keep the documents, under their published names."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, document in self._found.items():
            (folder / FORMS[kind].file).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def read_folder(folder: Path) -> SchemaDocuments:
    """The documents in a folder, whatever the files are called.

    Raises:
        NotFoundError: `vlei.schemas_missing`, one of the six is not there.
        FormatError: `vlei.schema_said`, a document is not what its `$id` says.
    """
    files = sorted(folder.glob("*.json"))
    return _complete(file.read_bytes() for file in files if file.stat().st_size <= _MAX_BYTES)


async def fetch_documents(url: str, http: httpx.AsyncClient) -> SchemaDocuments:
    """The documents below a URL, by their published names.

    Raises:
        SourceError: the source does not answer in time, or not with a document.
        NotFoundError, FormatError: as `read_folder`.
    """
    bodies = []
    for form in FORMS.values():
        if form.file:
            answer = await fetch(http, f"{url.rstrip('/')}/{form.file}", _LIMITS, headers={"accept": "application/json"})
            if answer.status != 200:
                raise SourceError(
                    "vlei.schemas_status",
                    f"The source of the schemas answered {answer.status}.",
                    "They are in schema/acdc of the repository WebOfTrust/vLEI.",
                )
            bodies.append(answer.body)
    return _complete(bodies)


def _complete(bodies: Iterable[bytes]) -> SchemaDocuments:
    found = {}
    for body in bodies:
        try:
            document = read_json(body, max_bytes=_MAX_BYTES)
        except FormatError:
            continue
        said = document.get("$id") if isinstance(document, dict) else None
        if isinstance(said, str) and said in _KINDS:
            _require_said(document)
            found[_KINDS[said]] = document
    missing = [FORMS[kind].file for kind in _KINDS.values() if kind not in found]
    if missing:
        raise NotFoundError(
            "vlei.schemas_missing",
            f"There is no schema document {missing[0]} with the pinned SAID.",
            "They are in schema/acdc of the repository WebOfTrust/vLEI; the help of --schemas has the address.",
        )
    return SchemaDocuments(found)


def _require_said(document: dict[str, Any]) -> None:
    try:
        require_said(document, "$id")
    except Refused as refused:
        raise FormatError(
            "vlei.schema_said",
            f"The schema document {document['$id']} is not the one of that SAID: its text was changed.",
            "Get it again from the repository WebOfTrust/vLEI.",
        ) from refused
