"""`medcred lei`: check digits, and what the register says."""

import asyncio
import json

import click
import httpx

from medcred.commands.options import json_option
from storage.clock import SystemClock
from verifier.identity.lei import GLEIF, GleifApi, LeiRecord, check_digits_ok, require_lei


@click.group()
def lei() -> None:
    """Legal Entity Identifiers (ISO 17442)."""


@lei.command()
@click.argument("identifiers", nargs=-1, required=True, metavar="LEI...")
@json_option
def check(identifiers: tuple[str, ...], as_json: bool) -> int:
    """Check form and check digits. Says nothing about whether the register knows them."""
    good = {identifier: check_digits_ok(identifier) for identifier in identifiers}
    if as_json:
        verdict = "genuine" if all(good.values()) else "not_genuine"
        checks = [
            {"code": "check_digits", "result": "pass" if ok else "fail", "about": lei, "reason": _reason(ok)}
            for lei, ok in good.items()
        ]
        click.echo(json.dumps({"verdict": verdict, "checks": checks}))
    else:
        for identifier, ok in good.items():
            click.echo(
                f"{'OK' if ok else 'FAIL'}: {identifier}" + ("" if ok else " check digits do not fit (ISO 7064 MOD 97-10)")
            )
    return 0 if all(good.values()) else 1


@lei.command()
@click.argument("identifier", metavar="LEI")
@click.option("--source", default=GLEIF, show_default=True, metavar="URL", help="An API of GLEIF's shape.")
@json_option
def lookup(identifier: str, source: str, as_json: bool) -> int:
    """What the register says. Exit code 0 active, 1 lapsed or ended or unknown, 2 the register did not answer."""
    require_lei(identifier)
    record = asyncio.run(_look_up(identifier, source))
    if as_json:
        click.echo(json.dumps(_facts(record), ensure_ascii=False))
    else:
        click.echo(f"{'OK' if record.active else 'FAIL'}: {record.lei} {record.legal_name}")
        click.echo(f"    entity {record.entity_status}, registration {record.registration_status}")
        click.echo(f"    as of {record.as_of:%Y-%m-%d %H:%M} UTC")
        for name in record.other_names:
            click.echo(f"    also {name.value}")
    return 0 if record.active else 1


async def _look_up(identifier: str, source: str) -> LeiRecord:
    async with httpx.AsyncClient() as http:
        return await GleifApi(source, http, SystemClock()).record(identifier)


def _facts(record: LeiRecord) -> dict[str, object]:
    return {
        "lei": record.lei,
        "legalName": record.legal_name,
        "language": record.language,
        "otherNames": [{"value": name.value, "language": name.language} for name in record.other_names],
        "jurisdiction": record.jurisdiction,
        "entityStatus": record.entity_status,
        "registrationStatus": record.registration_status,
        "standing": record.standing.value,
        "asOf": record.as_of.isoformat(),
    }


def _reason(ok: bool) -> str:
    return "lei.check_digits_ok" if ok else "lei.check_digits"
