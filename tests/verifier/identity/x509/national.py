"""Certificates and lists with SM2 and SM3: those that `pki` makes, with an SM2 key in them, signed anew by an SM2 authority."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from sm import sm2
from tests.verifier.identity.x509.pki import Authority, Hospital, new_key, root
from verifier.identity.x509.der import SEQUENCE, element, read_element, read_elements
from verifier.identity.x509.revocation import Revocation

ALGORITHM = bytes.fromhex("300a06082a811ccf55018375")  # 1.2.156.10197.1.501, without parameters (GM/T 0015-2012 §5.2.3.3)
BIT_STRING = 0x03


@dataclass
class NationalWorld:
    """An SM2 root, an SM2 intermediate and a hospital with an SM2 key."""

    keys: tuple[sm2.PrivateKey, sm2.PrivateKey, sm2.PrivateKey]
    root: bytes
    chain: list[bytes]
    authorities: tuple[Authority, Authority]
    hospital: Hospital

    @property
    def spki(self) -> bytes:
        return self.keys[2].public_key.to_spki()

    def lists(self, *revoked: tuple[x509.Certificate, datetime]) -> Revocation:
        top, middle = self.authorities
        return Revocation(crls=[sign_crl(top.crl(), self.keys[0]), sign_crl(middle.crl(revoked), self.keys[1])])


def national_world() -> NationalWorld:
    top = root("Test SM2 Root")
    middle = top.below("Test SM2 Issuing CA")
    hospital = middle.hospital(key=new_key("P-256"))
    secrets = (sm2.generate(), sm2.generate(), sm2.generate())
    spkis = [secret.public_key.to_spki() for secret in secrets]
    leaf_der, middle_der = hospital.chain
    chain = [sign_certificate(leaf_der, spkis[2], secrets[1]), sign_certificate(middle_der, spkis[1], secrets[0])]
    return NationalWorld(secrets, sign_certificate(top.der, spkis[0], secrets[0]), chain, (top, middle), hospital)


def sign_certificate(der: bytes, spki: bytes, signer: sm2.PrivateKey, *, user_id: bytes = sm2.DEFAULT_USER_ID) -> bytes:
    """The certificate with another key in it, signed with SM2 and SM3."""
    version, serial, _, issuer, validity, subject, _, *extensions = _members(_members(der)[0])
    return _signed([version, serial, ALGORITHM, issuer, validity, subject, spki, *extensions], signer, user_id)


def sign_crl(der: bytes, signer: sm2.PrivateKey) -> bytes:
    """The list signed anew with SM2 and SM3."""
    version, _, *more = _members(_members(der)[0])
    return _signed([version, ALGORITHM, *more], signer, sm2.DEFAULT_USER_ID)


def _members(der: bytes) -> list[bytes]:
    return [whole for _, _, whole in read_elements(read_element(der)[1])]


def _signed(members: list[bytes], signer: sm2.PrivateKey, user_id: bytes) -> bytes:
    signed = element(SEQUENCE, b"".join(members))
    signature = element(BIT_STRING, b"\x00" + sm2.sign(signer, signed, user_id=user_id))
    return element(SEQUENCE, signed + ALGORITHM + signature)
