"""`medcred handover`: what an LEI issuer does with the package that a registrar made of a hospital's checklist."""

import json
from pathlib import Path

import click

from issuer.onboarding.checks.hand_over import LARGEST, check_package
from medcred.commands.options import json_option


@click.group()
def handover() -> None:
    """Check a package that asks an LEI issuer for an LEI."""


@handover.command()
@click.argument("package", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--publisher", required=True, metavar="DID", help="The registrar's did:key, learnt from the registrar itself.")
@json_option
def check(package: Path, publisher: str, as_json: bool) -> int:
    """Check the signature and every digest of PACKAGE. Exit code 0 when all hold."""
    with package.open("rb") as stream:
        said = check_package(stream.read(LARGEST + 1), publisher)
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False))
        return 0
    click.echo(f"OK: signed by {publisher} at {said['madeAt']}")
    click.echo(
        f"    {said['hospital']['name']}, {said['hospital']['jurisdiction']}, LEI {said['hospital'].get('lei', 'none yet')}"
    )
    for paper in said["papers"]:
        click.echo(f"    {paper['slot']}: {paper['result']}")
    click.echo(f"    {said['statement']}")
    return 0
