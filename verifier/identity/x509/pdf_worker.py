"""The process in which a stranger's PDF file is read: the file on standard input, one line of JSON on standard output.

A few kilobytes of PDF can unpack to gigabytes, and a library cannot be interrupted from inside; so the file is read where
memory and processor time are bounded and the process may be killed (`verifier.identity.x509.pdf`). Found here is only what the
file itself shows: which certificate signed, whether the signature holds, what it covers, what came after it, which time is
stamped. Nothing is trusted here and no socket is opened.
"""

import base64
import io
import json
import logging
import resource
import sys
from collections.abc import Iterator
from typing import Any

MAX_SIGNATURES = 16
_STRONG_DIGESTS = ("sha256", "sha384", "sha512")
_SUBFILTERS = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached")
# Of time stamps over the whole file, which are no signatures, and of Brazil's PAdES.
_KNOWN = (*_SUBFILTERS, "/ETSI.RFC3161", "/PBAD.PAdES")


def serve(memory_bytes: int, cpu_seconds: int) -> None:
    """Read one file and answer."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    logging.disable()
    try:
        answer: dict[str, Any] = {"signatures": list(_signatures(sys.stdin.buffer.read()))}
    except MemoryError:
        answer = {"refused": "pdf.form.too_costly"}
    except Exception:  # pyHanko answers hostile files with any exception at all; the file is refused whichever it is
        answer = {"refused": "pdf.form.malformed"}
    print(json.dumps(answer), flush=True)


def _signatures(data: bytes) -> Iterator[dict[str, Any]]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    reader = PdfFileReader(io.BytesIO(data), strict=True)
    values = [value.get_object() for _, value, _ in enumerate_sig_fields(reader, filled_status=True)]
    if len(values) > MAX_SIGNATURES:
        raise ValueError("more signatures than anybody needs")
    for signature in reader.embedded_regular_signatures:
        yield _signature(signature)
    # The library leaves out signatures of other kinds; a reader would not hear of them.
    for value in values:
        if str(value.get("/SubFilter")) not in _KNOWN:
            yield _nothing("pdf.signature.unsupported")


def _signature(signature: Any) -> dict[str, Any]:
    """One signature. What cannot be read of it is a finding, so that the others are still looked at."""
    try:
        signature.compute_integrity_info()
        claimed = signature.self_reported_timestamp
        return {
            "signature": _holds(signature),
            "changes": _changes(signature.summarise_integrity_info()),
            "chain": _chain(signature.signer_cert, signature.other_embedded_certs),
            "claimed_at": claimed.isoformat() if claimed and claimed.tzinfo else None,
            "timestamp": _timestamp(signature.signer_info),
        }
    except MemoryError:
        raise
    except Exception:  # as above: whichever it is, this signature was not shown to hold
        return _nothing("pdf.signature.altered")


def _nothing(reason: str) -> dict[str, Any]:
    """A signature of which no more is known than the reason."""
    return {"signature": reason, "changes": None, "chain": [], "claimed_at": None, "timestamp": None}


def _holds(signature: Any) -> str:
    from asn1crypto import core
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    if str(signature.sig_object.get("/SubFilter")) not in _SUBFILTERS:
        return "pdf.signature.unsupported"
    if signature.signed_data["encap_content_info"]["content"] is not core.VOID:
        return "pdf.signature.altered"
    if (weak := _weak(signature.signer_info)) is not None:
        return weak
    intact, valid = validate_sig_integrity(
        signature.signer_info, signature.signer_cert, "data", signature.compute_digest(), sig_validator=_validator()
    )
    return "pdf.signature.ok" if intact and valid else "pdf.signature.altered"


def _weak(signer_info: Any) -> str | None:
    digest = signer_info["digest_algorithm"]["algorithm"].native
    if digest in _STRONG_DIGESTS:
        return None
    return "pdf.signature.weak" if digest in ("md2", "md5", "sha1", "sha224") else "pdf.signature.unsupported"


def _changes(integrity: dict[str, Any]) -> str:
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    coverage, result = integrity["coverage"], integrity["diff_result"]
    if coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return "pdf.changes.none"
    harmless = isinstance(result, DiffResult) and result.modification_level != ModificationLevel.OTHER
    if coverage == SignatureCoverageLevel.ENTIRE_REVISION and harmless and integrity["docmdp_ok"]:
        return "pdf.changes.allowed"
    return "pdf.changes.altered"


def _timestamp(signer_info: Any) -> dict[str, Any] | None:
    """The first time stamp over the signature (RFC 3161), and whether it is one: its own signature and what it stamps."""
    from asn1crypto import tsp
    from pyhanko.sign.general import extract_signer_info
    from pyhanko.sign.validation.generic_cms import (
        extract_certs_for_validation,
        extract_tst_data_iter,
        message_imprint_checker,
        validate_sig_integrity,
    )

    stamped = next(extract_tst_data_iter(signer_info, signed=False), None)
    if stamped is None:
        return None
    content = stamped["encap_content_info"]["content"]
    info = content.parsed
    if not isinstance(info, tsp.TSTInfo):
        raise TypeError("not a time stamp")
    signer = extract_signer_info(stamped)
    certificates = extract_certs_for_validation(stamped)
    authority = certificates.signer_cert
    digest = _digest(signer["digest_algorithm"]["algorithm"].native, bytes(content))
    intact, valid = validate_sig_integrity(signer, authority, "tst_info", digest, sig_validator=_validator())
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    same = algorithm in _STRONG_DIGESTS and message_imprint_checker(signer_info)(algorithm) == imprint["hashed_message"].native
    return {
        "holds": bool(intact and valid and same and _weak(signer) is None),
        "at": info["gen_time"].native.isoformat(),
        "chain": _chain(authority, certificates.other_certs),
    }


def _digest(algorithm: str, data: bytes) -> bytes:
    import hashlib

    return hashlib.new(algorithm, data).digest()


def _chain(leaf: Any, others: Any) -> list[str]:
    return [base64.b64encode(certificate.dump()).decode("ascii") for certificate in (leaf, *others)]


def _validator() -> Any:
    from verifier.identity.x509.path import validation_library

    return validation_library().signatures


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
