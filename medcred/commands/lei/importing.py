"""`medcred lei import`: GLEIF's published files into an index."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from medcred.commands.options import json_option
from medcred.commands.verify import Time
from verifier.identity.lei.importing import Order, import_files
from verifier.verdict import stamp


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE...")
@click.option(
    "--index",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MEDCRED_LEI_INDEX",
    required=True,
    metavar="FILE",
    help="The index to make or to change.",
)
@click.option("--country", default="", metavar="CODES", help="Keep only these, ISO 3166 with commas: HK,MO,CN.")
@click.option("--delta", is_flag=True, help="The files are changes since the index was made.")
@click.option("--published", type=Time(), metavar="TIME", help="When, where the file's name does not say.")
@json_option
def import_(files: tuple[Path, ...], index: Path, country: str, delta: bool, published: datetime | None, as_json: bool) -> int:
    """Make an index of a golden copy (lei2; CSV or JSON, zipped or plain), or apply delta files to one.

    The old index serves until the new one is whole. An import that was stopped goes on when it is called again.
    """
    countries = tuple(sorted({code.strip().upper() for code in country.split(",")} - {""}))
    if any(len(code) != 2 or not code.isascii() or not code.isalpha() for code in countries):
        raise click.BadParameter("two letters each, with commas: HK,MO,CN", param_hint="--country")
    if delta and countries:
        raise click.UsageError("a delta keeps the countries of its index; leave --country out")
    order = Order(files, index, countries, delta, published)
    about = import_files(order, _Bar()) if sys.stderr.isatty() else import_files(order)
    if as_json:
        facts = asdict(about) | {"as_of": stamp(about.as_of), "chinese_folds": bool(about.fold)}
        del facts["fold"]
        click.echo(json.dumps(facts))
    else:
        where = ", ".join(about.countries) or "the whole world"
        click.echo(f"OK: {about.records:,} records of {where}, as of {about.as_of:%Y-%m-%d %H:%M} UTC")
        if about.passed_over:
            click.echo(f"    {about.passed_over:,} rows had no right LEI or no name, and were passed over")
        if not about.fold:
            click.echo("    without OpenCC traditional and simplified Chinese are searched as they are written")
    return 0


class _Bar:
    """One line on stderr that says how far an import is."""

    WIDTH = 30

    def __init__(self) -> None:
        self._step = ""

    def __call__(self, step: str, done: int, total: int, records: int) -> None:
        if self._step not in ("", step):
            click.echo(err=True)
        self._step = step
        full = self.WIDTH * done // max(1, total)
        click.echo(f"\r{step:<16} [{'#' * full}{'.' * (self.WIDTH - full)}] {records:>11,} records", nl=False, err=True)
        if done >= total:
            self._step = ""
            click.echo(err=True)
