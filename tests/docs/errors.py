"""Every error that medcred raises on purpose, read from its source: code, message, hint, kind.

A message or a hint that is put together when it is raised has `…` where the changing part stands.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas import errors
from tests.docs.pages import ROOT

ROOMS = ("schemas", "sm", "storage", "web", "ledger", "verifier", "agents", "issuer", "wallet", "medcred")
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.MedcredError)}

# What to do where the place that raises an error leaves it to its kind.
BY_KIND = (
    (errors.NotFoundError, "Compare the id or address with what you were given; it may be used up or out of date."),
    (errors.NotAllowedError, "Ask somebody whose role allows it."),
    (errors.RefusedError, "Read the thing again: its state decides which steps it can take."),
    (errors.UnavailableError, "Try again; `medcred doctor` says which part is away."),
    (errors.SetupError, "`medcred doctor` says what this machine lacks."),
    (errors.InputError, "Correct what was sent, and send it again."),
)


@dataclass(frozen=True, order=True)
class Raised:
    """One error as one place raises it."""

    code: str
    kind: str
    message: str
    hint: str


def raised() -> set[Raised]:
    """Every error with a code that is written where it is raised."""
    return {error for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")) for error in _in(ast.parse(file.read_text()))}


def table() -> str:
    """A Markdown table of all errors, a line a code."""
    lines = ["| code | the message you see, which says why | what to do | kind |", "| --- | --- | --- | --- |"]
    by_code: dict[str, list[Raised]] = {}
    for error in sorted(raised()):
        by_code.setdefault(error.code, []).append(error)
    for code, places in by_code.items():
        messages = _together(place.message for place in places)
        hints = _together(place.hint or _by_kind(place.kind) for place in places)
        kinds = ", ".join(dict.fromkeys(f"`{place.kind}`" for place in places))
        lines.append(f"| `{code}` | {messages} | {hints} | {kinds} |")
    return "\n".join(lines)


def kinds() -> str:
    """A Markdown table of the kinds of error: what each means for a program."""
    lines = ["| kind | is a | HTTP status | exit code |", "| --- | --- | --- | --- |"]
    for name, kind in KINDS.items():
        parent = kind.__mro__[1].__name__
        lines.append(f"| `{name}` | {f'`{parent}`' if parent in KINDS else ''} | {kind.http_status} | {kind.exit_code} |")
    return "\n".join(lines)


def _in(tree: ast.Module) -> Iterator[Raised]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args):
            continue
        first, *rest = node.args
        code = constants.get(first.id) if isinstance(first, ast.Name) else getattr(first, "value", None)
        if isinstance(code, str):
            message, hint = ([_text(part) for part in rest[:2]] + ["", ""])[:2]
            yield Raised(code, node.func.id, message, hint)


def _text(node: ast.expr) -> str:
    """The text of an argument, `…` for what is only known when it runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body)} / {_text(node.orelse)}"
    return "…"


def _by_kind(kind: str) -> str:
    return next(text for parent, text in BY_KIND if issubclass(KINDS[kind], parent))


def _together(texts: Iterable[str]) -> str:
    """Different texts of one code; one that is only known when it happens says nothing beside others."""
    cells = list(dict.fromkeys(_cell(text) for text in texts))
    return "<br>".join([cell for cell in cells if cell != "…"] or cells)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;")
