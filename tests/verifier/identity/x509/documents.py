"""PDF files made for a test: drawn, signed and stamped with pyHanko, changed after signing."""

import io
from datetime import datetime
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen import canvas

from tests.verifier.identity.x509.pki import Hospital


def blank(text: str = "Discharge letter (synthetic)") -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(72, 720, text)
    page.save()
    return out.getvalue()


def private(key: Any) -> Any:
    return asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def certificate(der: bytes) -> Any:
    return asn1.Certificate.load(der)


def signer_of(hospital: Hospital, key: Any = None) -> signers.SimpleSigner:
    leaf, *above = hospital.chain
    registry = SimpleCertificateStore()
    registry.register_multiple([certificate(der) for der in above])
    return signers.SimpleSigner(signing_cert=certificate(leaf), signing_key=private(key or hospital.key), cert_registry=registry)


def stamper_of(authority: Hospital, at: datetime) -> timestamps.DummyTimeStamper:
    leaf, *above = authority.chain
    registry = SimpleCertificateStore()
    registry.register_multiple([certificate(der) for der in above])
    return timestamps.DummyTimeStamper(certificate(leaf), private(authority.key), certs_to_embed=registry, fixed_dt=at)


def sign(
    pdf: bytes,
    hospital: Hospital,
    *,
    field: str = "Hospital",
    digest: str = "sha256",
    stamper: Any = None,
    key: Any = None,
    certify: bool = False,
) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        certify=certify,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES if certify else fields.MDPPerm.FILL_FORMS,
    )
    out = signers.sign_pdf(writer, metadata, signer=signer_of(hospital, key), timestamper=stamper)
    return bytes(out.getvalue())


def add_page_text(pdf: bytes, text: str = "changed") -> bytes:
    """An incremental update that changes what the page shows."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.generic import pdf_name

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    stream = generic.StreamObject(stream_data=f"BT /F1 12 Tf 72 600 Td ({text}) Tj ET".encode())
    page[pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
