"""`medcred certificate`: what a certificate says, whether it proves its LEI, and who signed a PDF file.

`inspect` reads and trusts nothing. `verify` and `verify-pdf` judge with the roots that are named and never with the machine's
own list. Nothing is fetched unless `--online`.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx

from medcred.commands.options import json_option, language_option
from medcred.commands.verify import EXIT_CODES, MARKS, SIGNS, Time
from schemas.errors import FormatError
from verifier.identity.lei import check_digits_ok, require_lei
from verifier.identity.x509.algorithms import key_reason, signature_reason
from verifier.identity.x509.certificate import Certificate, read_certificate, read_certificates
from verifier.identity.x509.fetch import collect_revocation
from verifier.identity.x509.lei_check import usable_lei
from verifier.identity.x509.pdf import verify_pdf as judge_pdf
from verifier.identity.x509.result import CertificateResult
from verifier.identity.x509.revocation import Revocation
from verifier.identity.x509.verify import verify_certificate
from verifier.reasons import next_step, sentence
from verifier.verdict import Check, Result, stamp

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
file_argument = click.argument("file", type=_File, metavar="FILE")
root_option = click.option(
    "--root", "roots", multiple=True, type=_File, metavar="FILE", help="Certificates that are trusted; PEM or DER. Repeatable."
)
crl_option = click.option("--crl", "crls", multiple=True, type=_File, metavar="FILE", help="A revocation list. Repeatable.")
ocsp_option = click.option("--ocsp", "answers", multiple=True, type=_File, metavar="FILE", help="An OCSP answer. Repeatable.")
lei_option = click.option("--lei", metavar="LEI", help="The LEI it must be.")
at_option = click.option("--at", type=Time(), metavar="TIME", help="Judge as of that time instead of now.")
soft_option = click.option(
    "--soft-fail", is_flag=True, help="An unknown revocation status is a note, and not a reason to answer 'could not check'."
)


@click.group()
def certificate() -> None:
    """Certificates that carry an LEI (ISO 17442-2), and PDF files signed with one."""


@certificate.command()
@file_argument
@json_option
def inspect(file: Path, as_json: bool) -> int:
    """What the certificates in a file say, without trusting it.

    Exit code 0 when all can be read, 64 when not.
    """
    read = [read_certificate(der) for der in read_certificates(file.read_bytes())]
    if as_json:
        click.echo(json.dumps({"certificates": [_said(one) for one in read]}, ensure_ascii=False))
        return 0
    for one in read:
        said = _said(one)
        click.echo(f"{said['subject']['commonName'] or said['subject']['organization'] or one.sha256}: not verified")
        for name, value in _lines(said):
            click.echo(f"    {name}: {value}")
    return 0


@certificate.command()
@file_argument
@root_option
@crl_option
@ocsp_option
@lei_option
@at_option
@soft_option
@click.option("--online", is_flag=True, help="Ask the addresses that the certificates name for revocation data.")
@language_option
@json_option
def verify(
    file: Path,
    roots: Sequence[Path],
    crls: Sequence[Path],
    answers: Sequence[Path],
    lei: str | None,
    at: datetime | None,
    soft_fail: bool,
    online: bool,
    language: str,
    as_json: bool,
) -> int:
    """Judge a chain of certificates, the signer's first in FILE.

    Exit code 0 when it proves its LEI, 1 when not, 2 when that could not be checked.
    """
    chain, pinned, expected = _chain(file.read_bytes()), _roots(roots), _expected(lei)
    revocation = _revocation(crls, answers, soft_fail)
    if online:
        revocation = asyncio.run(_collect(chain, pinned, revocation))
    result = verify_certificate(chain, pinned, at=at or datetime.now(UTC), revocation=revocation, expect_lei=expected)
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        click.echo(f"{MARKS[result.verdict]}: {file} {result.verdict.value}")
        _tell_certificate(result)
        _tell(result.checks, language)
    return EXIT_CODES[result.verdict]


@certificate.command("verify-pdf")
@file_argument
@root_option
@crl_option
@ocsp_option
@click.option(
    "--stamp-root", "stamp_roots", multiple=True, type=_File, metavar="FILE", help="Trusted for time stamps. Default: the roots."
)
@lei_option
@at_option
@soft_option
@language_option
@json_option
def verify_pdf(
    file: Path,
    roots: Sequence[Path],
    crls: Sequence[Path],
    answers: Sequence[Path],
    stamp_roots: Sequence[Path],
    lei: str | None,
    at: datetime | None,
    soft_fail: bool,
    language: str,
    as_json: bool,
) -> int:
    """Who signed a PDF file, and whether it was changed since. Every signature in it must hold.

    Exit code 0 when they do, 1 when one does not, 2 when that could not be checked.
    """
    result = judge_pdf(
        file.read_bytes(),
        _roots(roots),
        at=at or datetime.now(UTC),
        revocation=_revocation(crls, answers, soft_fail),
        expect_lei=_expected(lei),
        stamp_roots=_roots(stamp_roots) if stamp_roots else None,
    )
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        click.echo(f"{MARKS[result.verdict]}: {file} {result.verdict.value}")
        for signature in result.signatures:
            _tell_certificate(signature.certificate)
            if signature.signed_at:
                click.echo(f"    signed before {stamp(signature.signed_at)}")
        _tell(result.checks, language)
    return EXIT_CODES[result.verdict]


def _chain(data: bytes) -> list[bytes]:
    """The chain in a file; what is none is handed on as it is, to be judged malformed like a damaged certificate."""
    try:
        return read_certificates(data)
    except FormatError:
        return [data]


def _roots(files: Iterable[Path]) -> list[bytes]:
    return [der for file in files for der in read_certificates(file.read_bytes())]


def _revocation(crls: Sequence[Path], answers: Sequence[Path], soft_fail: bool) -> Revocation:
    return Revocation([one.read_bytes() for one in crls], [one.read_bytes() for one in answers], required=not soft_fail)


def _expected(lei: str | None) -> str | None:
    if lei is not None:
        require_lei(lei)
    return lei


async def _collect(chain: list[bytes], roots: list[bytes], at_hand: Revocation) -> Revocation:
    async with httpx.AsyncClient() as http:
        collected = await collect_revocation(chain, roots, http, at_hand=at_hand)
    for problem in collected.problems:
        click.echo(f"note: revocation data could not be had ({problem})", err=True)
    return collected.revocation


def _said(one: Certificate) -> dict[str, Any]:
    lei = usable_lei(one)
    extension = {
        "state": one.lei.presence.value,
        "value": one.lei.value,
        "critical": one.lei.critical,
        "checkDigits": check_digits_ok(one.lei.value) if one.lei.value else None,
    }
    return {
        "verified": False,
        "subject": {
            "organization": one.subject.organization,
            "country": one.subject.country,
            "commonName": one.subject.common_name,
        },
        "lei": lei,
        "leiExtension": extension,
        "roleExtension": {"state": one.role.presence.value, "value": one.role.value, "critical": one.role.critical},
        "organizationIdentifier": list(one.organization_identifiers),
        "notBefore": stamp(one.not_before),
        "notAfter": stamp(one.not_after),
        "signature": signature_reason(one).rpartition(".")[2],
        "key": key_reason(one.key).rpartition(".")[2],
        "authority": one.is_ca,
        "sha256": one.sha256,
    }


def _lines(said: dict[str, Any]) -> Iterable[tuple[str, str]]:
    extension, role = said["leiExtension"], said["roleExtension"]
    yield "LEI", said["lei"] or f"none that can be used (extension {extension['state']})"
    if extension["value"] and not extension["checkDigits"]:
        yield "LEI in the extension", f"{extension['value']}, wrong check digits"
    if extension["critical"]:
        yield "LEI extension", "marked critical, which ISO 17442-2 does not allow"
    if role["state"] != "absent":
        yield "role", role["value"] or role["state"]
    for identifier in said["organizationIdentifier"]:
        yield "organizationIdentifier", identifier
    yield "valid", f"{said['notBefore']} to {said['notAfter']}"
    yield "signature and key", f"{said['signature']}, {said['key']}"
    yield "SHA-256", said["sha256"]


def _tell_certificate(result: CertificateResult) -> None:
    if result.lei and result.subject:
        role = f", {result.role}" if result.role else ""
        click.echo(f"    {result.subject.organization}, LEI {result.lei}{role}")


def _tell(checks: Iterable[Check], language: str) -> None:
    for check in checks:
        about = f"{check.about} " if check.about else ""
        facts = f" [{', '.join(f'{name}: {value}' for name, value in check.facts.items())}]" if check.facts else ""
        sign = "?" if check.result is Result.UNKNOWN and not check.weight else SIGNS[check.weight]
        click.echo(f"  {sign} {about}{check.code}: {sentence(check.reason, language)}{facts}")
        if check.weight and (step := next_step(check.reason, language)):
            click.echo(f"      hint: {step}")
