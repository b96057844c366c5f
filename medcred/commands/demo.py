"""`medcred demo`: the whole story on this machine, with real agents."""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import click

from medcred.commands.options import house_argument, json_option
from medcred.demo.rehearsal import Rehearsal
from medcred.demo.story import Outcome, Story
from medcred.demo.telling import Teller
from medcred.doctor.settings import taken_by
from medcred.house import House, read_house
from medcred.house.secrets import Secrets
from medcred.supervise.plan import plans
from medcred.supervise.supervisor import Supervisor
from schemas.errors import MedcredError, SetupError
from verifier.reasons import sentence

RANK = {"pass": 0, "unknown": 1, "fail": 2}
SIGNS = {"pass": "✓", "unknown": "?", "fail": "✗"}


@click.command()
@house_argument
@json_option
@click.option("--stay/--no-stay", default=None, help="Keep everything running afterwards, to look at it. Default: on a terminal.")
def demo(house: Path, as_json: bool, stay: bool | None) -> int:
    """Tell the whole story on this machine: agents, hospitals, a patient, a clinic, a verdict.

    Everything runs in a folder of its own, removed at the end. Nothing of `medcred up` is touched; all names are synthetic.
    """
    stay = sys.stdout.isatty() and not as_json if stay is None else stay
    with tempfile.TemporaryDirectory(prefix="medcred-demo-") as folder:
        told = read_house(house).model_copy(update={"state": Path(folder)})
        try:
            return asyncio.run(_run(told, as_json=as_json, stay=stay))
        except MedcredError as error:
            error.hint = error.hint.replace(str(Path(folder) / "logs"), _keep_logs(Path(folder)))
            raise
        except BaseException:
            _keep_logs(Path(folder))
            raise


async def _run(house: House, *, as_json: bool, stay: bool) -> int:
    for port, owner in house.ports().items():
        if holder := taken_by(port):
            raise SetupError(
                "demo.ports", f"Port {port} for {owner} is taken by {holder}.", "Stop it: the demo uses the same ports."
            )
    teller = Teller(None if as_json else lambda line: click.echo(line))
    teller.aside("medcred: the whole story on this machine. Every name, LEI and person is synthetic.\n")
    rehearsal = await asyncio.to_thread(_rehearsal, house, teller)
    house = rehearsal.named_in(house) if rehearsal else house
    async with Supervisor(plans(house), lambda _: None) as supervisor:
        with teller.step("Four agents, a ledger, its witness and the services start") as step:
            await supervisor.all_ready()
            step.say(", ".join(supervisor.processes))
        outcome = await Story(house, supervisor, teller, rehearsal).tell()
        urls = _urls(house) if stay else {}  # nothing is there to open when everything stops
        if as_json:
            click.echo(json.dumps(_as_object(outcome, teller, urls), ensure_ascii=False))
        else:
            _close(outcome, teller)
        if stay:
            if not as_json:
                _open(urls, house)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return 0


def _rehearsal(house: House, teller: Teller) -> Rehearsal | None:
    """A rehearsal of vLEI; None, with a line that says why, on a machine that has not what it needs."""
    try:
        return Rehearsal.found(house.state / "rehearsal")
    except SetupError as error:
        teller.aside(f"The hospitals show no vLEI: {error.message} {error.hint}\n")
        return None


def _as_object(outcome: Outcome, teller: Teller, urls: dict[str, str]) -> dict[str, object]:
    verdict: dict[str, object] = outcome.verdict
    return verdict | {
        "refused": outcome.refusals,
        "carried": outcome.carried,
        "steps": teller.as_dict(),
        "seconds": teller.seconds,
        "urls": urls,
    }


def _urls(house: House) -> dict[str, str]:
    services = house.services
    found = {"hospital console": services.issuer, "patient's wallet": services.wallet, "clinic desk": services.desk}
    urls = {name: f"http://localhost:{service.port}" for name, service in found.items() if service}
    return urls | {"verify a file": f"{urls['clinic desk']}/verify"}


def _close(outcome: Outcome, teller: Teller) -> None:
    click.echo(f"\nVerdict at the clinic: {outcome.verdict['verdict'].upper()}, after {teller.seconds:.0f} s in all.")
    _tell_checks(outcome.verdict["checks"])


def _open(urls: dict[str, str], house: House) -> None:
    """Where to look at it, and how to sign in."""
    click.echo("\nOpen:")
    for name, url in urls.items():
        click.echo(f"  {name:<17} {url}")
    services, secrets = house.services, Secrets(house.state)
    click.echo("\nSign in with:")
    for person in services.issuer.staff if services.issuer else ():
        click.echo(f"  console   {person.name:<10} {secrets.password(person.password)}")
    for patient in services.wallet.patients if services.wallet else ():
        click.echo(f"  wallet    {patient.login:<10} {secrets.pin(patient.passcode)}")
    for person in services.desk.staff if services.desk else ():
        click.echo(f"  desk      {person.name:<10} {secrets.password(person.password)}")
    click.echo("\nEverything keeps running for you to look at; Ctrl-C ends it.")


def _tell_checks(checks: list[dict[str, str]]) -> None:
    """Every check once: of several credentials the least good finding of each."""
    worst: dict[str, dict[str, str]] = {}
    for check in checks:
        before = worst.get(check["code"])
        if before is None or RANK[check["result"]] > RANK[before["result"]]:
            worst[check["code"]] = check
    for code, check in worst.items():
        click.echo(f"  {SIGNS[check['result']]} {code:<20} {sentence(check['reason'])}")


def _keep_logs(folder: Path) -> str:
    """The logs of a story that failed, where somebody can read them; answers where."""
    kept = Path(tempfile.gettempdir()) / "medcred-demo-logs"
    if (folder / "logs").is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder / "logs", kept)
        click.echo(f"the logs are kept in {kept}", err=True)
    return str(kept)
