"""Whatever stands where a certificate, a list, an extension, an x5c or a PDF file belongs: a value or a typed error, in time.

`MEDCRED_FUZZ` sets how many examples; a changed certificate must never be believed as another one.
"""

import os
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import FormatError
from tests.verifier.identity.x509.documents import blank, sign
from tests.verifier.identity.x509.national import national_world
from tests.verifier.identity.x509.pki import AT, LEI, World, world
from verifier.identity.x509.certificate import read_certificate, read_certificates
from verifier.identity.x509.extension import Presence, lei_extension, read_lei, read_role
from verifier.identity.x509.pdf import PdfLimits, verify_pdf
from verifier.identity.x509.revocation import Revocation, readable
from verifier.identity.x509.verify import verify_certificate
from verifier.identity.x509.x5c import read_x5c

EXAMPLES = int(os.environ.get("MEDCRED_FUZZ", "200"))
fuzz = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

OURS, SM2 = world(), national_world()
LISTS = OURS.lists
SM2_LISTS = SM2.lists()
CRL = LISTS.crls[1]
ANSWER = OURS.middle.ocsp(OURS.hospital.certificate)
SIGNED = sign(blank(), OURS.hospital)


@st.composite
def damaged(draw: st.DrawFn, original: bytes) -> bytes:
    """A few changes: bytes replaced, taken out, put in, cut off."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 4)):
            case 0 | 1:
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 2:
                del data[at : at + draw(st.integers(1, 8))]
            case 3:
                data[at:at] = draw(st.binary(max_size=8))
            case _:
                del data[at:]
    return bytes(data)


@fuzz
@given(st.binary(max_size=200) | damaged(lei_extension(LEI)))
def test_extensions(der: bytes) -> None:
    lei, _ = read_lei(der)
    assert (lei.presence is Presence.WELL_FORMED) == (lei.value is not None)
    role = read_role(der)
    assert role.value is None or 1 <= len(role.value) <= 100


@fuzz
@given(st.binary(max_size=200) | damaged(OURS.hospital.chain[0]))
def test_readers(data: bytes) -> None:
    for read in (read_certificate, read_certificates):
        with suppress(FormatError):
            assert read(data)


@fuzz
@given(
    st.lists(st.text(max_size=40) | st.none() | st.integers() | st.binary(max_size=10), max_size=12)
    | st.text(max_size=5)
    | st.none()
)
def test_x5c(value: object) -> None:
    with suppress(FormatError):
        assert all(isinstance(der, bytes) for der in read_x5c(value))


@pytest.mark.parametrize("which", ["ours", "SM2"])
@fuzz
@given(data=st.data())
def test_a_changed_chain_is_never_believed_as_it_is_not(which: str, data: st.DataObject) -> None:
    chain, roots, lists = (OURS.hospital.chain, OURS.roots, LISTS) if which == "ours" else (SM2.chain, [SM2.root], SM2_LISTS)
    place = data.draw(st.integers(0, len(chain) - 1))
    changed = [*chain]
    changed[place] = data.draw(damaged(chain[place]))
    begin = time.monotonic()
    judged = verify_certificate(changed, roots, at=AT, revocation=lists, expect_lei=LEI)
    assert time.monotonic() - begin < 2
    if judged.good:
        # The signature's own bytes have more than one strict form in ECDSA and SM2; what was signed has one.
        assert judged.lei == LEI
        before, after = read_certificate(chain[place]).parsed, read_certificate(changed[place]).parsed
        assert before.tbs_certificate_bytes == after.tbs_certificate_bytes


@settings(fuzz, max_examples=max(20, EXAMPLES // 4))
@given(crl=damaged(CRL), answer=damaged(ANSWER))
def test_changed_lists_prove_nothing(crl: bytes, answer: bytes) -> None:
    for revocation in (Revocation([LISTS.crls[0], crl]), Revocation([LISTS.crls[0]], [answer])):
        judged = verify_certificate(OURS.hospital.chain, OURS.roots, at=AT, revocation=revocation)
        reason = judged.check("revocation").reason
        assert reason != "certificate.revocation.revoked"
        if reason == "certificate.revocation.good" and crl != CRL and answer != ANSWER:
            signed = [list_.tbs_certlist_bytes for _, list_ in readable(revocation).crls]
            signed += [answer_.tbs_response_bytes for _, answer_ in readable(revocation).answers]
            originals = readable(Revocation([*LISTS.crls], [ANSWER]))
            known = [one.tbs_certlist_bytes for _, one in originals.crls] + [
                one.tbs_response_bytes for _, one in originals.answers
            ]
            assert all(one in known for one in signed)


@settings(max_examples=max(6, EXAMPLES // 40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(SIGNED))
def test_changed_pdf_files(data: bytes) -> None:
    result = verify_pdf(data, OURS.roots, at=AT, revocation=LISTS, limits=PdfLimits(seconds=10))
    if result.verdict.value == "genuine":
        # Only the unsigned gap between the signature and its padding may differ.
        assert len(data) == len(SIGNED)
        begin = SIGNED.index(b"/Contents")
        end = SIGNED.index(b">", begin)
        assert data[:begin] + data[end:] == SIGNED[:begin] + SIGNED[end:]


def test_the_world_of_this_file_is_good() -> None:
    assert isinstance(OURS, World)
    assert verify_certificate(OURS.hospital.chain, OURS.roots, at=AT, revocation=LISTS).good
    assert verify_certificate(SM2.chain, [SM2.root], at=AT, revocation=SM2_LISTS).good
    assert verify_pdf(SIGNED, OURS.roots, at=AT, revocation=LISTS).leis == (LEI,)
