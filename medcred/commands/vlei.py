"""`medcred vlei`: judge a vLEI stream, with no service of anybody's needed.

Order of `verify`: key event logs from files and OOBI addresses are read, then the stream (`-` is standard input), it is judged,
one line says what came of it, and each check follows with its sentence.
"""

import asyncio
import importlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx

from medcred.commands.options import json_option, language_option
from medcred.commands.verify import SIGNS, Time
from schemas.errors import SetupError, SourceError
from verifier.fetch import Limits, fetch_public
from verifier.identity.vlei import FileMemory, Outcome, VleiResult, pins_for, verify_vlei
from verifier.identity.vlei.events import is_aid
from verifier.identity.vlei.stream import MAX_STREAM
from verifier.reasons import next_step, sentence
from verifier.verdict import Weight

MARKS = {Outcome.ACCEPT: "OK", Outcome.REJECT: "FAIL", Outcome.COULD_NOT_CHECK: "?"}
EXIT_CODES = {Outcome.ACCEPT: 0, Outcome.REJECT: 1, Outcome.COULD_NOT_CHECK: 2}
MOST_HOURS = 1_000_000.0
OOBI_LIMITS = Limits(max_bytes=MAX_STREAM, seconds=10.0, allow_loopback=True)
_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Group(click.Group):
    """`sandbox` is imported only when it is called for: judging needs none of it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "sandbox"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "sandbox":
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module("medcred.commands.vlei_sandbox").vlei_sandbox
        return command


@click.group(cls=_Group)
def vlei() -> None:
    """Verifiable LEIs (KERI, ACDC)."""


@vlei.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE.cesr")
@click.option(
    "--root",
    metavar="AID",
    help="Who must have issued the QVI credential, or that one's delegator. Default: GLEIF's production root.",
)
@click.option("--kel", "kels", multiple=True, type=_existing, metavar="FILE", help="Key event logs the stream lacks.")
@click.option("--oobi", "oobis", multiple=True, metavar="URL", help="Where to fetch such logs.")
@click.option("--lei", metavar="LEI", help="The legal entity it must be about.")
@click.option("--at", type=Time(), metavar="TIME", help="Judge as of that time instead of now.")
@click.option("--max-age", type=click.FloatRange(min=0), metavar="HOURS", help="How old the knowledge of the states may be.")
@click.option("--as-of", type=Time(), metavar="TIME", help="When you got the stream from its issuers yourself.")
@click.option(
    "--memory",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep what was seen of key event logs there, and refuse what contradicts it.",
)
@language_option
@json_option
def verify(
    file: str,
    root: str | None,
    kels: tuple[Path, ...],
    oobis: tuple[str, ...],
    lei: str | None,
    at: datetime | None,
    max_age: float | None,
    as_of: datetime | None,
    memory: Path | None,
    language: str,
    as_json: bool,
) -> int:
    """Judge a chain of vLEI credentials.

    Exit code 0 accepted, 1 rejected, 2 could not be checked.
    """
    if root is not None and not is_aid(root):
        raise click.UsageError("--root is an AID: a key or a digest in CESR text.")
    # Not a number is neither less nor more than anything.
    if max_age is not None and not max_age <= MOST_HOURS:
        raise click.UsageError("--max-age is a number of hours.")
    external = b"".join(each.read_bytes().strip() for each in kels) + asyncio.run(_fetch(oobis))
    with click.open_file(file, "rb") as source:
        # One byte more than may be is enough to see that it is too long.
        stream = source.read(MAX_STREAM + 1)
    try:
        result = verify_vlei(
            stream,
            pins_for(root, external),
            at=at or datetime.now(UTC),
            memory=FileMemory(memory) if memory else None,
            max_age=None if max_age is None else timedelta(hours=max_age),
            as_of=as_of,
            expect_lei=lei,
        )
    except (sqlite3.Error, OSError) as error:
        raise SetupError("vlei.memory", f"The memory {memory} cannot be used.", "Name a file you may write to.") from error
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        _tell(file, result, language)
    return EXIT_CODES[result.outcome]


async def _fetch(oobis: tuple[str, ...]) -> bytes:
    """What the addresses answer. One that does not is told of on stderr; the verdict says what is missing for it."""
    if not oobis:
        return b""
    answers = []
    async with httpx.AsyncClient() as http:
        for oobi in oobis:
            try:
                answers.append(await fetch_public(http, oobi, OOBI_LIMITS, accept="application/json+cesr"))
            except SourceError as error:
                click.echo(f"error: {error.message}\nhint: {error.hint}", err=True)
    return b"".join(answer.strip() for answer in answers)


def _tell(file: str, result: VleiResult, language: str) -> None:
    reasons = f" ({', '.join(result.reasons)})" if result.reasons else ""
    click.echo(f"{MARKS[result.outcome]}: {file} {result.outcome.value}{reasons}")
    for link in result.chain:
        lei = f", LEI {link.lei}" if link.lei else ""
        click.echo(f"    {link.kind.value} {link.said}: {link.state}{lei}")
    if result.as_of:
        click.echo(f"    states as of {result.as_of:%Y-%m-%d %H:%M} UTC")
    for check in result.checks:
        about = f"{check.about} " if check.about else ""
        click.echo(f"  {SIGNS[check.weight]} {about}{check.code}: {sentence(check.reason, language)}")
        if check.weight > Weight.NONE and (step := next_step(check.reason, language)):
            click.echo(f"      hint: {step}")
