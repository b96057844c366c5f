"""`medcred clinic`: a clinic is listed by a registrar, so that patients' wallets can show its verified name.

The registrar's side is `bind`, the clinic's own is `prove`. They may be in two houses: what passes between them is one challenge
and one signed statement, and neither is secret.
"""

import asyncio
import json
from pathlib import Path
from typing import TextIO

import click

from medcred.commands.hospital import approve_binding, show_binding
from medcred.commands.issuer_service import issuer
from medcred.commands.options import house_option, json_option
from medcred.house import House, read_house
from medcred.house.secrets import Secrets
from medcred.party import Json, Party
from schemas.errors import ConfigError, InputError, NotFoundError


@click.group()
def clinic() -> None:
    """List a clinic, so that wallets can show its verified name."""


@clinic.command()
@click.argument("slug")
@click.option("--proof", type=click.File("r"), help="What the clinic answered: the output of `medcred clinic prove`.")
@click.option("--approve", is_flag=True, help="Approve, with --key of somebody else than who applied.")
@click.option("--accept-name-difference", is_flag=True, help="The register spells the name differently, and that is in order.")
@click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml acts.")
@house_option
@json_option
def bind(
    slug: str, proof: TextIO | None, approve: bool, accept_name_difference: bool, key: str, house: Path, as_json: bool
) -> int:
    """Take clinic SLUG as far as one person can: apply, check its LEI, take its proof. Or approve it.

    A clinic whose desk is in this house proves itself at once. For another, a challenge is printed, to be given to
    `medcred clinic prove` there within fifteen minutes; its answer comes back with --proof.
    """
    if approve:
        already, told = asyncio.run(approve_binding(house, key, slug, accept_name_difference))
        show_binding(told, as_json, already=already)
        return 0
    told, waiting = asyncio.run(_bind(house, key, slug, _read(proof) if proof else None))
    if waiting:
        click.echo(json.dumps(waiting) if as_json else _to_do(waiting))
        return 0
    show_binding(told, as_json)
    return 0


@clinic.command()
@click.argument("domain")
@click.argument("challenge")
@house_option
def prove(domain: str, challenge: str, house: Path) -> int:
    """Sign the CHALLENGE of the registrar at DOMAIN with this house's clinic key, and print the answer.

    The answer says that the clinic's DID and LEI belong together, for that registrar only.
    """
    click.echo(json.dumps(asyncio.run(proved_at_the_desk(read_house(house), domain, challenge)), ensure_ascii=False))
    return 0


async def proved_at_the_desk(house: House, domain: str, challenge: str) -> Json:
    """What the desk of this house signs for a registrar, through a member of its staff.

    Raises:
        ConfigError: `desk.none`, there is no desk with staff in this house.
    """
    desk = house.services.desk
    if desk is None or not desk.staff:
        raise ConfigError("desk.none", "This house has no clinic desk with staff.", "Add services.desk to agents.yml.")
    member = desk.staff[0]
    async with Party(f"http://localhost:{desk.port}") as party:
        await party.sign_in(name=member.name, password=Secrets(house.state).password(member.password))
        return await party.post("/clinic/prove", {"domain": domain, "challenge": challenge})


async def _bind(file: Path, key: str, slug: str, signed: Json) -> tuple[Json, Json]:
    """Where the clinic stands now, and the statement that it must still sign; None when it need not."""
    house = read_house(file)
    async with issuer(file, key) as service:
        try:
            told = await service.get(f"/hospitals/{slug}")
        except NotFoundError:
            told = await service.post("/hospitals", {"slug": slug})
        if told["state"] == "applied":
            told = await service.post(f"/hospitals/{slug}/check-lei")
        if told["state"] != "lei_checked":
            return told, None
        if signed is None:
            statement = await service.post(f"/hospitals/{slug}/challenge")
            if house.services.desk is None or house.services.desk.agent != slug:
                return told, statement
            signed = await proved_at_the_desk(house, statement["domain"], statement["challenge"])
        return await service.post(f"/hospitals/{slug}/prove-did", {"signed": signed}), None


def _read(proof: TextIO) -> Json:
    try:
        return json.load(proof)
    except ValueError as error:
        raise InputError("clinic.proof", "The proof is not JSON.", "Give what `medcred clinic prove` printed.") from error


def _to_do(statement: Json) -> str:
    return (
        f"The clinic of {statement['did']} must prove its key. At the clinic, within fifteen minutes:\n"
        f"  medcred clinic prove {statement['domain']} {statement['challenge']} > proof.json\n"
        "Then here, again, with --proof proof.json"
    )
