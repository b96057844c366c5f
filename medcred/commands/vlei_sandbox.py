"""`medcred vlei sandbox`: rehearse the whole life of vLEIs on this machine, a step a command."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import httpx

from issuer.vlei import ecosystem, sandbox
from issuer.vlei.binding import BoundKey, bound_jwk, bound_multikey, key_statement
from issuer.vlei.documents import PUBLISHED, SchemaDocuments, fetch_documents, read_folder
from issuer.vlei.kinds import CredentialKind
from issuer.vlei.sandbox import MAX_KEYS, MAX_WITNESSES, Sandbox
from issuer.vlei.state import Credential
from medcred.commands.options import json_option
from schemas.acdc.thumbprint import ed25519_thumbprint
from schemas.errors import FormatError
from schemas.strict_json import read_json
from verifier.identity.did_document import read_did_document

_MAX_FILE = 1024 * 1024

dir_option = click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder of the rehearsal.",
)
keys_option = click.option(
    "--keys",
    type=click.IntRange(1, MAX_KEYS),
    default=1,
    show_default=True,
    help="Of a new AID; more than half of them must sign.",
)
file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("sandbox")
def vlei_sandbox() -> None:
    """Rehearse vLEI on this machine: found an ecosystem, issue, rotate, revoke, export, bind.

    A rehearsal, and nothing else: all parties are made up, and all their keys lie unencrypted in one folder. Real vLEIs come from
    an issuer that GLEIF has qualified. Nothing made here is accepted where GLEIF's production root is pinned.
    """


@vlei_sandbox.command()
@dir_option
@click.option("--schemas", metavar="DIR|URL", help=f"The published schema documents, such as {PUBLISHED}")
@click.option("--witnesses", type=click.IntRange(0, MAX_WITNESSES), default=0, show_default=True, help="Of every AID.")
@keys_option
@click.option("--qvi-lei", default=ecosystem.QVI_LEI, show_default=True, metavar="LEI", help="Of the made-up QVI.")
@json_option
def init(folder: Path, schemas: str | None, witnesses: int, keys: int, qvi_lei: str, as_json: bool) -> int:
    """Found an ecosystem: a root, a GEDA it delegates, a QVI that one delegates, and the QVI's credential.

    Without --schemas, credentials carry the digest of their legal text in place of the text; all else is the same.
    """
    documents = _documents(schemas) if schemas else None
    with sandbox.create(folder, witnesses=witnesses, documents=documents) as opened:
        ecosystem.found(opened, keys=keys, qvi_lei=qvi_lei)
        _show(opened, as_json)
    return 0


@vlei_sandbox.command()
@click.argument("name")
@dir_option
@click.option("--lei", metavar="LEI", help="NAME is a hospital with this LEI: its LE credential.")
@click.option("--hospital", metavar="NAME", help="NAME is a person, and this hospital gives them a role.")
@click.option("--person", metavar="NAME", help="The legal name of that person.")
@click.option("--role", metavar="TEXT", help="Which role.")
@click.option("--official", is_flag=True, help="An official role (OOR), in place of an engagement context role (ECR).")
@click.option("--through-qvi", is_flag=True, help="The hospital authorises the QVI to issue the ECR.")
@keys_option
@json_option
def issue(
    name: str,
    folder: Path,
    lei: str | None,
    hospital: str | None,
    person: str | None,
    role: str | None,
    official: bool,
    through_qvi: bool,
    keys: int,
    as_json: bool,
) -> int:
    """Issue to NAME, who gets an AID if they have none.

    \b
    A hospital:  medcred vlei sandbox issue harbour --lei LEI --dir DIR
    A doctor:    medcred vlei sandbox issue dr-chan --hospital harbour --person "…" --role "…" --dir DIR
    """
    with sandbox.reopen(folder) as opened:
        if lei and not (hospital or person or role or official or through_qvi):
            credential = ecosystem.admit_hospital(opened, name, lei, keys=keys)
        elif hospital and person and role and not lei and not (official and through_qvi):
            if official:
                credential = ecosystem.appoint(opened, name, hospital, person=person, role=role, keys=keys)
            else:
                credential = ecosystem.engage(
                    opened, name, hospital, person=person, role=role, through_qvi=through_qvi, keys=keys
                )
        else:
            raise click.UsageError("Give --lei for a hospital, or --hospital, --person and --role for a person.")
        _tell(as_json, _credential(credential), f"OK: {credential.name} issued to {credential.holder}, {credential.said}")
    return 0


@vlei_sandbox.command()
@click.argument("name")
@dir_option
@json_option
def rotate(name: str, folder: Path, as_json: bool) -> int:
    """Change the keys of party NAME; its delegator seals that."""
    with sandbox.reopen(folder) as opened:
        event = opened.rotate(name)
    _tell(
        as_json,
        {"party": name, "aid": event.aid, "event": event.number, "said": event.said},
        f"OK: {name} has new keys since event {event.number} of its log",
    )
    return 0


@vlei_sandbox.command()
@click.argument("credential")
@dir_option
@json_option
def revoke(credential: str, folder: Path, as_json: bool) -> int:
    """Revoke CREDENTIAL, such as dr-chan.ecr. A stream exported before does not know; export again."""
    with sandbox.reopen(folder) as opened:
        revoked = opened.revoke(credential)
    _tell(as_json, _credential(revoked), f"OK: {revoked.name} revoked at {revoked.revoked_at}")
    return 0


@vlei_sandbox.command()
@click.argument("credential")
@dir_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Default: CREDENTIAL.cesr here.")
@click.option("--without-root", is_flag=True, help="Leave out the root's log, as real streams do; the verifier has it already.")
@click.option("--log", is_flag=True, help="Only the key event log of a party of that name.")
@json_option
def export(credential: str, folder: Path, out: Path | None, without_root: bool, log: bool, as_json: bool) -> int:
    """Write CREDENTIAL and all that is needed to judge it as one CESR stream."""
    with sandbox.reopen(folder) as opened:
        stream = opened.log(credential) if log else opened.export(credential, with_root=not without_root)
        root = opened.party(ecosystem.ROOT).aid
    out = out or Path(f"{credential}.cesr")
    _write(out, stream)
    _tell(
        as_json,
        {"file": str(out), "bytes": len(stream), "root": root},
        f"OK: {len(stream)} bytes in {out}\n    judge it: medcred vlei verify {out} --root {root}",
    )
    return 0


@vlei_sandbox.command()
@click.argument("name")
@dir_option
@click.option("--did", "dids", multiple=True, metavar="DID", help="A DID of NAME; may be repeated.")
@click.option("--key", "keys", multiple=True, metavar="METHOD=KEY", help="A key of it: z6Mk…, or a file with a JWK. Repeatable.")
@click.option(
    "--did-document", type=file_argument, metavar="FILE", help="Take the DID and its Ed25519 keys for assertions from a did.json."
)
@click.option("--statement", "statements", multiple=True, type=file_argument, metavar="FILE", help="Signed by a did:key.")
@click.option("--ask", metavar="DID", help="Print the statement that this did:key has to sign, and bind nothing.")
@json_option
def bind(
    name: str,
    folder: Path,
    dids: tuple[str, ...],
    keys: tuple[str, ...],
    did_document: Path | None,
    statements: tuple[Path, ...],
    ask: str | None,
    as_json: bool,
) -> int:
    """Bind DIDs and keys to NAME, a hospital or an engaged person. A binding is taken back with `revoke NAME.binding`.

    A did:key is bound with a statement that its key has signed (eddsa-jcs-2022); --ask prints what is to be signed.
    """
    bound = [_key(text) for text in keys]
    said = [_json(file) for file in statements]
    all_dids = [*dids, *(statement["id"] for statement in said if isinstance(statement.get("id"), str))]
    if did_document:
        document = _json(did_document)
        all_dids.append(str(document.get("id")))
        bound += _document_keys(document)
    with sandbox.reopen(folder) as opened:
        if ask:
            click.echo(json.dumps(key_statement(opened.party(name).aid, ask)))
            return 0
        credential = ecosystem.bind(opened, name, list(dict.fromkeys(all_dids)), bound, statements=said)
    _tell(as_json, _credential(credential), f"OK: {credential.name} issued, {credential.said}")
    return 0


@vlei_sandbox.command()
@dir_option
@click.option("--root", "only_root", is_flag=True, help="Only the AID of the root: what `medcred vlei verify --root` takes.")
@json_option
def show(folder: Path, only_root: bool, as_json: bool) -> int:
    """Who is there, and what was issued."""
    with sandbox.reopen(folder) as opened:
        if only_root:
            root = opened.party(ecosystem.ROOT).aid
            _tell(as_json, {"root": root}, root)
        else:
            _show(opened, as_json)
    return 0


def _show(opened: Sandbox, as_json: bool) -> None:
    parties = [
        {"name": party.name, "aid": party.aid, "keys": party.keys, "delegator": party.delegator}
        for party in opened.parties.values()
    ]
    issued = [_credential(credential) for credential in opened.credentials.values()]
    lines = [f"{party['name']:<20} {party['aid']}" for party in parties]
    lines += [f"{told['name']:<20} {told['said']} {told['state']}, by {told['issuer']}" for told in issued]
    _tell(as_json, {"root": opened.party(ecosystem.ROOT).aid, "parties": parties, "credentials": issued}, "\n".join(lines))


def _credential(credential: Credential) -> dict[str, Any]:
    return {
        "name": credential.name,
        "kind": CredentialKind(credential.kind).value,
        "said": credential.said,
        "issuer": credential.issuer,
        "holder": credential.holder,
        "state": "issued" if credential.stands else "revoked",
    }


def _documents(where: str) -> SchemaDocuments:
    if not where.startswith(("https://", "http://")):
        if not Path(where).is_dir():
            raise click.UsageError(f"--schemas: there is no folder {where}.")
        return read_folder(Path(where))
    return asyncio.run(_fetched(where))


async def _fetched(url: str) -> SchemaDocuments:
    async with httpx.AsyncClient() as http:
        return await fetch_documents(url, http)


def _key(text: str) -> BoundKey:
    method, equals, key = text.partition("=")
    if not equals or "#" not in method:
        raise click.UsageError("--key is METHOD=KEY, where METHOD is a DID URL with a fragment (did:web:…#key-1).")
    return bound_multikey(method, key) if key.startswith("z") else bound_jwk(method, _json(Path(key)))


def _document_keys(document: dict[str, Any]) -> Iterable[BoundKey]:
    """The keys that a DID document gives for assertions."""
    read = read_did_document(str(document.get("id")), document)
    return [BoundKey(method, ed25519_thumbprint(read.keys[method])) for method in sorted(read.assertion)]


def _json(file: Path) -> dict[str, Any]:
    try:
        value = read_json(file.read_bytes(), max_bytes=_MAX_FILE)
    except OSError as error:
        raise FormatError("vlei.file", f"{file} cannot be read.", "Name a JSON file.") from error
    if not isinstance(value, dict):
        raise FormatError("vlei.file", f"{file} is not one JSON object.", "Name a file with one JSON object.")
    return value


def _write(file: Path, content: bytes) -> None:
    """The whole file or none: a stream cut short would look like a damaged one."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_bytes(content)
        new.replace(file)
    except OSError as error:
        raise FormatError("vlei.file", f"{file} cannot be written.", "Name a file in a folder you may write to.") from error


def _tell(as_json: bool, facts: dict[str, Any], words: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else words)
