"""`medcred hospital signer`: who signs records beside a hospital, through the issuer service that runs in this house."""

import asyncio
import json
from pathlib import Path

import click

from medcred.commands.issuer_service import issuer
from medcred.commands.options import house_option, json_option
from medcred.party import Json
from schemas.errors import InputError
from verifier.identity.vlei.stream import MAX_STREAM

slug_argument = click.argument("slug")
id_argument = click.argument("signer_id", metavar="ID")
key_option = click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml acts.")


@click.group()
def signer() -> None:
    """Doctors and services that sign records beside a hospital, each with a role that a vLEI credential proves."""


@signer.command()
@slug_argument
@click.option("--role", required=True, help="The engagement context role, exactly as the ECR credential says it.")
@click.option("--aid", required=True, help="The signer's own KERI identifier, to which the ECR credential is issued.")
@click.option(
    "--statement",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the statement that the new key has signed here.",
)
@key_option
@house_option
@json_option
def prepare(slug: str, role: str, aid: str, file: Path | None, key: str, house: Path, as_json: bool) -> int:
    """Make a key for a signer at hospital SLUG. With its statement the signer's identifier binds the key."""
    told = asyncio.run(_post(house, key, f"/hospitals/{slug}/signers", {"role": role, "aid": aid}))
    if file:
        file.write_text(json.dumps(told["statement"], indent=1), encoding="utf-8")
    _show([told], as_json, one=True)
    return 0


@signer.command()
@slug_argument
@id_argument
@click.argument("stream", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@key_option
@house_option
@json_option
def add(slug: str, signer_id: str, stream: Path, key: str, house: Path, as_json: bool) -> int:
    """Hand in the newest CESR STREAM of the signer ID: it proves the role, or says that the role was revoked.

    What a verifier would refuse is refused, with the verifier's reason.
    """
    body = {"stream": _read(stream)}
    _show([asyncio.run(_post(house, key, f"/hospitals/{slug}/signers/{signer_id}/stream", body))], as_json, one=True)
    return 0


@signer.command()
@slug_argument
@id_argument
@key_option
@house_option
@json_option
def left(slug: str, signer_id: str, key: str, house: Path, as_json: bool) -> int:
    """The signer ID has left: nothing more is signed from now on. Revoke the ECR credential too, and hand in the new stream."""
    _show([asyncio.run(_post(house, key, f"/hospitals/{slug}/signers/{signer_id}/leave", {}))], as_json, one=True)
    return 0


@signer.command("list")
@slug_argument
@key_option
@house_option
@json_option
def list_(slug: str, key: str, house: Path, as_json: bool) -> int:
    """Who signs for hospital SLUG, and who did."""
    _show(asyncio.run(_get(house, key, f"/hospitals/{slug}/signers")), as_json)
    return 0


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(MAX_STREAM + 1)
    if len(data) > MAX_STREAM or not data.isascii():
        raise InputError("signer.stream", "This is not a CESR stream.", "It is ASCII text of at most 4 MiB.")
    return data.decode("ascii").strip()


def _show(signers: list[Json], as_json: bool, *, one: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(signers[0] if one else {"signers": signers}, ensure_ascii=False))
        return
    for each in signers:
        click.echo(f"{'OK' if each['state'] == 'active' else '…'}: {each['id']} is {each['state']}: {each['role']}")
        click.echo(f"    {each['did']}\n    AID {each['aid']}")
        if each["state"] == "left" and not each["revoked"] and each["credential"]:
            click.echo("hint: the published stream does not say so yet: revoke the ECR credential and hand in the new stream")


async def _post(house: Path, key: str, path: str, body: Json) -> Json:
    async with issuer(house, key) as service:
        return await service.post(path, body)


async def _get(house: Path, key: str, path: str) -> Json:
    async with issuer(house, key) as service:
        return await service.get(path)
