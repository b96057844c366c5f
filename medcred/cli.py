"""`medcred`: noun then verb. Each command lives in `medcred.commands` and is imported only when it is asked for.

Exit codes: 0 good, 1 not good (not genuine, refused), 2 could not check, 64 the call is wrong, 70 this machine lacks something.
Errors are two lines on stderr, `error:` and `hint:`. `--json` prints one object on stdout and nothing else.
"""

import importlib
import sys

import click

from schemas.errors import MedcredError

# name -> module in medcred.commands that holds a click command of that name
COMMANDS = {
    "demo": "demo",
    "up": "up",
    "doctor": "doctor",
    "lei": "lei",
    "certificate": "certificate",
    "vlei": "vlei",
    "hospital": "hospital",
    "handover": "handover",
    "clinic": "clinic",
    "trust": "trust",
    "issue": "issue",
    "revoke": "issue",
    "verify": "verify",
    "inspect": "inspect",
    "ledger": "ledger",
}
USAGE = 64
_ROOMS = frozenset({"schemas", "sm", "ledger", "verifier", "agents", "issuer", "wallet", "medcred", "storage", "web"})


def _is_ours(error: ModuleNotFoundError) -> bool:
    """Whether a module of this house is missing, which is a fault and no matter of what is installed."""
    return bool(error.name) and str(error.name).split(".")[0] in _ROOMS


def _not_installed(name: str, missing: ModuleNotFoundError) -> click.Command:
    """A command that this machine has not the packages for: it is listed, and says so when it is called."""

    def say(arguments: tuple[str, ...]) -> None:
        raise missing

    return click.Command(
        name,
        callback=say,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        help="Needs more packages: pip install 'medcred[all]'",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            module = importlib.import_module(f"medcred.commands.{COMMANDS[cmd_name]}")
        except ModuleNotFoundError as error:
            if _is_ours(error):
                raise
            return _not_installed(cmd_name, error)
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="medcred")
def medcred() -> None:
    """Medical-record credentials that a patient carries and anyone can verify."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        result = medcred.main(args=arguments, standalone_mode=False, auto_envvar_prefix="MEDCRED")
    except click.UsageError as error:
        return _complain(error.format_message(), f"{error.ctx.command_path} --help" if error.ctx else "medcred --help", USAGE)
    except click.Abort:
        return 130
    except ModuleNotFoundError as error:
        if _is_ours(error):
            raise
        return _complain(f"This command needs the package {error.name}.", "pip install 'medcred[all]'", 70)
    except MedcredError as error:
        return _complain(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def _complain(message: str, hint: str, code: int) -> int:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return code
