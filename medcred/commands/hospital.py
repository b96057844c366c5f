"""`medcred hospital`: onboarding from the command line, through the issuer service that runs in this house."""

import asyncio
import json
from pathlib import Path

import click

from medcred.commands.issuer_service import issuer
from medcred.commands.options import house_option, json_option
from medcred.party import Json, Party
from schemas.errors import NotFoundError

STEPS = {"applied": "check-lei", "lei_checked": "prove-did"}


@click.group()
def hospital() -> None:
    """Bind a hospital to its LEI and its DID."""


@hospital.command()
@click.argument("slug")
@click.option("--approve", is_flag=True, help="Approve, with --key of somebody else than who applied.")
@click.option("--accept-name-difference", is_flag=True, help="The register spells the name differently, and that is in order.")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml acts.")
@house_option
@json_option
def bind(slug: str, approve: bool, accept_name_difference: bool, key: str, house: Path, as_json: bool) -> int:
    """Take hospital SLUG as far as one person can: apply, check its LEI, let its agent prove its key. Or approve it.

    It is active once a second key has approved it: medcred hospital bind SLUG --approve --key approvals
    Repeating either changes nothing once the hospital is active.
    """
    already, told = asyncio.run(_approve(house, key, slug, accept_name_difference) if approve else _bind(house, key, slug))
    _show(told, as_json, already=already)
    return 0


@hospital.command()
@click.argument("slug")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml asks.")
@house_option
@json_option
def show(slug: str, key: str, house: Path, as_json: bool) -> int:
    """Where hospital SLUG stands. Exit code 0 when it is active, 1 otherwise."""
    told = asyncio.run(_read(house, key, slug))
    _show(told, as_json)
    return 0 if told["state"] == "active" else 1


async def _bind(house: Path, key: str, slug: str) -> tuple[bool, Json]:
    async with issuer(house, key) as service:
        if active := await _active(service, slug):
            return True, active
        told = await service.post("/hospitals", {"slug": slug})
        while step := STEPS.get(told["state"]):
            told = await service.post(f"/hospitals/{slug}/{step}")
        return False, told


async def _approve(house: Path, key: str, slug: str, accept_name_difference: bool) -> tuple[bool, Json]:
    async with issuer(house, key) as service:
        if active := await _active(service, slug):
            return True, active
        return False, await service.post(f"/hospitals/{slug}/approve", {"accept_name_difference": accept_name_difference})


async def _active(service: Party, slug: str) -> Json:
    """The hospital when it is active; None before its application too."""
    try:
        told = await service.get(f"/hospitals/{slug}")
    except NotFoundError:
        return None
    return told if told["state"] == "active" else None


async def _read(house: Path, key: str, slug: str) -> Json:
    async with issuer(house, key) as service:
        return await service.get(f"/hospitals/{slug}")


def _show(told: Json, as_json: bool, *, already: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{'OK' if told['state'] == 'active' else '…'}: {told['slug']} is {'already ' if already else ''}{told['state']}")
    click.echo(f"    {told['name']}, LEI {told['lei']}, {told['did']}")
    for entry in told["history"]:
        click.echo(f"    {entry['at'][:16]}  {entry['who']:<16} {entry['step']} → {entry['to_state']}")
    if told["blocked"]:
        click.echo(f"hint: {told['blocked']}")
