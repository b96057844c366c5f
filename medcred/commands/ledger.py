"""`medcred ledger`: run the ledger of a house, have any file witnessed, prove it later, and check the ledger itself.

A witnessed file has a small JSON file beside it, FILE.receipt.json: the salt of its fingerprint and the ledger's receipt. Who
has both can prove when the file existed; who has neither learns nothing from the ledger.
"""

import asyncio
import json
import mimetypes
import secrets as randomness
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ledger.algorithms import Algorithm, named
from ledger.client import LedgerClient
from ledger.commitment import Commitment, commit_stream
from ledger.database import open_database
from ledger.encoding import decode_multibase, encode_multibase
from ledger.export import export_checkpoints
from ledger.finding import LedgerFinding, Reason
from ledger.fsck import fsck as read_everything
from ledger.keys import VerifierKey
from ledger.receipt import verify_receipt
from ledger.settings import Settings
from medcred.commands.options import house_option, json_option
from medcred.commands.up import run_until_stopped
from medcred.commands.verify import read_trust
from medcred.house import House, read_house
from medcred.house.model import LedgerEntry
from medcred.house.secrets import Secrets, write_private
from medcred.party import until
from medcred.supervise.plan import plans
from medcred.supervise.services import ServiceSettings
from schemas.errors import ConfigError, FormatError, NotFoundError, UnavailableError

SALT_BYTES = 32
RECEIPT_TYPE = "WitnessedFile"
VERDICTS = {"pass": "genuine", "fail": "not_genuine", "unknown": "could_not_check"}
EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 2}


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
    commitment = _commitment(file, salt, media_type, named(algorithm))
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
    try:
        salt, media_type, algorithm, member = _receipt_file(receipt or file.with_name(f"{file.name}.receipt.json"))
        commitment = _commitment(file, salt, media_type, algorithm)
    except FormatError as error:
        unreadable = {"code": "ledger", "result": "unknown", "reason": error.code}
        _say(as_json, {"verdict": "could_not_check", "checks": [unreadable]}, f"?: {file} {error.code}: {error.message}")
        return 2
    finding = verify_receipt(
        member, commitment, logs=listed.log_keys, witnesses=listed.witness_keys, quorum=listed.witness_quorum
    )
    at = finding.integrated_at.isoformat() if finding.integrated_at else None
    result = _result(finding)
    check = {"code": "ledger", "result": result, "reason": str(finding.reason), "witnessedAt": at}
    line = {
        "pass": f"OK: {file} was witnessed by {finding.origin} at {at}",
        "fail": f"FAIL: {file} {finding.reason}",
        "unknown": f"?: {file} {finding.reason}",
    }[result]
    _say(as_json, {"verdict": VERDICTS[result], "checks": [check]}, line)
    return EXIT_CODES[result]


@ledger.command()
@house_option
@json_option
def fsck(house: Path, as_json: bool) -> int:
    """Read the whole ledger again and compare everything that can be computed with what is stored."""
    told = read_house(house)
    _entry(told)
    settings = Settings.model_validate(ServiceSettings(told).made("ledger"))
    witnesses = [VerifierKey.parse(witness.verifier_key) for witness in settings.witnesses]
    with _stored(settings.database) as engine:
        report = read_everything(engine, settings.signing_key().verifier_key, witnesses, settings.quorum)
    faults = [{"code": fault.code, "where": fault.where} for fault in report.faults]
    lines = [f"FAIL: {fault['code']} at {fault['where']}" for fault in faults] or [f"OK: {report.counts}"]
    _say(as_json, {"ok": report.ok, "faults": faults, "counts": report.counts}, "\n".join(lines))
    return 0 if report.ok else 1


@ledger.command()
@click.option("--after", type=click.IntRange(min=0), default=0, show_default=True, help="Only checkpoints of more leaves.")
@house_option
def export(after: int, house: Path) -> int:
    """Print the published checkpoints. Every copy that others hold convicts a ledger that is rewritten later."""
    told = read_house(house)
    with _stored(ServiceSettings(told).database("ledger", _entry(told))) as engine:
        for note in export_checkpoints(engine, after=after):
            click.echo(note)
    return 0


def _entry(house: House) -> LedgerEntry:
    if house.services.ledger is None:
        raise ConfigError("ledger.none", "This house has no ledger.", "Add services.ledger to agents.yml.")
    return house.services.ledger


@contextmanager
def _stored(url: str) -> Iterator[Engine]:
    """The ledger's database, which must be there already.

    Raises:
        UnavailableError: `ledger.no_database`, it is not there, does not answer, or holds no ledger.
    """
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        raise UnavailableError("ledger.no_database", f"There is no ledger in {file}.", "The ledger makes it when it first runs.")
    engine = open_database(url)
    try:
        yield engine
    except SQLAlchemyError as error:
        raise UnavailableError(
            "ledger.no_database", "The ledger's database could not be read.", "See `medcred doctor`."
        ) from error
    finally:
        engine.dispose()


async def _witnessed(house: House, commitment: Commitment, *, hand_in: bool) -> dict[str, Any]:
    """The receipt of a commitment: handed in now and waited for up to a minute, or one that is there already.

    Raises:
        NotFoundError: `ledger.no_receipt`, it was to be there and is not.
    """
    entry = _entry(house)
    async with httpx.AsyncClient(trust_env=False) as http:
        client = LedgerClient(f"http://127.0.0.1:{entry.port}", Secrets(house.state).text(entry.token), http)
        if not hand_in:
            found = await client.receipts([commitment])
        else:
            await client.submit([commitment])
            found = await until(lambda: client.receipts([commitment]), bool, what="The receipt", seconds=60 + entry.epoch_seconds)
    if commitment.digest not in found:
        raise NotFoundError(
            "ledger.no_receipt",
            "The ledger has no receipt for this commitment.",
            "It is ready an epoch after the commitment was handed in.",
        )
    return found[commitment.digest].to_json()


def _commitment(file: Path, salt: bytes, media_type: str, algorithm: Algorithm) -> Commitment:
    """The fingerprint of a file. Raises FormatError where salt or media type are none."""
    with file.open("rb") as stream:
        return Commitment(algorithm, commit_stream(salt, media_type, stream, algorithm))


def _result(finding: LedgerFinding) -> str:
    """As the verifier judges a receipt: one of an unknown kind, or with too few witnesses, says nothing against the file."""
    if finding.established:
        return "pass"
    return "unknown" if finding.reason in (Reason.UNKNOWN_DRIVER, Reason.NO_QUORUM) else "fail"


def _receipt_file(file: Path) -> tuple[bytes, str, Algorithm, Any]:
    """Salt, media type, algorithm and receipt of a FILE.receipt.json."""
    try:
        content = json.loads(file.read_bytes())
        if content["type"] != RECEIPT_TYPE:
            raise ValueError("another type")
        return decode_multibase(content["salt"]), str(content["mediaType"]), named(content["algorithm"]), content["receipt"]
    except OSError as error:
        raise FormatError("receipt.missing", f"There is no readable {file.name}.", "Name the receipt's file.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(
            "receipt.malformed", f"{file.name} is no receipt of a file.", "`medcred ledger append` writes them."
        ) from error


def _say(as_json: bool, facts: dict[str, Any], line: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else line)
