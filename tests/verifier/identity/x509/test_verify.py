"""Chains that hold, in all their forms, and what is said of them; the faults are in the museum (`tests/museum/identity/x509`)."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from schemas.errors import FormatError
from tests.verifier.identity.x509.national import national_world
from tests.verifier.identity.x509.pki import (
    AT,
    BEGIN,
    END,
    LEI,
    ROLE,
    Authority,
    World,
    ca_extensions,
    leaf_extensions,
    name,
    new_key,
    root,
    usage,
    world,
)
from verifier.identity.x509.certificate import read_certificate, same_key
from verifier.identity.x509.result import CHECKS, CertificateResult
from verifier.identity.x509.revocation import MAX_ALL_CRL_BYTES, Revocation, readable
from verifier.identity.x509.verify import verify_certificate
from verifier.verdict import Word

ROOM = Path(__file__).parents[4]


def judge(made: World, **changes: object) -> CertificateResult:
    given = {"revocation": made.lists, "at": AT, "expect_lei": LEI, **changes}
    return verify_certificate(made.hospital.chain, made.roots, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["P-256", "Ed25519", "RSA"])
def test_a_good_chain_proves_its_lei(kind: str) -> None:
    made = world(kind)
    judged = judge(made, expect_key=made.hospital.spki, about="proof[0]")
    assert judged.verdict is Word.GENUINE
    assert judged.good
    assert [check.code for check in judged.checks] == [f"certificate.{check}" for check in CHECKS]
    assert {check.about for check in judged.checks} == {"proof[0]"}
    assert (judged.lei, judged.role) == (LEI, ROLE)
    assert judged.subject
    assert judged.subject.organization == "Harbour Demonstration Hospital"
    assert (judged.not_before, judged.not_after, judged.as_of) == (BEGIN, END, AT - timedelta(hours=1))
    shown = judged.as_dict()
    assert (shown["lei"], shown["notAfter"], shown["asOf"]) == (LEI, "2027-10-25T15:00:00Z", "2026-11-24T14:00:00Z")
    assert "commonName" not in str(shown)


def test_a_good_sm2_chain_proves_its_lei() -> None:
    made = national_world()
    judged = verify_certificate(made.chain, [made.root], at=AT, revocation=made.lists(), expect_lei=LEI, expect_key=made.spki)
    assert (judged.verdict, judged.lei) == (Word.GENUINE, LEI)


def test_the_order_of_the_chain_and_what_else_is_in_it_do_not_matter() -> None:
    made = world()
    leaf, middle = made.hospital.chain
    stranger = root("Elsewhere")
    for chain in ([leaf, made.root.der, middle], [leaf, stranger.der, middle, middle, leaf], [leaf, middle, made.root.der]):
        judged = verify_certificate(chain, [stranger.der, made.root.der], at=AT, revocation=made.lists)
        assert judged.verdict is Word.GENUINE


def test_a_second_way_to_a_root_is_found() -> None:
    """The authority was certified by two roots; the certificate of one has expired."""
    one, two = root("Root One"), root("Root Two")
    key, subject = new_key("P-256"), name("Shared CA")
    old = one.issue(subject, key.public_key(), ca_extensions(), end=AT - timedelta(days=1))
    new = two.issue(subject, key.public_key(), ca_extensions())
    shared = Authority(subject, key, old, (new,))
    hospital = shared.hospital()
    lists = Revocation([one.crl(), two.crl(), shared.crl()])
    assert len(hospital.chain) == 3
    judged = verify_certificate(hospital.chain, [one.der, two.der], at=AT, revocation=lists, expect_lei=LEI)
    assert judged.verdict is Word.GENUINE


def test_like_named_certificates_cost_little() -> None:
    made = world()
    lookalikes = [made.root.below("Test Issuing CA").der for _ in range(8)]
    judged = verify_certificate([made.hospital.chain[0], *lookalikes], made.roots, at=AT, revocation=made.lists)
    assert judged.check("path").reason == "certificate.path.altered"


def test_names_within_the_authoritys_are_allowed() -> None:
    allowed = x509.NameConstraints([x509.DirectoryName(x509.Name(list(name("x"))[:1]))], None)
    top = root()
    middle = top.below("CA for Hong Kong", extensions=ca_extensions(more=[(allowed, True)]))
    assert judge(World(top, middle, middle.hospital())).verdict is Word.GENUINE


def test_path_length_counts_authorities_between() -> None:
    top = root(extensions=ca_extensions(path_length=1))
    middle = top.below("CA", extensions=ca_extensions(path_length=0))
    assert judge(World(top, middle, middle.hospital())).verdict is Word.GENUINE


@pytest.mark.parametrize(
    "purposes",
    [
        None,
        [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
        [ObjectIdentifier("1.3.6.1.5.5.7.3.36")],
        [ExtendedKeyUsageOID.EMAIL_PROTECTION],
    ],
)
def test_purposes_under_which_organisations_sign(purposes: list[ObjectIdentifier] | None) -> None:
    made = world()
    made.hospital = made.middle.hospital(purposes=purposes, use=usage(content_commitment=True))
    assert judge(made).verdict is Word.GENUINE


def test_an_older_good_answer_does_not_outweigh_a_list_that_revokes() -> None:
    """An OCSP answer holds for days; who was revoked meanwhile would show the last good one beside the list."""
    authority = root()
    hospital = authority.hospital()
    answer = authority.ocsp(hospital.certificate, made=AT - timedelta(days=3), until=AT + timedelta(days=1))
    given = {"at": AT, "expect_lei": LEI}
    for when, word in ((AT - timedelta(days=2), Word.NOT_GENUINE), (AT + timedelta(days=1), Word.GENUINE)):
        lists = Revocation([authority.crl([(hospital.certificate, when)])], [answer])
        assert verify_certificate(hospital.chain, [authority.der], revocation=lists, **given).verdict is word  # type: ignore[arg-type]


def test_a_list_that_nobody_signed_makes_nothing_known_fresher() -> None:
    authority, later = root(), AT + timedelta(days=20)
    hospital = authority.hospital()
    forged = authority.crl(made=later, until=later, key=new_key("P-256"))
    lists = Revocation([authority.crl(made=AT - timedelta(hours=2)), forged])
    judged = verify_certificate(hospital.chain, [authority.der], at=AT, revocation=lists, expect_lei=LEI)
    assert (judged.verdict, judged.as_of) == (Word.GENUINE, AT - timedelta(hours=2))


def test_revoked_later_does_not_undo_what_was_signed_before() -> None:
    made = world()
    later = Revocation(
        [made.root.crl(), made.middle.crl([(made.hospital.certificate, AT + timedelta(days=1))], made=AT + timedelta(days=2))]
    )
    assert judge(made, revocation=later).verdict is Word.GENUINE
    judged = judge(made, revocation=later, at=AT + timedelta(days=1, hours=1))
    assert judged.check("revocation").reason == "certificate.revocation.revoked"
    assert judged.check("revocation").facts["revoked_at"] == "2026-11-25T15:00:00Z"


def test_an_answer_by_a_responder_that_the_authority_appointed() -> None:
    made = world()
    key = new_key("P-256")
    for no_check in (True, False):
        extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)]
        if no_check:
            extensions.append((x509.OCSPNoCheck(), False))
        responder = made.middle.issue(name("Responder"), key.public_key(), extensions)
        answer = made.middle.ocsp(made.hospital.certificate, key=key, responder=responder)
        lists = Revocation([made.root.crl()], [answer])
        reason = judge(made, revocation=lists).check("revocation").reason
        assert reason == ("certificate.revocation.good" if no_check else "certificate.revocation.unavailable")
    revoked = made.middle.ocsp(made.hospital.certificate, ocsp.OCSPCertStatus.REVOKED, revoked=AT + timedelta(days=1))
    assert judge(made, revocation=Revocation([made.root.crl()], [revoked])).good is False


def test_soft_and_hard_differ_only_where_nothing_is_known() -> None:
    made = world()
    hard, soft = judge(made, revocation=Revocation()), judge(made, revocation=Revocation(required=False))
    assert (hard.verdict, soft.verdict) == (Word.COULD_NOT_CHECK, Word.GENUINE_WITH_NOTES)
    assert hard.lei == soft.lei == LEI


def test_unreadable_lists_are_counted() -> None:
    made = world()
    judged = judge(made, revocation=Revocation([*made.lists.crls, b"no list", b"x" * 3_000_000], [b"no answer"]))
    assert judged.verdict is Word.GENUINE
    assert judged.check("revocation").facts["unreadable"] == "3"


def test_a_heap_of_lists_costs_no_more_than_the_limit() -> None:
    made = world()
    entry = x509.RevokedCertificateBuilder().revocation_date(BEGIN)
    large = x509.CertificateRevocationListBuilder().issuer_name(made.middle.subject).last_update(BEGIN).next_update(END)
    for serial in range(20_000):
        large = large.add_revoked_certificate(entry.serial_number(10**40 + serial).build())
    crls = [large.sign(made.middle.key, SHA256()).public_bytes(Encoding.DER) for _ in range(8)]
    assert 500_000 < len(crls[0]) < 2 * 1024 * 1024
    read = readable(Revocation([*made.lists.crls, *crls, *crls]))
    assert sum(len(der) for der, _ in read.crls) <= MAX_ALL_CRL_BYTES
    assert len(read.crls) + read.unreadable == 10


def test_a_broken_root_is_the_callers_fault() -> None:
    made = world()
    with pytest.raises(FormatError) as caught:
        verify_certificate(made.hospital.chain, [b"no root"], at=AT, revocation=made.lists)
    assert caught.value.code == "certificate.malformed"


def test_one_key_written_two_ways_is_the_same_key() -> None:
    made = world()
    plain = made.hospital.spki
    point = made.hospital.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    compressed = plain[:1] + bytes([plain[1] - 32]) + plain[2:24] + bytes([plain[24] - 32]) + b"\x00" + point
    assert same_key(plain, compressed)
    assert not same_key(plain, world().hospital.spki)
    assert read_certificate(made.hospital.chain[0]).key == plain


def test_reading_needs_no_extra_and_judging_says_which() -> None:
    code = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pyhanko", "pyhanko_certvalidator", "asn1crypto"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Block())
from datetime import UTC, datetime
from schemas.errors import SetupError
from verifier.identity.x509.certificate import read_certificate
from verifier.identity.x509.revocation import MAX_ALL_CRL_BYTES, Revocation, readable
from verifier.identity.x509.verify import verify_certificate
leaf, root = (bytes.fromhex(line) for line in sys.stdin.read().split())
print(read_certificate(leaf).lei.value)
try:
    verify_certificate([leaf], [root], at=datetime(2026, 11, 24, tzinfo=UTC), revocation=Revocation())
except SetupError as error:
    print(error.code, error.hint)
"""
    top = root()
    hexadecimal = f"{top.hospital().chain[0].hex()}\n{top.der.hex()}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOM, input=hexadecimal, capture_output=True, text=True, check=False)
    assert done.stdout == f"{LEI}\ncertificate.library Install it with: pip install 'medcred[certificates]'\n", done.stderr


def test_a_certificate_without_limits_on_its_use() -> None:
    made = world()
    extensions = [one for one in leaf_extensions() if not isinstance(one[0], x509.KeyUsage | x509.ExtendedKeyUsage)]
    made.hospital = made.middle.hospital(extensions=extensions)
    assert judge(made).verdict is Word.GENUINE
