"""`medcred up`: run everything in agents.yml until told to stop."""

import asyncio
import contextlib
import signal
from pathlib import Path

import click

from medcred.commands.options import house_argument
from medcred.house import read_house
from medcred.supervise.plan import plans
from medcred.supervise.process import Process, State
from medcred.supervise.supervisor import Supervisor


@click.command()
@house_argument
def up(house: Path) -> None:
    """Run everything in agents.yml: agents, ledger, witness and services. Ctrl-C stops them in order."""
    asyncio.run(_run(house))


async def _run(file: Path) -> None:
    house = read_house(file)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"starting; logs are in {house.state / 'logs'}", err=True)
    async with Supervisor(plans(house), _say) as supervisor:
        ready = asyncio.create_task(supervisor.all_ready())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            for port, owner in sorted(house.ports().items()):
                if owner.startswith("service "):
                    click.echo(f"  http://localhost:{port}  {owner.removeprefix('service ')}", err=True)
            click.echo("everything is ready; Ctrl-C stops it", err=True)
            await stopped
        ready.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ready
        click.echo("stopping", err=True)


def _say(process: Process) -> None:
    why = f": {process.why}" if process.state is State.BROKEN else ""
    click.echo(f"  {process.plan.name:<16}{process.state}{why}", err=True)
