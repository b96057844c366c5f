"""`medcred lei lookup` and `search`: what the register says, and an index of its file when it does not answer or is not asked."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx

from medcred.commands.options import WallClock, json_option
from schemas.errors import MedcredError, NotFoundError, UnavailableError
from verifier.identity.lei import GLEIF, LEI_FRESHNESS, Age, AnswerFile, GleifApi, LeiRecord, LeiSource, TwoSources, require_lei
from verifier.identity.lei.index import LeiIndex

MARKS = {0: "OK", 1: "FAIL", 2: "?"}

index_option = click.option(
    "--index",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="MEDCRED_LEI_INDEX",
    metavar="FILE",
    help="An index made by medcred lei import.",
)
api_option = click.option(
    "--api", "--source", default=GLEIF, show_default=True, metavar="URL", help="The register: an API of GLEIF's shape."
)


@click.command()
@click.argument("identifiers", nargs=-1, required=True, metavar="LEI...")
@index_option
@api_option
@click.option("--offline", is_flag=True, help="Ask nobody; use the index alone.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path.home() / ".cache" / "medcred",
    metavar="FOLDER",
    help="Where the register's answers are kept.",
)
@json_option
def lookup(identifiers: tuple[str, ...], index: Path | None, api: str, offline: bool, cache: Path, as_json: bool) -> int:
    """What the register says, or the index when it does not answer.

    Exit code 0 all active, 1 one lapsed, ended or unknown, 2 one could not be looked up.
    """
    if offline and index is None:
        raise click.UsageError("--offline needs --index")
    for identifier in identifiers:
        require_lei(identifier)
    if not offline:
        cache.mkdir(parents=True, exist_ok=True)
    found = asyncio.run(_look_up(identifiers, index, None if offline else api, cache))
    if len(found) == 1 and isinstance(found[0], MedcredError):
        raise found[0]
    now = datetime.now(UTC)
    if as_json:
        facts = [_facts(lei, one, now) for lei, one in zip(identifiers, found, strict=True)]
        click.echo(json.dumps(facts[0] if len(facts) == 1 else {"records": facts}, ensure_ascii=False))
    else:
        for lei, one in zip(identifiers, found, strict=True):
            _tell(lei, one, now)
    codes = {_code(one) for one in found}
    return 1 if 1 in codes else max(codes)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME...")
@click.option("--country", default="", metavar="CODE", help="Of the legal address, ISO 3166: HK, MO, CN …")
@click.option("--most", type=click.IntRange(1, 200), default=20, show_default=True, help="How many records.")
@index_option
@api_option
@json_option
def search(words: tuple[str, ...], country: str, most: int, index: Path | None, api: str, as_json: bool) -> int:
    """Records whose name has these words, in the index, or in the register where no index is given.

    Exit code 0 some found, 1 none, 2 could not search.
    """
    text, country = " ".join(words), country.upper()
    found = _search_index(index, text, country, most) if index else asyncio.run(_search_api(api, text, country, most))
    now = datetime.now(UTC)
    if as_json:
        click.echo(json.dumps({"records": [_facts(record.lei, record, now) for record in found]}, ensure_ascii=False))
    else:
        for record in found:
            names = " · ".join(dict.fromkeys([record.legal_name, *(other.value for other in record.other_names)]))
            click.echo(f"{record.lei} {record.country:<2} {record.standing:<6} {names}")
    return 0 if found else 1


async def _look_up(
    identifiers: Sequence[str], index: Path | None, api: str | None, cache: Path
) -> list[LeiRecord | MedcredError]:
    clock = WallClock()
    async with AsyncExitStack() as stack:
        source: LeiSource | None = None
        if index:
            source = stack.enter_context(LeiIndex(index, clock))
        if api:
            kept = stack.enter_context(closing(AnswerFile(cache / "lei-answers.db")))
            http = await stack.enter_async_context(httpx.AsyncClient())
            register = GleifApi(api, http, clock, fresh=timedelta(minutes=1), memory=kept)
            if len(identifiers) > 1:
                # Many in one call; one by one below then finds them in memory, or says what is wrong with each.
                with suppress(UnavailableError):
                    await register.records(identifiers)
            source = TwoSources(register, source, clock) if source else register
        assert source
        found: list[LeiRecord | MedcredError] = []
        for identifier in identifiers:
            try:
                found.append(await source.record(identifier))
            except (NotFoundError, UnavailableError) as error:
                found.append(error)
        return found


def _search_index(index: Path, text: str, country: str, most: int) -> Sequence[LeiRecord]:
    with LeiIndex(index, WallClock()) as opened:
        return [found.record for found in opened.search(text, country=country, most=most)]


async def _search_api(api: str, text: str, country: str, most: int) -> Sequence[LeiRecord]:
    async with httpx.AsyncClient() as http:
        return await GleifApi(api, http, WallClock()).search(text, country=country, most=most)


def _tell(lei: str, one: LeiRecord | MedcredError, now: datetime) -> None:
    if isinstance(one, MedcredError):
        click.echo(f"{MARKS[_code(one)]}: {lei} {one.message}")
        return
    click.echo(f"{MARKS[_code(one)]}: {lei} {one.legal_name}")
    click.echo(f"    entity {one.entity_status}, registration {one.registration_status}")
    click.echo(f"    as of {one.as_of:%Y-%m-%d %H:%M} UTC, from the {one.source}")
    age = LEI_FRESHNESS.of(one.as_of, now)
    if age is not Age.FRESH:
        rule = "nothing new may be issued on it" if age is Age.STALE else "look again before issuing"
        click.echo(f"    note: {_hours(one, now):.0f} hours old; {rule}")
    for name in one.other_names:
        click.echo(f"    also {name.value}")


def _facts(lei: str, one: LeiRecord | MedcredError, now: datetime) -> dict[str, object]:
    if isinstance(one, MedcredError):
        return {"lei": lei, "standing": "unknown", "reason": one.code}
    return {
        "lei": one.lei,
        "legalName": one.legal_name,
        "language": one.language,
        "otherNames": [{"value": name.value, "language": name.language} for name in one.other_names],
        "jurisdiction": one.jurisdiction,
        "country": one.country,
        "registeredAt": one.registered_at,
        "registeredAs": one.registered_as,
        "entityStatus": one.entity_status,
        "registrationStatus": one.registration_status,
        "standing": one.standing.value,
        "asOf": one.as_of.isoformat(),
        "source": one.source.value,
        "ageHours": round(_hours(one, now), 1),
        "age": LEI_FRESHNESS.of(one.as_of, now).value,
    }


def _hours(record: LeiRecord, now: datetime) -> float:
    return max(0.0, (now - record.as_of).total_seconds() / 3600)


def _code(one: LeiRecord | MedcredError) -> int:
    return one.exit_code if isinstance(one, MedcredError) else 0 if one.active else 1
