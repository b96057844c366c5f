"""Signed PDF files: whole, changed, stamped, signed twice, and hostile ones that must not cost much."""

import io
import time
import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.verifier.identity.x509.documents import add_page_text, blank, sign, stamper_of
from tests.verifier.identity.x509.pki import AT, END, LEI, OTHER_LEI, Hospital, World, name, new_key, root, rsa_key, usage, world
from verifier.identity.x509.pdf import PdfLimits, PdfResult, verify_pdf
from verifier.identity.x509.revocation import Revocation
from verifier.verdict import Word

# pyHanko signs in an event loop of its own.
pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


@pytest.fixture(scope="module")
def made() -> World:
    return world()


@pytest.fixture(scope="module")
def signed(made: World) -> bytes:
    return sign(blank(), made.hospital)


def stamp_authority(made: World, purposes: Sequence[ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,)) -> Hospital:
    extensions = [(usage(digital_signature=True), True), (x509.ExtendedKeyUsage(purposes), True)]
    return made.root.hospital(key=rsa_key(), subject=name("Test Time Stamps"), extensions=extensions)


def judge(made: World, data: bytes, **changes: Any) -> PdfResult:
    return verify_pdf(data, made.roots, **{"at": AT, "revocation": made.lists, "expect_lei": LEI, **changes})


def reasons(result: PdfResult) -> list[str]:
    return [check.reason for check in result.checks]


def test_who_signed(made: World, signed: bytes) -> None:
    result = judge(made, signed)
    assert (result.verdict, result.leis) == (Word.GENUINE, (LEI,))
    assert reasons(result)[:4] == ["pdf.form.ok", "pdf.signature.ok", "pdf.changes.none", "pdf.timestamp.none"]
    (one,) = result.signatures
    assert (one.signed_at, one.verdict) == (None, Word.GENUINE)
    assert one.claimed_at
    shown = result.as_dict()
    assert shown["signatures"][0]["lei"] == LEI
    assert shown["signatures"][0]["signedAt"] is None


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_other_keys(kind: str) -> None:
    other = world(kind)
    digest = "sha512" if kind == "Ed25519" else "sha256"
    assert judge(other, sign(blank(), other.hospital, digest=digest)).verdict is Word.GENUINE


def test_a_page_changed_after_signing(made: World, signed: bytes) -> None:
    result = judge(made, add_page_text(signed))
    assert (result.verdict, result.leis) == (Word.NOT_GENUINE, ())
    assert reasons(result)[1:3] == ["pdf.signature.ok", "pdf.changes.altered"]
    assert result.signatures[0].certificate.subject is None


def test_every_byte_of_the_page_counts(made: World, signed: bytes) -> None:
    changed = bytearray(signed)
    changed[signed.index(b"stream") + 12] ^= 1
    result = judge(made, bytes(changed))
    assert (result.verdict, reasons(result)[1]) == (Word.NOT_GENUINE, "pdf.signature.altered")
    assert judge(made, sign(blank(), made.hospital, key=new_key("P-256"))).verdict is Word.NOT_GENUINE


def test_a_second_signature_is_noted_for_the_first(made: World, signed: bytes) -> None:
    result = judge(made, sign(signed, made.middle.hospital(), field="Second"))
    assert (result.verdict, result.leis) == (Word.GENUINE_WITH_NOTES, (LEI, LEI))
    assert [check.reason for check in result.checks if check.code == "pdf.changes"] == ["pdf.changes.allowed", "pdf.changes.none"]
    other = judge(made, sign(signed, made.middle.hospital(lei=OTHER_LEI), field="Second"))
    assert other.verdict is Word.NOT_GENUINE


def test_a_certified_file_allows_no_more(made: World) -> None:
    locked = sign(blank(), made.hospital, certify=True)
    assert judge(made, locked).verdict is Word.GENUINE
    assert judge(made, add_page_text(locked)).verdict is Word.NOT_GENUINE


def test_a_trusted_time_stamp_says_when(made: World) -> None:
    """The hospital's certificate has ended since; the stamp shows that it signed before."""
    short = made.middle.hospital(end=AT - timedelta(hours=1))
    stamped_at = AT - timedelta(days=1)
    stamped = sign(blank(), short, stamper=stamper_of(stamp_authority(made), stamped_at))
    lists = Revocation([made.root.crl(), made.middle.crl(made=AT - timedelta(hours=2))])
    result = judge(made, stamped, revocation=lists)
    assert (result.verdict, result.signatures[0].signed_at) == (Word.GENUINE, stamped_at)
    assert "pdf.timestamp.ok" in reasons(result)
    unstamped = judge(made, sign(blank(), short), revocation=lists)
    assert "certificate.path.expired" in reasons(unstamped)


def test_a_time_stamp_by_nobody_in_particular_is_not_believed(made: World) -> None:
    elsewhere = world()
    wrong = {
        "another root": stamper_of(stamp_authority(elsewhere), AT - timedelta(days=1)),
        "another purpose": stamper_of(stamp_authority(made, [ExtendedKeyUsageOID.EMAIL_PROTECTION]), AT - timedelta(days=1)),
        "two purposes": stamper_of(
            stamp_authority(made, [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            AT - timedelta(days=1),
        ),
        "in the future": stamper_of(stamp_authority(made), AT + timedelta(days=1)),
    }
    for which, stamper in wrong.items():
        result = judge(made, sign(blank(), made.hospital, stamper=stamper))
        assert (result.verdict, result.signatures[0].signed_at) == (Word.GENUINE_WITH_NOTES, None), which
        assert "pdf.timestamp.untrusted" in reasons(result), which
    stamper = wrong["another root"]
    result = judge(made, sign(blank(), made.hospital, stamper=stamper), stamp_roots=elsewhere.roots)
    assert "pdf.timestamp.untrusted" not in reasons(result)


def test_a_weak_digest(made: World) -> None:
    result = judge(made, sign(blank(), made.hospital, digest="sha1"))
    assert (result.verdict, reasons(result)[1]) == (Word.NOT_GENUINE, "pdf.signature.weak")


def test_not_signed_and_not_trusted(made: World, signed: bytes) -> None:
    assert reasons(judge(made, blank())) == ["pdf.form.ok", "pdf.signature.missing"]
    result = verify_pdf(signed, [root().der], at=AT, revocation=made.lists)
    assert (result.verdict, result.leis) == (Word.NOT_GENUINE, ())
    late = judge(made, signed, at=END + timedelta(days=1))
    assert "certificate.path.expired" in reasons(late)


def test_another_kind_of_signature(made: World, signed: bytes) -> None:
    other = signed.replace(b"/adbe.pkcs7.detached", b"/adbe.x509.rsa_sha1 ")
    result = judge(made, other)
    assert (result.verdict, reasons(result)[1]) == (Word.COULD_NOT_CHECK, "pdf.signature.unsupported")


@pytest.mark.parametrize("size", [0, 4, 60, 900])
def test_what_is_no_pdf_file(made: World, signed: bytes, size: int) -> None:
    assert reasons(judge(made, signed[:size])) == ["pdf.form.malformed"]


def test_too_many_bytes(made: World, signed: bytes) -> None:
    assert reasons(judge(made, signed, limits=PdfLimits(max_bytes=1000))) == ["pdf.form.too_costly"]


def test_a_small_file_that_unpacks_to_much_is_refused_in_time(made: World) -> None:
    bomb = _bomb()
    begin = time.monotonic()
    result = judge(made, bomb, limits=PdfLimits(seconds=15, memory_bytes=300 * 1024 * 1024))
    assert reasons(result)[0] in ("pdf.form.too_costly", "pdf.form.malformed")
    assert time.monotonic() - begin < 20


def test_a_process_that_does_not_end_is_ended(made: World, signed: bytes) -> None:
    assert reasons(judge(made, signed, limits=PdfLimits(seconds=0.01))) == ["pdf.form.too_costly"]


def _bomb() -> bytes:
    """A cross-reference stream of half a gigabyte of zeros, packed twice."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b"\0" * 16_000_000) for _ in range(32)) + packer.flush()
    twice = zlib.compress(once, 9)
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    at = out.tell()
    out.write(
        b"1 0 obj\n<< /Type /XRef /Size 2 /W [1 4 2] /Root 1 0 R /Filter [/FlateDecode /FlateDecode] /Length "
        + str(len(twice)).encode()
        + b" >>\nstream\n"
        + twice
        + b"\nendstream\nendobj\nstartxref\n"
        + str(at).encode()
        + b"\n%%EOF\n"
    )
    return out.getvalue()
