"""`medcred certificate`: exit codes, one JSON object, and nothing trusted by `inspect`."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from medcred.cli import run
from tests.verifier.identity.x509.documents import blank, sign
from tests.verifier.identity.x509.pki import AT, LEI, OTHER_LEI, World, world
from verifier.verdict import stamp

TIME = ["--at", stamp(AT)]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose files lie in the current folder."""
    monkeypatch.chdir(tmp_path)
    good = world()
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (good.hospital.certificate, *good.hospital.above))
    files = {
        "chain.pem": chain,
        "root.der": good.root.der,
        "root.crl": good.root.crl(),
        "ca.crl": good.middle.crl(),
        "revoked.crl": good.middle.crl([(good.hospital.certificate, AT - timedelta(days=1))]),
        "answer.ocsp": good.middle.ocsp(good.hospital.certificate),
        "letter.pdf": sign(blank(), good.hospital),
        "nothing.pem": b"nothing",
    }
    for file, content in files.items():
        Path(file).write_bytes(content)
    return good


LISTS = ["--crl", "root.crl", "--crl", "ca.crl"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["chain.pem", "--root", "root.der", *LISTS, "--lei", LEI], 0, ""),
        (["chain.pem", "--root", "root.der", "--crl", "root.crl", "--ocsp", "answer.ocsp"], 0, ""),
        (["chain.pem", "--root", "root.der", "--soft-fail"], 0, "certificate.revocation.not_checked"),
        (["chain.pem", "--root", "root.der"], 2, "certificate.revocation.unavailable"),
        (["chain.pem", *LISTS], 2, "certificate.path.no_roots"),
        (["chain.pem", "--root", "root.der", "--crl", "root.crl", "--crl", "revoked.crl"], 1, "certificate.revocation.revoked"),
        (["chain.pem", "--root", "root.der", *LISTS, "--lei", OTHER_LEI], 1, "certificate.lei.other"),
        (["nothing.pem", "--root", "root.der"], 1, "certificate.form.malformed"),
    ],
)
def test_verify(made: World, arguments: list[str], code: int, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certificate", "verify", *arguments, *TIME, "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    reasons = {check["reason"] for check in found["checks"]}
    assert not reason or reason in reasons
    assert run(["certificate", "verify", *arguments, *TIME, "--language", "zh-Hant"]) == code
    assert capsys.readouterr().out.startswith({0: "OK: ", 1: "FAIL: ", 2: "?: "}[code])


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "chain.pem", "--root", "nothing.pem"],
        ["verify", "chain.pem", "--root", "root.der", "--lei", "984500HKTESTHOSP0165"],
        ["verify", "missing.pem"],
        ["verify", "chain.pem", "--at", "yesterday"],
        ["inspect", "nothing.pem"],
        ["verify-pdf", "letter.pdf", "--stamp-root", "nothing.pem"],
    ],
)
def test_wrong_calls(made: World, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certificate", *arguments]) == 64
    assert capsys.readouterr().err.startswith("error: ")


def test_inspect_trusts_nothing(made: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certificate", "inspect", "chain.pem", "--json"]) == 0
    leaf, middle = json.loads(capsys.readouterr().out)["certificates"]
    assert (leaf["verified"], leaf["lei"], leaf["authority"]) == (False, LEI, False)
    assert leaf["leiExtension"] == {"state": "well-formed", "value": LEI, "critical": False, "checkDigits": True}
    assert (middle["lei"], middle["leiExtension"]["state"], middle["authority"]) == (None, "absent", True)
    assert run(["certificate", "inspect", "chain.pem"]) == 0
    assert "not verified" in capsys.readouterr().out


def test_verify_pdf(made: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certificate", "verify-pdf", "letter.pdf", "--root", "root.der", *LISTS, *TIME, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["signatures"][0]["lei"] == LEI
    assert run(["certificate", "verify-pdf", "letter.pdf", "--root", "root.der", *LISTS, *TIME]) == 0
    assert LEI in capsys.readouterr().out
    assert run(["certificate", "verify-pdf", "nothing.pem", "--root", "root.der", *LISTS, *TIME]) == 2
    assert run(["certificate", "verify-pdf", "letter.pdf", "--root", "root.der", *LISTS, *TIME, "--lei", OTHER_LEI]) == 1
