"""`medcred lei`: check digits, what the register or an index of its file says, and keeping such an index."""

import click

from medcred.commands.lei.checking import check
from medcred.commands.lei.importing import import_
from medcred.commands.lei.looking import lookup, search
from medcred.commands.lei.serving import serve


@click.group()
def lei() -> None:
    """Legal Entity Identifiers (ISO 17442)."""


for command in (check, lookup, search, import_, serve):
    lei.add_command(command)
