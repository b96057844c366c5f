"""Writes the generated parts of the documentation anew: `python -m tests.docs.generate`.

Which part comes from where is `PARTS`; `test_generated` fails while a page differs from its source.
"""

from collections.abc import Callable

import click

from medcred.cli import medcred
from tests.docs import errors
from tests.docs.pages import ROOT, write_generated
from tests.test_arrows import ARROWS
from verifier.reasons import LANGUAGES, REASONS, next_step, sentence
from verifier.verdict import Weight
from verifier.verify import CREDENTIAL, LIVE, PRESENTATION_SEAL, SEAL

WIDTH = 96
EFFECTS = {Weight.NONE: "none", Weight.NOTE: "note", Weight.DOUBT: "could not check", Weight.BREAK: "not genuine"}


def arrows() -> str:
    """Each room and what it may import, lowest first."""
    height: dict[str, int] = {}
    while len(height) < len(ARROWS):
        height |= {
            room: max((height[t] + 1 for t in targets), default=0) for room, targets in ARROWS.items() if targets <= height.keys()
        }
    lines = []
    for level in range(max(height.values()), -1, -1):
        for room in (room for room in ARROWS if height[room] == level):
            lines.append(f"{room:<14} → {', '.join(sorted(ARROWS[room], key=list(ARROWS).index)) or '(nothing)'}")
    return "```text\n" + "\n".join(lines) + "\n```"


def commands() -> str:
    """The help of every command."""
    # A command keeps its help option from the first context it meets; this one must be as the command line's own.
    names = medcred.context_settings["help_option_names"]
    context = click.Context(medcred, info_name="medcred", terminal_width=WIDTH, max_content_width=WIDTH, help_option_names=names)
    return "\n\n".join(_help(medcred, context))


def _help(command: click.Command, context: click.Context) -> list[str]:
    found = [f"### `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below
            found += _help(below, click.Context(below, info_name=name, parent=context))
    return found


def check_names() -> str:
    """The checks of a credential and of a presentation, in order."""
    lines = [
        f"- **A credential:** {', '.join(f'`{name}`' for name in (*SEAL, *CREDENTIAL))}.",
        f"- **A presentation, around its credentials:** {', '.join(f'`{name}`' for name in (*PRESENTATION_SEAL, *LIVE))}.",
    ]
    return "\n".join(lines)


def reasons() -> str:
    """Every reason code: its result, what it does to the verdict, its sentence and its next step in four languages."""
    parts: list[str] = []
    for code, reason in REASONS.items():
        lines = [f"| **`{code}`** | {reason.result} · {EFFECTS[reason.weight]} | |", *_said(code)]
        parts += lines
    return "\n".join(["| reason | the sentence | what to do |", "| --- | --- | --- |", *parts])


def _said(code: str) -> list[str]:
    return [f"| {language} | {sentence(code, language)} | {next_step(code, language)} |" for language in LANGUAGES]


PARTS: dict[tuple[str, str], Callable[[], str]] = {
    ("docs/architecture.md", "arrows"): arrows,
    ("docs/reference/cli.md", "commands"): commands,
    ("docs/reference/checks.md", "check-names"): check_names,
    ("docs/reference/checks.md", "reasons"): reasons,
    ("docs/reference/errors.md", "kinds"): errors.kinds,
    ("docs/reference/errors.md", "errors"): errors.table,
}


def main() -> None:
    for (page, name), make in PARTS.items():
        write_generated(ROOT / page, name, make())


if __name__ == "__main__":
    main()
