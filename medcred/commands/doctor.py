"""`medcred doctor`: what is wrong here, and how to mend it."""

import asyncio
import json
from pathlib import Path

import click

from medcred.commands.options import house_argument, json_option
from medcred.doctor import Finding, Health, examine
from medcred.house import House, read_house

MARKS = {Health.OK: "OK  ", Health.WARN: "WARN", Health.FAIL: "FAIL", Health.UNKNOWN: "?   "}


@click.command()
@house_argument
@json_option
def doctor(house: Path, as_json: bool) -> int:
    """Name what is wrong on this machine or in agents.yml, and how to mend it.

    Exit code 0 when nothing is wrong, 1 when something must be mended.
    """
    findings = asyncio.run(_all(read_house(house), quiet=as_json))
    if as_json:
        click.echo(json.dumps({"findings": [finding.as_dict() for finding in findings]}, ensure_ascii=False))
    return 1 if any(finding.health is Health.FAIL for finding in findings) else 0


async def _all(house: House, *, quiet: bool) -> list[Finding]:
    findings = []
    async for finding in examine(house):
        findings.append(finding)
        if not quiet:
            click.echo(f"{MARKS[finding.health]} {finding.says}")
            if finding.mend:
                click.echo(f"     hint: {finding.mend}")
    return findings
