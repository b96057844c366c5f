"""`medcred issue` and `medcred revoke`: records to credentials, and back, through the issuer service that runs in this house."""

import asyncio
import base64
import hashlib
import json
import mimetypes
from pathlib import Path

import click

from medcred.commands.issuer_service import issuer
from medcred.commands.options import house_option, json_option
from medcred.party import Json
from schemas.fhir import read_bundle
from schemas.types import RecordType

MEDIA_TYPES = {".dcm": "application/dicom"}
key_option = click.option("--key", default="records", show_default=True, metavar="NAME", help="Which API key of agents.yml acts.")


@click.command()
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--hospital", required=True, metavar="SLUG", help="Who issues.")
@click.option("--binding", required=True, metavar="ID", help="The patient's wallet, bound at the desk.")
@click.option(
    "--attach",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A PDF or DICOM file of the record; repeatable.",
)
@click.option(
    "--type", "types", multiple=True, type=click.Choice([each.value for each in RecordType]), help="Only these; repeatable."
)
@click.option("--signer", metavar="ID", help="Who signs beside the hospital: an id that `medcred hospital signer list` shows.")
@click.option("--confirm-patient", is_flag=True, help="You compared: the bundle's patient is the wallet's.")
@key_option
@house_option
@json_option
def issue(
    bundle: Path,
    hospital: str,
    binding: str,
    files: tuple[Path, ...],
    types: tuple[str, ...],
    signer: str | None,
    confirm_patient: bool,
    key: str,
    house: Path,
    as_json: bool,
) -> int:
    """Offer the records of a FHIR R4 BUNDLE to a patient's wallet.

    A bundle that does not validate is refused with the place in it, and nothing is issued. Repeating the call with the same
    bundle, files and binding offers nothing twice. A bundle of another patient than the wallet's is refused; where that is not
    certain, --confirm-patient says that you compared, and the audit says that it was you.
    """
    data = bundle.read_bytes()
    read_bundle(data)  # said here, with the place, before anything is sent
    attachments = [_attachment(file) for file in files]
    body = {"hospital": hospital, "binding": binding, "bundle": json.loads(data), "attachments": attachments}
    if confirm_patient:
        body["confirm_patient"] = True
    if signer:
        body["signer"] = signer
    if types:
        body["types"] = list(types)
    answer = asyncio.run(_submit(house, key, body))
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for each in answer["credentials"]:
            click.echo(f"OK: {each['type']} {each['id']} {each['state']}\n    {each['offer_url']}")
    return 0


@click.command()
@click.argument("credential")
@click.option(
    "--reason",
    required=True,
    metavar="CODE",
    help="entered_in_error, wrong_patient, superseded_by_new_record, patient_request, …",
)
@click.option("--suspend", "action", flag_value="suspend", help="For a time only.")
@click.option("--reinstate", "action", flag_value="reinstate", help="End a suspension.")
@key_option
@house_option
@json_option
def revoke(credential: str, reason: str, action: str | None, key: str, house: Path, as_json: bool) -> int:
    """Revoke CREDENTIAL. Where a second person must agree, it says that it waits for one."""
    answer = asyncio.run(_change(house, key, credential, action or "revoke", reason))
    click.echo(json.dumps(answer) if as_json else f"OK: {answer['action']} of {answer['credential']} is {answer['state']}")
    return 0


async def _submit(house: Path, key: str, body: Json) -> Json:
    """The idempotency key is a digest of the request, so that a repeated call is the same call."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    async with issuer(house, key) as service:
        return await service.post("/credentials", body, {"idempotency-key": digest})


async def _change(house: Path, key: str, credential: str, action: str, reason: str) -> Json:
    async with issuer(house, key) as service:
        return await service.post(f"/credentials/{credential}/{action}", {"reason": reason})


def _attachment(file: Path) -> dict[str, str]:
    media_type = MEDIA_TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return {"name": file.name, "mediaType": media_type, "content": base64.b64encode(file.read_bytes()).decode()}
