"""The museum of bad certificates: each function makes one fault; its name says which, the reason it must get stands beside it.

Everything is made anew from `tests.verifier.identity.x509.pki`; what cannot be built with a library is made by changing bytes.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sm import sm2
from tests.verifier.identity.x509.national import national_world, sign_certificate
from tests.verifier.identity.x509.pki import (
    AT,
    BEGIN,
    END,
    LEI,
    ORGANIZATION_IDENTIFIER,
    OTHER_LEI,
    Authority,
    Hospital,
    World,
    ca_extensions,
    leaf_extensions,
    name,
    new_key,
    raw,
    root,
    rsa_key,
    usage,
    world,
)
from verifier.identity.x509.der import PRINTABLE_STRING, SEQUENCE, UTF8_STRING, element, read_element, read_elements
from verifier.identity.x509.extension import LEI_OID, ROLE_OID
from verifier.identity.x509.revocation import Revocation

BIT_STRING = 0x03
SHA1_WITH_RSA = bytes.fromhex("300d06092a864886f70d0101050500")


@dataclass
class Case:
    """What is judged; everything but the fault is as it should be."""

    chain: Sequence[bytes]
    roots: Sequence[bytes]
    revocation: Revocation
    at: datetime = AT
    expect_lei: str | None = LEI
    expect_key: bytes | None = field(default=None, repr=False)


type Fault = Callable[[], Case]
FAULTS: dict[str, tuple[str, Fault]] = {}


def expect(reason: str) -> Callable[[Fault], Fault]:
    def keep(fault: Fault) -> Fault:
        FAULTS[fault.__name__] = (reason, fault)
        return fault

    return keep


def case(made: World, hospital: Hospital | None = None, **changes: Any) -> Case:
    whole = {"chain": (hospital or made.hospital).chain, "roots": made.roots, "revocation": made.lists}
    return Case(**{**whole, **changes})


def leaf(**changes: Any) -> Case:
    """A good world with another leaf."""
    made = world()
    return case(made, made.middle.hospital(**changes))


def lei_value(der: bytes, **changes: Any) -> Case:
    """A leaf whose LEI extension holds those bytes and whose subject names no LEI."""
    extensions = [*leaf_extensions(lei=None, role=None), (raw(LEI_OID, der), False)]
    return leaf(subject=name("Hospital"), extensions=extensions, **changes)


def role_value(der: bytes) -> Case:
    return leaf(extensions=[*leaf_extensions(role=None), (raw(ROLE_OID, der), False)])


def changed(made: World, change: Callable[[bytes], bytes]) -> Case:
    """The leaf's bytes changed, without a new signature."""
    return case(made, chain=[change(made.hospital.chain[0]), *made.hospital.chain[1:]])


def rebuilt(der: bytes, change: Callable[[list[bytes], list[bytes]], None]) -> bytes:
    """The certificate put together again after `change` of its three parts and of the fields that are signed."""
    parts = [whole for _, _, whole in read_elements(read_element(der)[1])]
    fields = [whole for _, _, whole in read_elements(read_element(parts[0])[1])]
    change(parts, fields)
    parts[0] = element(SEQUENCE, b"".join(fields))
    return element(SEQUENCE, b"".join(parts))


def signed_again(answer: bytes, algorithm: bytes | None, sign: Callable[[bytes], bytes]) -> bytes:
    """An OCSP answer with another signature (RFC 6960 §4.2.1)."""
    status, holder = [whole for _, _, whole in read_elements(read_element(answer)[1])]
    kind, octets = [whole for _, _, whole in read_elements(read_element(read_element(holder)[1])[1])]
    signed, old, _ = [whole for _, _, whole in read_elements(read_element(read_element(octets)[1])[1])]
    basic = element(SEQUENCE, signed + (algorithm or old) + element(BIT_STRING, b"\x00" + sign(signed)))
    return element(SEQUENCE, status + element(0xA0, element(SEQUENCE, kind + element(0x04, basic))))


# the form


@expect("certificate.form.malformed")
def no_certificate_at_all() -> Case:
    return case(world(), chain=[])


@expect("certificate.form.malformed")
def empty_file() -> Case:
    return case(world(), chain=[b""])


@expect("certificate.form.malformed")
def words_instead_of_a_certificate() -> Case:
    return case(world(), chain=[b"This is to certify that"])


@expect("certificate.form.malformed")
def truncated() -> Case:
    return changed(world(), lambda der: der[:-20])


@expect("certificate.form.malformed")
def bytes_after_the_end() -> Case:
    return changed(world(), lambda der: der + b"\x00")


@expect("certificate.form.malformed")
def pem_where_der_belongs() -> Case:
    return changed(world(), lambda der: b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(der))


@expect("certificate.form.malformed")
def length_in_its_long_form() -> Case:
    return changed(world(), lambda der: b"\x30\x83\x00" + der[2:])


@expect("certificate.form.malformed")
def length_of_four_gigabytes() -> Case:
    return changed(world(), lambda der: b"\x30\x84\xff\xff\xff\xff" + der[4:])


@expect("certificate.form.malformed")
def indefinite_length() -> Case:
    return changed(world(), lambda der: b"\x30\x80" + der[4:] + b"\x00\x00")


@expect("certificate.form.malformed")
def nested_a_thousand_times() -> Case:
    def nest(der: bytes) -> bytes:
        for _ in range(1000):
            der = element(SEQUENCE, der)
        return der

    return changed(world(), nest)


@expect("certificate.form.malformed")
def serial_number_zero() -> Case:
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: fields.__setitem__(1, b"\x02\x01\x00")))


@expect("certificate.form.malformed")
def negative_serial_number() -> Case:
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: fields.__setitem__(1, b"\x02\x01\xff")))


@expect("certificate.form.malformed")
def two_signature_algorithms_that_differ() -> Case:
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: parts.__setitem__(1, SHA1_WITH_RSA)))


@expect("certificate.form.malformed")
def version_nine() -> Case:
    version = bytes.fromhex("a003020108")
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: fields.__setitem__(0, version)))


@expect("certificate.form.malformed")
def an_extension_twice() -> Case:
    def double(parts: list[bytes], fields: list[bytes]) -> None:
        inner = read_element(read_element(fields[-1])[1])[1]
        last = list(read_elements(inner))[-1][2]
        fields[-1] = element(0xA3, element(SEQUENCE, inner + last))

    return changed(world(), lambda der: rebuilt(der, double))


@expect("certificate.form.malformed")
def a_time_that_is_none() -> Case:
    times = element(SEQUENCE, element(0x17, b"991399999999Z") * 2)
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: fields.__setitem__(4, times)))


@expect("certificate.form.malformed")
def a_broken_certificate_above() -> Case:
    made = world()
    return case(made, chain=[made.hospital.chain[0], b"\x30\x03\x02\x01\x01"])


@expect("certificate.form.too_large")
def a_chain_of_eleven() -> Case:
    made = world()
    return case(made, chain=[*made.hospital.chain[:1] * 11])


@expect("certificate.form.too_large")
def a_certificate_of_a_megabyte() -> Case:
    return leaf(extensions=[*leaf_extensions(), (raw("1.2.3.4", b"\x04\x03" + b"x" * 1_000_000), False)])


# algorithms


@expect("certificate.algorithm.weak")
def signed_with_sha1() -> Case:
    made = world("RSA")

    def resign(der: bytes) -> bytes:
        def change(parts: list[bytes], fields: list[bytes]) -> None:
            fields[2] = parts[1] = SHA1_WITH_RSA
            signed = element(SEQUENCE, b"".join(fields))
            signature = rsa_key().sign(signed, padding.PKCS1v15(), hashes.SHA1())
            parts[2] = element(BIT_STRING, b"\x00" + signature)

        return rebuilt(der, change)

    return changed(made, resign)


@expect("certificate.algorithm.weak")
def signed_with_sha224() -> Case:
    made = world()
    return case(made, made.middle.hospital(digest=hashes.SHA224()))


@expect("certificate.algorithm.weak")
def rsa_key_of_1024_bits() -> Case:
    return leaf(key=rsa_key(1024))


@expect("certificate.algorithm.weak")
def root_with_1024_bits() -> Case:
    top = root(key=rsa_key(1024))
    return case(World(top, top, top.hospital()))


@expect("certificate.algorithm.weak")
def curve_of_192_bits() -> Case:
    return leaf(key=ec.generate_private_key(ec.SECP192R1()))


@expect("certificate.algorithm.weak")
def dsa_key() -> Case:
    return leaf(key=dsa.generate_private_key(1024))


@expect("certificate.algorithm.unsupported")
def a_signature_algorithm_nobody_knows() -> Case:
    unknown = element(SEQUENCE, bytes.fromhex("06032a0304"))

    def change(parts: list[bytes], fields: list[bytes]) -> None:
        fields[2] = parts[1] = unknown

    return changed(world(), lambda der: rebuilt(der, change))


# the path


@expect("certificate.path.no_roots")
def nobody_is_trusted() -> Case:
    return case(world(), roots=[])


@expect("certificate.path.untrusted")
def another_root() -> Case:
    return case(world(), roots=[root("Elsewhere").der])


@expect("certificate.path.untrusted")
def the_root_is_only_in_the_chain() -> Case:
    made = world()
    return case(made, chain=[*made.hospital.chain, made.root.der], roots=[root("Elsewhere").der])


@expect("certificate.path.untrusted")
def self_signed() -> Case:
    return case(world(), chain=[root("Harbour Demonstration Hospital", extensions=leaf_extensions()).der])


@expect("certificate.path.untrusted")
def the_certificate_between_is_missing() -> Case:
    made = world()
    return case(made, chain=made.hospital.chain[:1])


@expect("certificate.path.altered")
def a_root_of_the_same_name() -> Case:
    return case(world(), roots=[root().der])


@expect("certificate.form.malformed")
def a_name_that_is_a_bit_string() -> Case:
    before = element(UTF8_STRING, b"Harbour Demonstration Hospital")
    return changed(world(), lambda der: der.replace(before, bytes([BIT_STRING]) + before[1:]))


@expect("certificate.path.altered")
def a_bit_of_the_name_changed() -> Case:
    return changed(world(), lambda der: der.replace(b"Harbour Demonstration", b"Harbor! Demonstration", 4))


@expect("certificate.path.altered")
def the_lei_replaced_after_signing() -> Case:
    return case(
        world(),
        chain=[made.replace(LEI.encode(), OTHER_LEI.encode()) for made in world().hospital.chain],
        expect_lei=OTHER_LEI,
    )


@expect("certificate.path.altered")
def a_signature_of_zeros() -> Case:
    def change(parts: list[bytes], fields: list[bytes]) -> None:
        parts[2] = element(BIT_STRING, b"\x00" + element(SEQUENCE, b"\x02\x01\x00" * 2))

    return changed(world(), lambda der: rebuilt(der, change))


@expect("certificate.path.altered")
def a_signature_of_nothing() -> Case:
    return changed(world(), lambda der: rebuilt(der, lambda parts, fields: parts.__setitem__(2, element(BIT_STRING, b"\x00"))))


@expect("certificate.path.expired")
def expired() -> Case:
    return leaf(end=AT - timedelta(seconds=5))


@expect("certificate.path.expired")
def the_authority_above_has_expired() -> Case:
    top = root()
    middle = top.below("Old CA", end=AT - timedelta(days=1))
    return case(World(top, middle, middle.hospital()))


@expect("certificate.path.expired")
def the_root_has_expired() -> Case:
    top = root(end=AT - timedelta(days=1))
    return case(World(top, top, top.hospital()))


@expect("certificate.path.not_yet")
def not_yet_valid() -> Case:
    return leaf(begin=AT + timedelta(seconds=5))


@expect("certificate.path.not_a_ca")
def issued_by_another_hospital() -> Case:
    made = world()
    neighbour = made.hospital
    other = Authority(neighbour.certificate.subject, neighbour.key, neighbour.certificate, (made.middle.certificate,))
    return case(
        made, Hospital(neighbour.key, other.hospital(key=neighbour.key).certificate, (neighbour.certificate, *neighbour.above))
    )


@expect("certificate.path.not_a_ca")
def the_authority_may_not_sign_certificates() -> Case:
    top = root()
    extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage(digital_signature=True), True)]
    middle = top.below("Test CA", extensions=extensions)
    return case(World(top, middle, middle.hospital()))


@expect("certificate.path.not_a_ca")
def a_hospital_pinned_as_a_root() -> Case:
    made = world()
    neighbour = made.hospital
    other = Authority(neighbour.certificate.subject, neighbour.key, neighbour.certificate)
    return case(made, Hospital(neighbour.key, other.hospital().certificate, ()), roots=[neighbour.chain[0]])


@expect("certificate.path.too_long")
def one_authority_more_than_allowed() -> Case:
    top = root()
    middle = top.below("Last CA", extensions=ca_extensions(path_length=0))
    low = middle.below("One CA too many")
    return case(World(top, low, low.hospital()))


@expect("certificate.path.too_long")
def one_authority_more_than_the_root_allowed() -> Case:
    top = root(extensions=ca_extensions(path_length=0))
    middle = top.below("One CA too many")
    return case(World(top, middle, middle.hospital()))


@expect("certificate.path.name_constraints")
def a_name_outside_the_authoritys() -> Case:
    allowed = x509.NameConstraints([x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "PT")]))], None)
    top = root()
    middle = top.below("CA for Portugal", extensions=ca_extensions(more=[(allowed, True)]))
    return case(World(top, middle, middle.hospital()))


@expect("certificate.path.name_constraints")
def a_name_kept_from_the_authority() -> Case:
    barred = x509.NameConstraints(None, [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "HK")]))])
    top = root(extensions=ca_extensions(more=[(barred, True)]))
    return case(World(top, top, top.hospital()))


@expect("certificate.path.unknown_extension")
def a_critical_extension_nobody_knows() -> Case:
    return leaf(more=[(raw("1.2.3.4", b"\x05\x00"), True)])


@expect("certificate.path.refused")
def a_policy_is_required_and_missing() -> Case:
    required = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    top = root()
    middle = top.below("Strict CA", extensions=ca_extensions(more=[(required, True)]))
    return case(World(top, middle, middle.hospital()))


@expect("certificate.path.altered")
def sm2_under_another_user_id() -> Case:
    made = national_world()
    forged = sign_certificate(made.hospital.chain[0], made.spki, made.keys[1], user_id=b"somebody")
    return Case([forged, made.chain[1]], [made.root], made.lists())


@expect("certificate.path.altered")
def sm2_by_another_key() -> Case:
    made = national_world()
    forged = sign_certificate(made.hospital.chain[0], made.spki, sm2.generate())
    return Case([forged, made.chain[1]], [made.root], made.lists())


# the use


@expect("certificate.usage.is_ca")
def an_authority_signs_records() -> Case:
    return leaf(ca=True)


@expect("certificate.usage.not_for_signing")
def a_key_for_encryption() -> Case:
    return leaf(use=usage(key_encipherment=True))


@expect("certificate.usage.not_for_signing")
def a_web_servers_certificate() -> Case:
    return leaf(purposes=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


@expect("certificate.usage.not_for_signing")
def an_authority_for_web_servers() -> Case:
    top = root()
    limit = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    middle = top.below("Web CA", extensions=ca_extensions(more=[limit]))
    return case(World(top, middle, middle.hospital()))


# the key


@expect("certificate.key.other")
def somebody_elses_certificate() -> Case:
    made = world()
    return case(made, expect_key=made.middle.hospital().spki)


# the LEI


@expect("certificate.lei.missing")
def no_lei() -> Case:
    return leaf(subject=name("Hospital"), lei=None)


@expect("certificate.lei.missing")
def a_tax_number_instead() -> Case:
    return leaf(subject=name("Hospital", (ORGANIZATION_IDENTIFIER, "VATHK-123456")), lei=None)


@expect("certificate.lei.missing")
def organization_identifier_too_short() -> Case:
    return leaf(subject=name("Hospital", (ORGANIZATION_IDENTIFIER, "LEIXG-123456")), lei=None)


@expect("certificate.lei.malformed")
def lei_is_an_empty_sequence() -> Case:
    return lei_value(bytes.fromhex("3000"))


@expect("certificate.lei.malformed")
def lei_is_empty() -> Case:
    return lei_value(b"")


@expect("certificate.lei.malformed")
def lei_is_one_byte() -> Case:
    return lei_value(b"\x13")


@expect("certificate.lei.malformed")
def lei_of_nineteen_characters() -> Case:
    return lei_value(element(PRINTABLE_STRING, LEI[:19].encode()))


@expect("certificate.lei.malformed")
def lei_of_twenty_one_characters() -> Case:
    return lei_value(element(PRINTABLE_STRING, LEI.encode() + b"0"))


@expect("certificate.lei.malformed")
def lei_in_small_letters() -> Case:
    return lei_value(element(PRINTABLE_STRING, LEI.lower().encode()))


@expect("certificate.lei.malformed")
def lei_with_a_newline() -> Case:
    return lei_value(element(UTF8_STRING, LEI.encode()[:19] + b"\n"))


@expect("certificate.lei.malformed")
def lei_in_fullwidth_digits() -> Case:
    return lei_value(element(UTF8_STRING, "９８4500HKTESTHOSP0164".encode()))


@expect("certificate.lei.malformed")
def lei_as_an_octet_string() -> Case:
    return lei_value(element(0x04, LEI.encode()))


@expect("certificate.lei.malformed")
def lei_as_a_number() -> Case:
    return lei_value(b"\x02\x01\x07")


@expect("certificate.lei.malformed")
def lei_with_bytes_after_it() -> Case:
    return lei_value(element(PRINTABLE_STRING, LEI.encode()) + b"\x05\x00")


@expect("certificate.lei.malformed")
def lei_with_a_length_that_lies() -> Case:
    return lei_value(b"\x13\x7f" + LEI.encode())


@expect("certificate.lei.malformed")
def lei_without_its_der_header() -> Case:
    return lei_value(LEI.encode())


@expect("certificate.lei.malformed")
def lei_not_utf8() -> Case:
    return lei_value(element(UTF8_STRING, b"\xff" * 20))


@expect("certificate.lei.malformed")
def lei_sequence_of_three() -> Case:
    return lei_value(element(SEQUENCE, element(PRINTABLE_STRING, LEI.encode()) * 3))


@expect("certificate.lei.malformed")
def lei_sequence_in_a_sequence() -> Case:
    return lei_value(element(SEQUENCE, element(SEQUENCE, element(PRINTABLE_STRING, LEI.encode()))))


@expect("certificate.lei.malformed")
def lei_malformed_beside_a_good_organization_identifier() -> Case:
    return leaf(extensions=[*leaf_extensions(lei=None), (raw(LEI_OID, b"\x30\x00"), False)])


@expect("certificate.lei.malformed")
def role_empty() -> Case:
    return role_value(element(UTF8_STRING, b""))


@expect("certificate.lei.malformed")
def role_too_long() -> Case:
    return role_value(element(UTF8_STRING, b"x" * 101))


@expect("certificate.lei.malformed")
def role_with_control_characters() -> Case:
    return role_value(element(UTF8_STRING, b"CEO\x1b[2J"))


@expect("certificate.lei.malformed")
def role_turns_the_text_round() -> Case:
    return role_value(element(UTF8_STRING, "\u202eOEC".encode()))


@expect("certificate.lei.check_digits")
def wrong_check_digits() -> Case:
    return lei_value(element(PRINTABLE_STRING, b"AEYE00EKXESVZUUEBP63"))


@expect("certificate.lei.check_digits")
def wrong_check_digits_in_the_subject() -> Case:
    return leaf(subject=name("Hospital", (ORGANIZATION_IDENTIFIER, "LEIXG-AEYE00EKXESVZUUEBP63")))


@expect("certificate.lei.disagrees")
def two_leis() -> Case:
    return leaf(subject=name("Hospital", (ORGANIZATION_IDENTIFIER, f"LEIXG-{OTHER_LEI}")))


@expect("certificate.lei.other")
def another_entitys_lei() -> Case:
    return leaf(lei=OTHER_LEI)


@expect("certificate.lei.critical")
def lei_marked_critical() -> Case:
    return leaf(critical=True)


# revocation


@expect("certificate.revocation.unavailable")
def no_list_at_all() -> Case:
    return case(world(), revocation=Revocation())


@expect("certificate.revocation.not_checked")
def no_list_at_all_and_none_required() -> Case:
    return case(world(), revocation=Revocation(required=False))


@expect("certificate.revocation.unavailable")
def only_the_upper_list() -> Case:
    made = world()
    return case(made, revocation=Revocation([made.root.crl()]))


@expect("certificate.revocation.unavailable")
def unreadable_lists() -> Case:
    return case(world(), revocation=Revocation([b"no list", b"\x30\x00"], [b"no answer", b"\x30\x03\x0a\x01\x01"]))


@expect("certificate.revocation.unavailable")
def a_list_signed_by_somebody_else() -> Case:
    made = world()
    return case(made, revocation=Revocation([made.root.crl(), made.middle.crl(key=new_key("P-256"))]))


@expect("certificate.revocation.unavailable")
def a_list_of_another_authority() -> Case:
    made = world()
    return case(made, revocation=Revocation([made.root.crl(), root("Elsewhere").crl()]))


@expect("certificate.revocation.unavailable")
def an_answer_signed_by_somebody_else() -> Case:
    made = world()
    stranger = new_key("P-256")
    answer = signed_again(
        made.middle.ocsp(made.hospital.certificate), None, lambda data: stranger.sign(data, ec.ECDSA(hashes.SHA256()))
    )
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.unavailable")
def an_answer_signed_with_sha1() -> Case:
    made = world("RSA")
    answer = signed_again(
        made.middle.ocsp(made.hospital.certificate),
        SHA1_WITH_RSA,
        lambda data: rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA1()),
    )
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.unavailable")
def an_answer_about_another_certificate() -> Case:
    made = world()
    answer = made.middle.ocsp(made.middle.hospital().certificate)
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.unavailable")
def an_answer_by_a_hospital() -> Case:
    made = world()
    neighbour = made.middle.hospital()
    answer = made.middle.ocsp(made.hospital.certificate, key=neighbour.key, responder=neighbour.certificate)
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.unavailable")
def an_answer_that_does_not_know() -> Case:
    made = world()
    answer = made.middle.ocsp(made.hospital.certificate, ocsp.OCSPCertStatus.UNKNOWN)
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.stale")
def a_list_out_of_date() -> Case:
    made = world()
    old = made.middle.crl(made=AT - timedelta(days=9), until=AT - timedelta(days=2))
    return case(made, revocation=Revocation([made.root.crl(), old]))


@expect("certificate.revocation.unavailable")
def a_list_made_after_the_certificate_ended() -> Case:
    made = world()
    late = made.middle.crl(made=END + timedelta(days=1), until=END + timedelta(days=8))
    return case(made, revocation=Revocation([made.root.crl(), late]))


@expect("certificate.revocation.revoked")
def revoked_by_a_list() -> Case:
    made = world()
    return case(made, revocation=Revocation([made.root.crl(), made.middle.crl([(made.hospital.certificate, BEGIN)])]))


@expect("certificate.revocation.revoked")
def revoked_by_an_answer() -> Case:
    made = world()
    answer = made.middle.ocsp(made.hospital.certificate, ocsp.OCSPCertStatus.REVOKED, revoked=BEGIN)
    return case(made, revocation=Revocation([made.root.crl()], [answer]))


@expect("certificate.revocation.revoked")
def the_authority_above_is_revoked() -> Case:
    made = world()
    return case(made, revocation=Revocation([made.root.crl([(made.middle.certificate, BEGIN)]), made.middle.crl()]))


@expect("certificate.revocation.revoked")
def revoked_and_nobody_requires_lists() -> Case:
    made = world()
    lists = [made.root.crl(), made.middle.crl([(made.hospital.certificate, BEGIN)])]
    return case(made, revocation=Revocation(lists, required=False))


@expect("certificate.revocation.revoked")
def sm2_revoked() -> Case:
    made = national_world()
    return Case(made.chain, [made.root], made.lists((made.hospital.certificate, BEGIN)))
