"""`medcred trust`: the list of trusted hospitals as a file: what it says, whether it is believed, keeping it for use off line.

    show      what a list says, its age with it
    verify    signature, publisher, date, and that it is not older than one that was read before
    export    fetch the list of an issuer, or of any address, into a file to carry
    import    keep a carried list: for `medcred verify` here, or for the desk of a house
    may       whether a hospital may issue a record type

Whoever names a file vouches for it unless --publisher says whose list it must be. A list that is older than one of the same
publisher that was read here before is refused, whatever its signature.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import httpx

from medcred.commands.options import house_option, json_option
from medcred.commands.verify import KEPT_LIST, TRUST_FILE, Time, claimed_publisher, read_trust
from schemas.errors import ConfigError, RefusedError
from schemas.types import RecordType
from verifier.fetch import Limits, fetch_public
from verifier.identity.trust import MAX_BYTES, TrustList
from verifier.identity.trust_memory import TrustMemory
from verifier.policy import CARRIED_FILE
from verifier.verdict import stamp

LIMITS = Limits(max_bytes=MAX_BYTES, seconds=10.0, allow_loopback=True)
_File = click.Path(exists=True, dir_okay=False, path_type=Path)
file_option = click.option("--trust", "file", type=_File, metavar="FILE", help="The list. Default: where `medcred verify` looks.")
publisher_option = click.option("--publisher", default="", metavar="DID", help="Whose list it must be; a did:key.")
at_option = click.option("--at", type=Time(), metavar="TIME", help="Judge as of that time instead of now.")
cache_option = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path.home() / ".cache" / "medcred",
    metavar="FOLDER",
    help="Where the newest list of each publisher is remembered.",
)


@click.group()
def trust() -> None:
    """The signed list of trusted hospitals."""


@trust.command()
@click.argument("file", type=_File, required=False)
@publisher_option
@at_option
@json_option
def show(file: Path | None, publisher: str, at: datetime | None, as_json: bool) -> int:
    """What a list says. Its signature must hold; exit code 0."""
    listed = _read(file, publisher, None)
    if as_json:
        click.echo(json.dumps(listed.unsigned() | {"age": _age(listed, at or datetime.now(UTC))}, ensure_ascii=False))
        return 0
    click.echo(f"trust list {listed.sequence} of {listed.publisher}")
    click.echo(f"    {_age(listed, at or datetime.now(UTC))['said']}")
    if listed.framework:
        click.echo(f"    framework {listed.framework}")
    for issuer in listed.issuers:
        roads = ", ".join(dict.fromkeys(road.road for road in issuer.identity)) or "the registrar alone"
        types = "all record types" if set(issuer.types) == set(RecordType) else ", ".join(issuer.types) or "no record types"
        click.echo(f"  {issuer.state}: {issuer.lei_record.legal_name}, LEI {issuer.lei}, {issuer.did}")
        click.echo(f"      known by {roads}; may issue {types}")
    for log in listed.logs:
        click.echo(f"  ledger: {log.origin} ({log.jurisdiction})")
    for witness in listed.witnesses:
        click.echo(f"  witness: {witness.name}")
    for root in listed.roots:
        click.echo(f"  root: {root.name} ({root.road})")
    return 0


@trust.command()
@click.argument("file", type=_File)
@publisher_option
@at_option
@cache_option
@json_option
def verify(file: Path, publisher: str, at: datetime | None, cache: Path, as_json: bool) -> int:
    """Whether a list is believed: signature, publisher, date, not older than one read before.

    Exit code 0 believed (past its date with a note, for seven days), 1 refused, 2 out of date.
    """
    age: dict[str, Any] = {}
    try:
        listed = _read(file, publisher, TrustMemory(cache / TRUST_FILE))
        age = _age(listed, at or datetime.now(UTC))
        verdict, code, why = {"current": "believed", "in_grace": "believed"}.get(age["state"], "out_of_date"), "", age["said"]
    except RefusedError as error:
        verdict, code, why = "refused", error.code, error.message
    if as_json:
        click.echo(json.dumps({"verdict": verdict} | ({"reason": code} if code else {}) | ({"age": age} if age else {})))
    else:
        mark = {"believed": "OK", "refused": "FAIL"}.get(verdict, "?")
        click.echo(f"{mark}: {file} {verdict}{f' ({code})' if code else ''}: {why}")
    return {"believed": 0, "refused": 1}.get(verdict, 2)


@trust.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "url", metavar="URL", help="Where the list is published. Default: the issuer of agents.yml.")
@publisher_option
@cache_option
@house_option
def export(file: Path, url: str | None, publisher: str, cache: Path, house: Path) -> int:
    """Fetch the list into FILE, to be carried to a machine without a network."""
    data = asyncio.run(_fetch(url or _issuer_url(house)))
    listed = TrustMemory(cache / TRUST_FILE).accept(data, publisher=publisher or claimed_publisher(data))
    file.write_bytes(data)
    click.echo(f"OK: {file}, trust list {listed.sequence} of {listed.publisher}")
    return 0


@trust.command("import")
@click.argument("file", type=_File)
@publisher_option
@click.option("--desk", is_flag=True, help="Keep it for the desk of agents.yml, which believes its own publisher only.")
@cache_option
@house_option
def import_(file: Path, publisher: str, desk: bool, cache: Path, house: Path) -> int:
    """Keep a list that was carried here, for `medcred verify` without --trust, or for a desk. An older one is refused."""
    if desk:
        listed = asyncio.run(_keep_at_desk(house, file, file.read_bytes(), publisher))
    else:
        listed = _read(file, publisher, TrustMemory(cache / TRUST_FILE))
        _keep(KEPT_LIST, file.read_bytes())
    click.echo(f"OK: trust list {listed.sequence} of {listed.publisher} is kept; {_age(listed, datetime.now(UTC))['said']}")
    return 0


@trust.command()
@click.argument("did")
@click.argument("record_type", type=click.Choice([kind.value for kind in RecordType]), metavar="TYPE")
@file_option
@publisher_option
@at_option
@json_option
def may(did: str, record_type: str, file: Path | None, publisher: str, at: datetime | None, as_json: bool) -> int:
    """Whether the hospital DID may issue records of TYPE, such as ImmunizationCredential.

    Exit code 0 yes, 1 no, 2 the list at hand says nothing about that time. The words of --json are TRQP's.
    """
    listed = _read(file, publisher, None)
    time = at or datetime.now(UTC)
    found = listed.may_issue(did, RecordType(record_type), time)
    if as_json:
        answer: dict[str, Any] = {
            "entity_id": did,
            "authority_id": listed.publisher,
            "action": "issue",
            "resource": record_type,
            "authorized": found.authorized,
            "time_evaluated": stamp(time.astimezone(UTC)),
            "message": found.message,
        }
        click.echo(json.dumps(answer | ({"time_requested": answer["time_evaluated"]} if at else {})))
    else:
        mark = "OK" if found.authorized else "?" if found.reason == "out_of_date" else "FAIL"
        click.echo(f"{mark}: {did} {'may' if found.authorized else 'may not'} issue {record_type}: {found.message}")
    return 0 if found.authorized else 2 if found.reason == "out_of_date" else 1


def _read(file: Path | None, publisher: str, memory: TrustMemory | None) -> TrustList:
    listed = read_trust(file, publisher, memory)
    if listed is None:
        raise ConfigError("trust.missing", "There is no trust list here.", "Name one, or keep one: medcred trust import FILE")
    return listed


def _age(listed: TrustList, now: datetime) -> dict[str, Any]:
    """How old a list is, and whether it is still believed."""
    over = now - listed.expires_at
    state = "current" if over <= timedelta(0) else "in_grace" if over <= CARRIED_FILE.trust_grace else "expired"
    said = f"issued {stamp(listed.issued_at)}, {_hours(now - listed.issued_at)} old, "
    if state == "current":
        said += f"in force until {stamp(listed.expires_at)}"
    else:
        said += f"expired {stamp(listed.expires_at)}" + (", still believed with a note" if state == "in_grace" else "")
    return {"state": state, "issuedAt": stamp(listed.issued_at), "expiresAt": stamp(listed.expires_at), "said": said}


def _hours(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds() // 3600))
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _keep(place: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_bytes(data)
    draft.replace(place)


def _issuer_url(file: Path) -> str:
    from medcred.house import read_house  # here, because who only reads lists has no agents.yml

    house = read_house(file)
    if house.services.issuer is None:
        raise ConfigError("issuer.none", "This house has no issuer service.", "Say where the list is: --from URL")
    return f"http://localhost:{house.services.issuer.port}/trust.json"


async def _fetch(url: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await fetch_public(http, url, LIMITS)


async def _keep_at_desk(house_file: Path, file: Path, data: bytes, publisher: str) -> TrustList:
    """Keep a list in the desk's database, as if it had been fetched now."""
    # A machine that only reads lists needs no database.
    from medcred.house import read_house
    from medcred.supervise.services import ServiceSettings
    from storage import Database, migrate
    from verifier.desk.copies import Copies

    house = read_house(house_file)
    service = house.services.desk
    if service is None:
        raise ConfigError("desk.none", "This house has no desk.", "Add services.desk to agents.yml, or leave out --desk.")
    settings = ServiceSettings(house)
    believed = settings.publisher()
    if not believed or (publisher and publisher != believed):
        raise RefusedError(
            "trust.publisher",
            "The desk believes another publisher, or does not know yet whom to believe.",
            "Write the publisher's did:key to the file that services.desk.publisher names.",
        )
    database = Database(settings.database("desk", service))
    try:
        await migrate(database, "verifier.desk")
        copies = Copies(database)
        kept = await copies.trust(believed)
        newest = TrustList.parse(kept.document, publisher=believed) if kept else None
        listed = TrustList.parse(data, publisher=believed, newest=newest, file=str(file))
        await copies.keep_trust(believed, listed.sequence, data.decode("utf-8-sig"), datetime.now(UTC))
    finally:
        await database.close()
    return listed
