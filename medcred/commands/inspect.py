"""`medcred inspect`: what is this file? Said by its form alone.

Nothing is verified, nothing in the file is believed, nothing is fetched: the facts are what the file claims. Whether they are
true is for `medcred verify`.
"""

import json
from dataclasses import replace
from typing import Any

import click

from medcred.commands.options import json_option
from verifier.documents import MAX_BYTES
from verifier.inspect import Inspection, Kind
from verifier.inspect import inspect as read_form

UNKNOWN_KINDS = frozenset({Kind.JSON, Kind.TEXT, Kind.BINARY})
VERIFIABLE_KINDS = frozenset({Kind.CARRIED_RECORD, Kind.CREDENTIAL, Kind.PRESENTATION})


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE..."
)
@json_option
def inspect(files: tuple[str, ...], as_json: bool) -> int:
    """Say what files are, without trusting them.

    Exit code 0 when each is of a known kind, 2 when one is not.
    """
    found = [(name, _look(name)) for name in files]
    if as_json:
        click.echo(json.dumps(_as_object(found), ensure_ascii=False))
    else:
        for name, inspection in found:
            _tell(name, inspection)
    return 2 if any(inspection.kind in UNKNOWN_KINDS for _, inspection in found) else 0


def _look(name: str) -> Inspection:
    """What a file is (`-` is standard input). One byte more than a document may have is enough to see that it is too long."""
    with click.open_file(name, "rb") as stream:
        head = stream.read(MAX_BYTES + 1)
    found = read_form(head)
    if len(head) > MAX_BYTES and "bytes" in found.facts:
        return replace(found, facts={"bytes": f"more than {MAX_BYTES}"})
    return found


def _as_object(found: list[tuple[str, Inspection]]) -> dict[str, Any]:
    """One file: what it is. Several: each in `files`."""
    each = [{"file": name, **inspection.as_dict()} for name, inspection in found]
    return each[0] if len(each) == 1 else {"files": each}


def _tell(name: str, inspection: Inspection) -> None:
    click.echo(f"{name}: {inspection.description}")
    for fact, value in inspection.facts.items():
        click.echo(f"    {fact}: {value}")
    if inspection.kind in VERIFIABLE_KINDS:
        click.echo("    hint: nothing of this was verified; medcred verify judges it")
