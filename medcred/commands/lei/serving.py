"""`medcred lei serve`: an index over HTTP, in the form of GLEIF's API."""

from pathlib import Path

import click

from medcred.commands.options import WallClock
from verifier.identity.lei.index import LeiIndex


@click.command()
@click.option(
    "--index",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="MEDCRED_LEI_INDEX",
    required=True,
    metavar="FILE",
    help="An index made by medcred lei import.",
)
@click.option("--port", type=click.IntRange(1, 65535), required=True, metavar="PORT")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
def serve(index: Path, port: int, host: str) -> int:
    """Answer look-ups as GLEIF's API does. A new import is noticed without a restart."""
    import uvicorn

    from medcred.lei_service import create_app

    with LeiIndex(index, WallClock()) as opened:
        click.echo(f"http://{host}:{port}/api/v1", err=True)
        # Names that people look for stand in the URLs of searches: no access log.
        uvicorn.run(create_app(opened), host=host, port=port, log_level="warning", access_log=False)
    return 0
