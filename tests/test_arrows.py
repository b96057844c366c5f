"""The import arrows of the house point one way.

The picture below is the whole rule: a room may import the rooms named beside it and itself. `verifier.desk` is a room
of its own inside `verifier`, because the library must work without a web server or a database.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ARROWS: dict[str, set[str]] = {
    "schemas": set(),
    "sm": {"schemas"},
    "storage": {"schemas"},
    "web": {"schemas"},
    "ledger": {"schemas", "sm", "storage", "web"},
    "verifier": {"schemas", "sm", "ledger"},
    "agents": {"schemas"},
    "verifier.desk": {"schemas", "sm", "ledger", "verifier", "agents", "storage", "web"},
    "issuer": {"schemas", "sm", "ledger", "verifier", "agents", "storage", "web"},
    "wallet": {"schemas", "ledger", "agents", "storage", "web"},
    "medcred": {"schemas", "sm", "ledger", "verifier", "agents", "issuer", "wallet", "storage", "web", "verifier.desk"},
}

# What the verifier library must not need: it is all that a clinic installs.
HEAVY = {"fastapi", "sqlalchemy", "alembic", "acapy_agent", "aries_askar", "uvicorn", "jinja2", "fhir", "psycopg"}


def room_of(module: str) -> str:
    """The room that a dotted module name lies in; empty for what is not ours."""
    return next((room for room in sorted(ARROWS, key=len, reverse=True) if module == room or module.startswith(f"{room}.")), "")


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, anywhere in it, with the line."""
    for node in ast.walk(ast.parse(file.read_text(), str(file))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}:{node.lineno}: a relative import hides which room it enters"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def files(room: str) -> list[Path]:
    folder = ROOT / room.replace(".", "/")
    inner = [ROOT / other.replace(".", "/") for other in ARROWS if other.startswith(f"{room}.")]
    return [file for file in sorted(folder.rglob("*.py")) if not any(file.is_relative_to(other) for other in inner)]


@pytest.mark.parametrize("room", ARROWS)
def test_arrows_point_one_way(room: str) -> None:
    found = files(room)
    assert found, f"{room} is empty"
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in found
        for module, line in imports(file)
        if (target := room_of(module)) and target != room and target not in ARROWS[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_picture_has_no_circle() -> None:
    remaining = dict(ARROWS)
    while remaining:
        free = [room for room, targets in remaining.items() if not targets & remaining.keys()]
        assert free, f"these rooms import each other: {sorted(remaining)}"
        for room in free:
            del remaining[room]


@pytest.mark.parametrize("room", ["schemas", "sm", "verifier"])
def test_what_a_clinic_installs_stays_light(room: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files(room)
        if not file.is_relative_to(ROOT / "schemas" / "fhir") and not file.is_relative_to(ROOT / "schemas" / "samples")
        for module, line in imports(file)
        if module.split(".")[0] in HEAVY
    ]
    assert not wrong, "\n".join(wrong)
