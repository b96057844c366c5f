"""Options that several commands share."""

from datetime import UTC, datetime
from pathlib import Path

import click

import medcred


class WallClock:
    """The time, for commands of the base package, which has no storage room."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def default_house() -> Path:
    """agents.yml here, else the one that came with medcred."""
    here = Path("agents.yml")
    package = Path(medcred.__file__).parent
    return next((file for file in (here, package.parent / "agents.yml", package / "agents.yml") if file.exists()), here)


house_argument = click.argument("house", type=click.Path(path_type=Path), default=default_house, metavar="[agents.yml]")
house_option = click.option(
    "--house",
    type=click.Path(path_type=Path),
    default=default_house,
    metavar="FILE",
    help="Which agents.yml. Default: the one here.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
language_option = click.option(
    "--language", type=click.Choice(["zh-Hant", "zh-Hans", "en", "pt"]), default="en", show_default=True, help="Of the sentences."
)
