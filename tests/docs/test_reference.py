"""The reference pages against the code: generated parts are as the code is, hand-made tables name exactly what there is."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from medcred.house import model, read_house
from medcred.house.secrets import write_private
from medcred.supervise.run import application
from medcred.supervise.services import ServiceSettings
from tests.docs import errors
from tests.docs.generate import PARTS
from tests.docs.pages import ROOT, generated
from verifier.reasons import REASONS

REFERENCE = ROOT / "docs" / "reference"
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"
# Headings of agents-yml.md, and the model that each describes.
SECTIONS: dict[str, type[BaseModel]] = {
    "## Top": model.House,
    "## agents": model.AgentEntry,
    "### ports": model.AgentPorts,
    "### storage, sqlite": model.SqliteStorage,
    "### storage, postgresql": model.PostgresStorage,
    "### secrets": model.AgentSecrets,
    "## services": model.Services,
    "### lei_registry": model.LeiRegistry,
    "### ledger": model.LedgerEntry,
    "### witness": model.WitnessEntry,
    "### issuer": model.IssuerEntry,
    "### wallet": model.WalletEntry,
    "### desk": model.DeskEntry,
    "### staff": model.StaffEntry,
    "### patients": model.PatientEntry,
}
# Pages for people, and what FastAPI and the pages' files add.
PAGES_OF = {
    "issuer": r"/|/console.*|/sign-in|/logout",
    "wallet": r"/|/login|/logout|/scan.*|/(invitations|offers|requests|records)/.*|/history|/events",
    "desk": r"/|/login|/logout|/verify GET|/sessions/\{session_id\}/(reading|leave)",
    "ledger": r"(?!)",
    "witness": r"(?!)",
}
ADDED = r"/docs.*|/redoc|(/api)?/openapi\.json|/static.*|/assets.*"


@pytest.mark.parametrize(("page", "name"), PARTS, ids=lambda value: str(value))
def test_generated_parts_are_as_the_code_is(page: str, name: str) -> None:
    assert generated(ROOT / page)[name] == PARTS[page, name](), "run: python -m tests.docs.generate"


def test_every_error_says_what_to_do() -> None:
    found = errors.raised()
    assert len({error.code for error in found}) > 200
    assert not [error.code for error in found if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", error.code)]
    rows = [line.split(" | ") for line in generated(REFERENCE / "errors.md")["errors"].splitlines()[2:]]
    assert {row[0] for row in rows} == {f"| `{error.code}`" for error in found}
    assert not [row for row in rows if not row[1].strip() or not row[2].strip()]


@pytest.mark.parametrize("heading", SECTIONS)
def test_agents_yml_names_every_key_and_its_default(heading: str) -> None:
    text = (REFERENCE / "agents-yml.md").read_text()
    part = text.split(f"\n{heading}\n")[1].split("\n#")[0].split("| key |")[1].split("\n\n")[0]
    documented = dict(re.findall(r"^\| `([a-z_]+)` \|.*\| ([^|]*?) ?\|$", part, re.MULTILINE))
    fields = SECTIONS[heading].model_fields
    assert documented.keys() == fields.keys()
    for name, field in fields.items():
        assert documented[name] == _default(field.default), name


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return ""
    if value is None or isinstance(value, model.Services):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("service", PAGES_OF)
def test_http_api_names_every_call(service: str, tmp_path: Path) -> None:
    text = (REFERENCE / "http-api.md").read_text()
    documented = set(
        re.findall(
            r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", text.split(f"\n## {service}\n")[1].split("\n## ")[0], re.MULTILINE
        )
    )
    assert documented == _calls(service, tmp_path)


def _calls(service: str, folder: Path) -> set[str]:
    """What the service answers to programs, `METHOD /path`."""
    (folder / "agents.yml").write_text((ROOT / "agents.yml").read_text())
    house = read_house(folder / "agents.yml")
    write_private(house.state / "trust-publisher", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    file = folder / f"{service}.json"
    asyncio.run(ServiceSettings(house).write(service, file))
    app, _ = application(service, file)
    calls = {(method, route.path) for route in _routes(app.routes) for method in route.methods or () if method != "HEAD"}
    pages = re.compile(PAGES_OF[service])
    kept = {
        (method, path)
        for method, path in calls
        if not re.fullmatch(ADDED, path) and not pages.fullmatch(path) and not pages.fullmatch(f"{path} {method}")
    }
    return {f"{method} {path.rstrip('/')}" for method, path in kept}


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """All routes that answer a method, those of included routers too (FastAPI includes a router lazily, as one route)."""
    for route in routes:
        if router := getattr(route, "original_router", None):
            yield from _routes(router.routes)
        elif hasattr(route, "methods"):
            yield route


def test_troubleshooting_knows_every_finding_of_the_doctor() -> None:
    sources = "\n".join(file.read_text() for file in (ROOT / "medcred" / "doctor").glob("*.py"))
    codes = set(re.findall(r'Finding\(\s*f?"([a-z_.]+?)\.?[{"]', sources)) | set(
        re.findall(r'code(?:, name)? = f"([a-z]+)\.\{', sources)
    )
    part = TROUBLESHOOTING.read_text().split("## What the doctor says")[1]
    assert set(re.findall(r"^\| `([a-z._]+)` \|", part, re.MULTILINE)) == codes


def test_messages_in_troubleshooting_are_those_of_the_code() -> None:
    """A heading in backquotes is a message somebody sees, `…` for what changes."""
    rooms = [file.read_text() for room in errors.ROOMS for file in (ROOT / room).rglob("*.py")]
    sources = "\n".join([*rooms, (ROOT / "tools" / "setup").read_text()])
    for message in re.findall(r"^### `(.+)`$", TROUBLESHOOTING.read_text(), re.MULTILINE):
        pieces = [piece.strip(" .") for piece in message.split("…") if len(piece.strip()) > 3]
        assert all(piece in sources for piece in pieces), message


def test_reasons_in_troubleshooting_exist() -> None:
    named = re.findall(r"^### .*verdict says `([a-z_.]+)`$", TROUBLESHOOTING.read_text(), re.MULTILINE)
    assert len(named) >= 5
    assert set(named) <= REASONS.keys()
