"""`medcred lei check`: form and check digits, without asking anybody."""

import json

import click

from medcred.commands.options import json_option
from verifier.identity.lei import FAULTS, fault_of


@click.command()
@click.argument("identifiers", nargs=-1, required=True, metavar="LEI...")
@json_option
def check(identifiers: tuple[str, ...], as_json: bool) -> int:
    """Check form and check digits. Says nothing about whether the register knows them."""
    faults = {identifier: fault_of(identifier) for identifier in identifiers}
    if as_json:
        verdict = "not_genuine" if any(faults.values()) else "genuine"
        checks = [
            {
                "code": "check_digits",
                "result": "fail" if fault else "pass",
                "about": lei,
                "reason": fault or "lei.check_digits_ok",
            }
            for lei, fault in faults.items()
        ]
        click.echo(json.dumps({"verdict": verdict, "checks": checks}))
    else:
        for identifier, fault in faults.items():
            click.echo(f"FAIL: {identifier} {FAULTS[fault]}" if fault else f"OK: {identifier}")
    return 1 if any(faults.values()) else 0
