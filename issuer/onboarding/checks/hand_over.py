"""The hand-over package for an LEI issuer: what was checked about a hospital, signed by the registrar, in one ZIP file.

    README.txt        what this is, what it is not, and how it is checked
    lei-data.json     the hospital in the field names of the LEI Common Data File (LEI-CDF 3.1), as the golden copy writes JSON
    checklist.json    every slot, its result, who checked it and when; names side by side; the look for duplicates
    checklist.html    the same to print
    package.json      the digests of these files and of the papers, signed by the registrar (Data Integrity, eddsa-jcs-2022)

It asks for an LEI, or for the renewal of one; it assigns none. Papers are not in it: an LEI issuer that wants to see one asks for
it and compares its digest. Where papers are kept, and whose signature they carry, is not in it either.

A receiver, in order: size and names, the signature of `package.json` under the registrar's did:key, the digest of every file.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from schemas.errors import FormatError, RefusedError
from schemas.keys import decode_multikey, did_key_method
from verifier.documents import DuplicateMemberError, read_document
from verifier.proofs import Outcome, check_proof, proofs_of

FILES = ("README.txt", "lei-data.json", "checklist.json", "checklist.html")
SIGNED = "package.json"
LARGEST = 4 * 2**20
"""The most bytes of a package, packed and unpacked."""

STATEMENT = (
    "This package was made by a registrar that checks hospitals. It asks an LEI issuer accredited by GLEIF to assign or renew an "
    "LEI. It assigns none itself, and no number in it was minted here."
)
_README = """{statement}

Files
  lei-data.json    the hospital in the field names of the LEI Common Data File
  checklist.json   what was checked, by whom, when, with which result
  checklist.html   the same to print
  package.json     SHA-256 digests of these files and of the papers, signed by the registrar

The registrar is {publisher}
Check this package:  medcred handover check PACKAGE.zip --publisher {publisher}
or with any verifier of W3C Data Integrity proofs (eddsa-jcs-2022) over package.json, and SHA-256 over each file.

Papers are not enclosed. Ask the registrar for one, and compare its digest with the one in package.json.
"""
_HAN = re.compile(r"[\u3400-\u9fff]")


class Signer(Protocol):
    """The registrar's agent."""

    async def sign(self, documents: list[dict[str, Any]], *, verification_method: str) -> list[dict[str, Any]]: ...


def lei_data(known: Mapping[str, Any]) -> dict[str, Any]:
    """The hospital in LEI-CDF field names.

    Args:
        known: `name`, `lei`, `jurisdiction`, and `stated`: what accepted papers say, by slot.
    """
    extract, address = known["stated"].get("registry_extract", {}), known["stated"].get("address", {})
    legal = extract.get("name") or known["name"]
    entity: dict[str, Any] = {"LegalName": _text(legal)}
    if legal != known["name"]:
        entity["OtherEntityNames"] = {"OtherEntityName": [_text(known["name"])]}
    if address:
        place = {
            "FirstAddressLine": {"$": address["line"]},
            "City": {"$": address["city"]},
            **({"Region": {"$": address["region"]}} if address.get("region") else {}),
            "Country": {"$": address["country"]},
            **({"PostalCode": {"$": address["postal_code"]}} if address.get("postal_code") else {}),
        }
        entity |= {"LegalAddress": place, "HeadquartersAddress": place}
    if extract:
        authority = {"RegistrationAuthorityID": {"$": extract["authority"]}} if extract.get("authority") else {}
        entity["RegistrationAuthority"] = authority | {"RegistrationAuthorityEntityID": {"$": extract["number"]}}
    entity |= {"LegalJurisdiction": {"$": known["jurisdiction"]}, "EntityCategory": {"$": "GENERAL"}}
    if extract.get("legal_form"):
        entity["LegalForm"] = {"OtherLegalForm": {"$": extract["legal_form"]}}
    return ({"LEI": {"$": known["lei"]}} if known["lei"] else {}) | {"Entity": entity}


async def package(
    known: Mapping[str, Any], *, checklist: Mapping[str, Any], printed: str, publisher: str, signer: Signer, at: datetime
) -> bytes:
    """The ZIP file.

    Args:
        known: as for `lei_data`.
        checklist: what `checklist.json` holds; its `papers` go into the signed file as well.
        printed: the HTML page.
        publisher: the registrar's did:key, whose key `signer` holds.

    Raises:
        AgentError: the registrar's agent does not answer.
    """
    files = {
        "README.txt": _README.format(statement=STATEMENT, publisher=publisher).encode(),
        "lei-data.json": _json(lei_data(known)),
        "checklist.json": _json(checklist),
        "checklist.html": printed.encode(),
    }
    said = {
        "type": "HandOverPackage",
        "version": "1",
        "statement": STATEMENT,
        "publisher": publisher,
        "madeAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hospital": {"name": known["name"], "jurisdiction": known["jurisdiction"]}
        | ({"lei": known["lei"]} if known["lei"] else {}),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "papers": checklist["papers"],
    }
    [signed] = await signer.sign([said], verification_method=did_key_method(publisher))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, SIGNED: _json(signed)}.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def check_package(data: bytes, publisher: str) -> dict[str, Any]:
    """What `package.json` says, after its signature and every digest were checked.

    Raises:
        FormatError: `hand_over.malformed`, `did.malformed`. RefusedError: `hand_over.signature`, `hand_over.changed`.
    """
    files = _unpacked(data)
    said = _signed(files.pop(SIGNED))
    [proof] = proofs_of(said)
    method = did_key_method(publisher)
    if (proof.get("verificationMethod"), proof.get("proofPurpose"), said.get("publisher")) != (
        method,
        "assertionMethod",
        publisher,
    ) or check_proof(said, proof, decode_multikey(publisher.removeprefix("did:key:"))) is not Outcome.VALID:
        raise RefusedError(
            "hand_over.signature",
            "This registrar did not sign this package.",
            "Ask the registrar for the package and its did:key.",
        )
    if said.get("files") != {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}:
        raise RefusedError("hand_over.changed", "A file of this package was changed.", "Ask the registrar for it again.")
    return said


def _unpacked(data: bytes) -> dict[str, bytes]:
    if len(data) > LARGEST:
        raise _malformed()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(one.filename for one in entries) != sorted((*FILES, SIGNED)):
                raise _malformed()
            files, left = {}, LARGEST
            for one in entries:
                if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise _malformed()
                with archive.open(one) as stream:
                    files[one.filename] = stream.read(left + 1)
                left -= len(files[one.filename])
                if left < 0:
                    raise _malformed()
            return files
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise _malformed() from error


def _signed(content: bytes) -> dict[str, Any]:
    try:
        said = read_document(content)
    except DuplicateMemberError as error:
        raise _malformed() from error
    if not isinstance(said, dict) or len(proofs_of(said)) != 1:
        raise _malformed()
    return said


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _text(name: str) -> dict[str, str]:
    """A name; its language only where its script says it."""
    return {"$": name} | ({"@xml:lang": "zh"} if _HAN.search(name) else {})


def _malformed() -> FormatError:
    return FormatError("hand_over.malformed", "This is not a hand-over package.", "Give the ZIP file as the registrar made it.")
