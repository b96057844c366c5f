"""`medcred up`: run everything in agents.yml until told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path

import click

from medcred.commands.options import house_argument
from medcred.house import House, read_house
from medcred.supervise.plan import plans
from medcred.supervise.process import Plan, Process, State
from medcred.supervise.supervisor import Supervisor


@click.command()
@house_argument
def up(house: Path) -> None:
    """Run everything in agents.yml: agents, ledger, witness and services. Ctrl-C stops them in order."""
    told = read_house(house)
    asyncio.run(run_until_stopped(told, plans(told)))


async def run_until_stopped(house: House, planned: Sequence[Plan]) -> None:
    """Run processes of a house until SIGINT or SIGTERM, telling what becomes of them."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"starting; logs are in {house.state / 'logs'}", err=True)
    async with Supervisor(planned, _say) as supervisor:
        ready = asyncio.create_task(supervisor.all_ready())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            for port, owner in sorted(house.ports().items()):
                if owner.removeprefix("service ") in supervisor.processes:
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
