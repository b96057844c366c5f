"""`medcred ledger`: run the ledger of a house, have any file witnessed, prove it later, and check the ledger itself.

A witnessed file has a small JSON file beside it, FILE.receipt.json: the salt of its fingerprint and the ledger's receipt. Who
has both can prove when the file existed; who has neither learns nothing from the ledger.
"""

import asyncio
import json
import mimetypes
import secrets as randomness
from pathlib import Path
from typing import Any

import click
import httpx

from ledger.client import LedgerClient
from ledger.commitment import Commitment, commit_stream
from ledger.database import open_database
from ledger.encoding import decode_multibase, encode_multibase
from ledger.export import export_checkpoints
from ledger.fsck import fsck as read_everything
from ledger.keys import VerifierKey
from ledger.receipt import verify_receipt
from medcred.commands.options import house_option, json_option
from medcred.commands.up import run_until_stopped
from medcred.commands.verify import read_trust
from medcred.house import House, read_house
from medcred.house.model import LedgerEntry
from medcred.house.secrets import Secrets, write_private
from medcred.party import until
from medcred.supervise.plan import plans
from medcred.supervise.services import ServiceSettings
from schemas.errors import ConfigError, FormatError

SALT_BYTES = 32
RECEIPT_TYPE = "WitnessedFile"


@click.group()
def ledger() -> None:
    """Run the ledger, have files witnessed, prove and check."""


@ledger.command()
@house_option
def serve(house: Path) -> None:
    """Run the ledger of agents.yml and its witness until told to stop."""
    told = read_house(house)
    _entry(told)
    asyncio.run(run_until_stopped(told, [plan for plan in plans(told) if plan.name in ("ledger", "witness")]))


@ledger.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--media-type", help="Of the file. Default: by its name.")
@click.option("--algorithm", type=click.Choice(["sha-256", "sm3"]), default="sha-256", show_default=True)
@house_option
@json_option
def append(file: Path, media_type: str | None, algorithm: str, house: Path, as_json: bool) -> int:
    """Have FILE witnessed; its salt and receipt are written to FILE.receipt.json."""
    media_type = media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    salt = randomness.token_bytes(SALT_BYTES)
    with file.open("rb") as stream:
        commitment = Commitment(algorithm, commit_stream(salt, media_type, stream, algorithm))  # type: ignore[arg-type]
    receipt = asyncio.run(_witnessed(read_house(house), commitment, hand_in=True))
    beside = file.with_name(f"{file.name}.receipt.json")
    content = {
        "type": RECEIPT_TYPE,
        "mediaType": media_type,
        "algorithm": algorithm,
        "salt": encode_multibase(salt),
        "receipt": receipt,
    }
    write_private(beside, json.dumps(content, indent=1))
    _say(
        as_json,
        {"commitment": commitment.text(), "receipt": str(beside)},
        f"OK: witnessed as {commitment.text()}; receipt in {beside}",
    )
    return 0


@ledger.command()
@click.argument("commitment")
@house_option
def prove(commitment: str, house: Path) -> int:
    """Print the receipt of a COMMITMENT (uEi…) that was handed in before."""
    click.echo(json.dumps(asyncio.run(_witnessed(read_house(house), Commitment.parse(commitment), hand_in=False))))
    return 0


@ledger.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE", help="The trust list.")
@click.option("--publisher", default="", metavar="DID", help="Whose list it must be.")
@json_option
def verify(file: Path, receipt: Path | None, trust: Path | None, publisher: str, as_json: bool) -> int:
    """Judge FILE by its receipt (FILE.receipt.json). Exit code 0 witnessed, 1 not, 2 could not check."""
    listed = read_trust(trust, publisher)
    if listed is None:
        raise ConfigError("trust.missing", "There is no trust list to take the ledger's key from.", "Name one with --trust.")
    salt, media_type, algorithm, member = _receipt_file(receipt or file.with_name(f"{file.name}.receipt.json"))
    with file.open("rb") as stream:
        commitment = Commitment(algorithm, commit_stream(salt, media_type, stream, algorithm))  # type: ignore[arg-type]
    finding = verify_receipt(
        member, commitment, logs=listed.log_keys, witnesses=listed.witness_keys, quorum=listed.witness_quorum
    )
    at = finding.integrated_at.isoformat() if finding.integrated_at else None
    check = {
        "code": "ledger",
        "result": "pass" if finding.established else "fail",
        "reason": str(finding.reason),
        "witnessedAt": at,
    }
    word = "genuine" if finding.established else "not_genuine"
    line = f"OK: {file} was witnessed by {finding.origin} at {at}" if finding.established else f"FAIL: {file} {finding.reason}"
    _say(as_json, {"verdict": word, "checks": [check]}, line)
    return 0 if finding.established else 1


@ledger.command()
@house_option
@json_option
def fsck(house: Path, as_json: bool) -> int:
    """Read the whole ledger again and compare everything that can be computed with what is stored."""
    told = read_house(house)
    settings = ServiceSettings(told)
    keys = [VerifierKey.parse(key) for key in settings.witness_keys()]
    engine = open_database(_database(told))
    try:
        report = read_everything(engine, VerifierKey.parse(settings.log_key()), keys, len(keys))
    finally:
        engine.dispose()
    faults = [{"code": fault.code, "where": fault.where} for fault in report.faults]
    lines = [f"FAIL: {fault['code']} at {fault['where']}" for fault in faults] or [f"OK: {report.counts}"]
    _say(as_json, {"ok": report.ok, "faults": faults, "counts": report.counts}, "\n".join(lines))
    return 0 if report.ok else 1


@ledger.command()
@click.option("--after", type=click.IntRange(min=0), default=0, show_default=True, help="Only checkpoints of more leaves.")
@house_option
def export(after: int, house: Path) -> int:
    """Print the published checkpoints. Every copy that others hold convicts a ledger that is rewritten later."""
    engine = open_database(_database(read_house(house)))
    try:
        for note in export_checkpoints(engine, after=after):
            click.echo(note)
    finally:
        engine.dispose()
    return 0


def _entry(house: House) -> LedgerEntry:
    if house.services.ledger is None:
        raise ConfigError("ledger.none", "This house has no ledger.", "Add services.ledger to agents.yml.")
    return house.services.ledger


def _database(house: House) -> str:
    return ServiceSettings(house).database("ledger", _entry(house))


async def _witnessed(house: House, commitment: Commitment, *, hand_in: bool) -> dict[str, Any]:
    """The receipt of a commitment, waited for up to a minute."""
    entry = _entry(house)
    async with httpx.AsyncClient(trust_env=False) as http:
        client = LedgerClient(f"http://127.0.0.1:{entry.port}", Secrets(house.state).text(entry.token), http)
        if hand_in:
            await client.submit([commitment])
        found = await until(
            lambda: client.receipts([commitment]),
            bool,
            what="The receipt",
            seconds=60 + entry.epoch_seconds if hand_in else 2,
        )
    return found[commitment.digest].to_json()


def _receipt_file(file: Path) -> tuple[bytes, str, str, Any]:
    """Salt, media type, algorithm and receipt of a FILE.receipt.json."""
    try:
        content = json.loads(file.read_bytes())
        if content["type"] != RECEIPT_TYPE:
            raise ValueError("another type")
        return decode_multibase(content["salt"]), str(content["mediaType"]), str(content["algorithm"]), content["receipt"]
    except OSError as error:
        raise FormatError("receipt.missing", f"There is no readable {file.name}.", "Name the receipt's file.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(
            "receipt.malformed", f"{file.name} is no receipt of a file.", "`medcred ledger append` writes them."
        ) from error


def _say(as_json: bool, facts: dict[str, Any], line: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else line)
