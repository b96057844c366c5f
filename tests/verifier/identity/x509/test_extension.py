"""The LEI and the role in a certificate: written one way, read in three, and judged on certificates made by others."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.errors import FormatError
from tests.verifier.identity.x509.pki import LEI, ORGANIZATION_IDENTIFIER, leaf_extensions, name, raw, root
from verifier.identity.x509.certificate import MAX_CERTIFICATE_BYTES, read_certificate, read_certificates
from verifier.identity.x509.der import PRINTABLE_STRING, SEQUENCE, UTF8_STRING, element
from verifier.identity.x509.extension import LEI_OID, Extension, Presence, lei_extension, read_lei, read_role, role_extension
from verifier.identity.x509.lei_check import lei_reason, usable_lei


def test_written_is_a_printable_string() -> None:
    assert lei_extension(LEI) == b"\x13\x14" + LEI.encode()
    assert role_extension("Records officer") == b"\x13\x0fRecords officer"
    assert read_lei(lei_extension(LEI)) == (Extension(Presence.WELL_FORMED, LEI), Extension())
    assert read_role(role_extension("x" * 100)).value == "x" * 100


@pytest.mark.parametrize("lei", ["984500HKTESTHOSP0165", "", "984500HKTESTHOSP01", LEI.lower()])
def test_a_wrong_lei_is_never_written(lei: str) -> None:
    with pytest.raises(FormatError, match="LEI"):
        lei_extension(lei)


@pytest.mark.parametrize("role", ["", "x" * 101, "Médico", "病歷主任", "a@b", "a\n"])
def test_a_role_that_cannot_be_printable_is_never_written(role: str) -> None:
    with pytest.raises(FormatError) as caught:
        role_extension(role)
    assert caught.value.code == "certificate.role"


def test_the_other_two_forms_are_read() -> None:
    text = element(UTF8_STRING, LEI.encode())
    assert read_lei(text)[0].value == LEI
    assert read_lei(element(SEQUENCE, text)) == (Extension(Presence.WELL_FORMED, LEI), Extension())
    draft = element(SEQUENCE, element(PRINTABLE_STRING, LEI.encode()) + element(0xA0, element(UTF8_STRING, "病歷主任".encode())))
    lei, role = read_lei(draft, critical=True)
    assert (lei.value, lei.critical, role.value) == (LEI, True, "病歷主任")
    assert read_role(element(UTF8_STRING, ("é" * 100).encode())).value == "é" * 100


def test_a_role_extension_comes_before_the_role_of_the_draft_form() -> None:
    draft = element(SEQUENCE, element(PRINTABLE_STRING, LEI.encode()) + element(0xA0, role_extension("Drafted")))
    top = root()
    for role, expected in ((None, "Drafted"), ("Records officer", "Records officer")):
        extensions = [*leaf_extensions(lei=None, role=role), (raw(LEI_OID, draft), False)]
        read = read_certificate(top.hospital(extensions=extensions).chain[0])
        assert (read.lei.value, read.role.value) == (LEI, expected)


def test_the_organization_identifier_alone_names_the_lei() -> None:
    read = read_certificate(root().hospital(lei=None).chain[0])
    assert read.lei.presence is Presence.ABSENT
    assert usable_lei(read) == LEI
    assert lei_reason(read, LEI) == "certificate.lei.ok"


def test_identifiers_of_other_schemes_are_not_compared() -> None:
    subject = name("Hospital", (ORGANIZATION_IDENTIFIER, f"NTRHK-{LEI}"))
    read = read_certificate(root().hospital(subject=subject).chain[0])
    assert (read.identifier_leis, usable_lei(read)) == ((), LEI)


def test_a_file_of_certificates() -> None:
    hospital = root().below("Between").hospital()
    one, two = hospital.chain
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in (hospital.certificate, *hospital.above))
    assert read_certificates(b"Bag Attributes\n" + pem) == [one, two]
    assert read_certificates(one) == [one]
    for bad in (
        b"",
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        b"x" * 100,
    ):
        with pytest.raises(FormatError) as caught:
            read_certificates(bad)
        assert caught.value.code == "certificate.malformed"
    for reader, size in ((read_certificate, MAX_CERTIFICATE_BYTES + 1), (read_certificates, 5_000_000)):
        with pytest.raises(FormatError) as caught:
            reader(b"\x30" * size)
        assert caught.value.code == "certificate.too_large"


@pytest.mark.independent
def test_certificates_made_by_others(independent_data: Path) -> None:
    folder = independent_data / "lei" / "x509"
    expected = json.loads((folder / "expected.json").read_text())
    assert len(expected) >= 35
    for file, states in expected.items():
        (der,) = read_certificates((folder / file).read_bytes())
        read = read_certificate(der)
        assert read.lei.presence.value == states["lei_extension"].split(" ")[0], file
        assert read.role.presence.value == states["role_extension"], file
        assert (read.lei.value, read.role.value) == (states.get("lei"), states.get("role")), file
        assert read.lei.critical == states.get("lei_critical", False), file
        assert read.role.critical == states.get("role_critical", False), file
        assert list(read.organization_identifiers) == states["organization_identifier"], file
        assert (usable_lei(read) is not None) == states["usable_lei"], file
        if states.get("lei_check_digits_valid") is False:
            assert lei_reason(read, None) == "certificate.lei.check_digits", file
