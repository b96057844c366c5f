"""`medcred hospital`: onboarding from the command line, through the issuer service that runs in this house."""

import asyncio
import base64
import json
from pathlib import Path

import click

from medcred.commands.issuer_service import issuer
from medcred.commands.options import house_option, json_option
from medcred.commands.signer import signer
from medcred.party import Json, Party
from schemas.errors import InputError, NotFoundError

STEPS = {"applied": "check-lei", "lei_checked": "prove-did"}


@click.group()
def hospital() -> None:
    """Bind a hospital to its LEI and its DID."""


hospital.add_command(signer)


_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@hospital.command()
@click.argument("slug")
@click.option("--vlei", type=_File, metavar="FILE.cesr", help="Show the vLEI stream whose leaf is the hospital's DID binding.")
@click.option("--certificate", type=_File, metavar="FILE.pem", help="Show the certificate of the hospital's key, and its chain.")
@click.option(
    "--crl", "crls", multiple=True, type=_File, metavar="FILE", help="With --certificate: a revocation list. Repeatable."
)
@click.option("--source", metavar="URL", help="With --vlei: where the newest stream is, to be looked at again every hour.")
@click.option("--approve", is_flag=True, help="Approve, with --key of somebody else than who applied.")
@click.option("--accept-name-difference", is_flag=True, help="The register spells the name differently, and that is in order.")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml acts.")
@house_option
@json_option
def bind(
    slug: str,
    vlei: Path | None,
    certificate: Path | None,
    crls: tuple[Path, ...],
    source: str | None,
    approve: bool,
    accept_name_difference: bool,
    key: str,
    house: Path,
    as_json: bool,
) -> int:
    """Take hospital SLUG as far as one person can: apply, check its LEI, let its agent prove its key. Or approve it.

    With --vlei or --certificate it also shows by which road it is the legal entity of that LEI; again after every change of
    its key, and to renew. It is active once a second key has approved it: medcred hospital bind SLUG --approve --key approvals
    Repeating either changes nothing once the hospital is active.
    """
    shown = _shown(vlei, certificate, crls, source)
    if approve and shown:
        raise click.UsageError("Show first, then approve with the key of somebody else.")
    work = approve_binding(house, key, slug, accept_name_difference) if approve else _bind(house, key, slug, shown)
    already, told = asyncio.run(work)
    show_binding(told, as_json, already=already)
    return 0


@hospital.command()
@click.argument("slug")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml asks.")
@house_option
@json_option
def show(slug: str, key: str, house: Path, as_json: bool) -> int:
    """Where hospital SLUG stands. Exit code 0 when it is active, 1 otherwise."""
    told = asyncio.run(_read(house, key, slug))
    show_binding(told, as_json)
    return 0 if told["state"] == "active" else 1


@hospital.command()
@click.argument("slug")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml asks.")
@house_option
@json_option
def keys(slug: str, key: str, house: Path, as_json: bool) -> int:
    """The key that hospital SLUG signs with, and its next one, as its DID binding or its certificate must name them."""
    told = asyncio.run(_keys(house, key, slug))
    if as_json:
        click.echo(json.dumps(told))
    else:
        for which in ("current", "next"):
            click.echo(f"{which}: {told[which]['id']}={told[which]['multikey']}")
            click.echo(f"    thumbprint {told[which]['jkt']}")
    return 0


def _shown(vlei: Path | None, certificate: Path | None, crls: tuple[Path, ...], source: str | None) -> Json:
    """What is shown, as the issuer service takes it; None when it is nothing."""
    if vlei and certificate:
        raise click.UsageError("One road at a time: --vlei or --certificate.")
    if (source and not vlei) or (crls and not certificate):
        raise click.UsageError("--source goes with --vlei, and --crl with --certificate.")
    if vlei:
        return {"road": "vlei", "stream": _text(vlei), "source": source}
    if certificate:
        lists = [base64.b64encode(file.read_bytes()).decode() for file in crls]
        return {"road": "certificate", "chain": _text(certificate), "lists": lists}
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except UnicodeDecodeError as error:
        raise InputError(
            "identity.not_text", f"{file.name} is not ASCII text.", "Export it again as CESR text or PEM."
        ) from error


async def _keys(house: Path, key: str, slug: str) -> Json:
    async with issuer(house, key) as service:
        return await service.get(f"/hospitals/{slug}/keys")


async def _bind(house: Path, key: str, slug: str, shown: Json) -> tuple[bool, Json]:
    async with issuer(house, key) as service:
        told = await _known(service, slug)
        if told is None or told["state"] == "applied":
            told = await service.post("/hospitals", {"slug": slug})
        already = told["state"] == "active" and not shown
        while step := STEPS.get(told["state"]):
            told = await service.post(f"/hospitals/{slug}/{step}")
        return already, await service.post(f"/hospitals/{slug}/identity", shown) if shown else told


async def approve_binding(house: Path, key: str, slug: str, accept_name_difference: bool) -> tuple[bool, Json]:
    """Approve a hospital or a clinic; whether it was active already, and where it stands."""
    async with issuer(house, key) as service:
        told = await _known(service, slug)
        if told and told["state"] == "active":
            return True, told
        return False, await service.post(f"/hospitals/{slug}/approve", {"accept_name_difference": accept_name_difference})


async def _known(service: Party, slug: str) -> Json:
    """The hospital; None before its application."""
    try:
        return await service.get(f"/hospitals/{slug}")
    except NotFoundError:
        return None


async def _read(house: Path, key: str, slug: str) -> Json:
    async with issuer(house, key) as service:
        return await service.get(f"/hospitals/{slug}")


def show_binding(told: Json, as_json: bool, *, already: bool = False) -> None:
    """Print where a hospital or a clinic stands, and its history."""
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{'OK' if told['state'] == 'active' else '…'}: {told['slug']} is {'already ' if already else ''}{told['state']}")
    click.echo(f"    {told['name']}, LEI {told['lei']}, {told['did']}")
    for road in told["identity"]:
        proof = f"{road['aid']}, binding {road['binding']}" if road["road"] == "vlei" else f"SHA-256 {road['sha256']}"
        click.echo(f"    known by {road['road']}: {proof}" + (", REVOKED" if road["ended_at"] else ""))
    for entry in told["history"]:
        click.echo(f"    {entry['at'][:16]}  {entry['who']:<16} {entry['step']} → {entry['to_state']}")
    if told["blocked"]:
        click.echo(f"hint: {told['blocked']}")
