"""The fingerprint of a record: a salted commitment that says nothing to those who do not hold the record.

    commitment = HMAC-H(salt, "ddtp-commit-v1" ‖ media type ‖ canonical bytes)        H = SHA-256 or SM3, by name

Content that begins with `;` or a character that may stand in a media type (plain text, never JSON, PDF or DICOM) has a `;`
before it, so that no two pairs of media type and content are the same message (docs/adr/0007-where-the-media-type-ends.md).

An unsalted digest of a medical record can be guessed: an identity number has few values, a test result two. So the salt is at
least 128 random bits, travels with the record, and destroying it with the record makes the commitment meaningless.
A credential is committed without its proofs: signatures may be malleable or made again; the content may not.

Refused: short salts, unknown algorithms, media types that are not plain `type/subtype`, and a fingerprint of any other shape.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ledger.algorithms import DIGEST_BYTES, Algorithm, decode_multihash, encode_multihash, hash_constructor, named
from ledger.encoding import decode_multibase, encode_multibase
from schemas.canonical import canonicalize
from schemas.errors import FormatError

DOMAIN = b"ddtp-commit-v1"
CREDENTIAL_MEDIA_TYPE = "application/vc"
MIN_SALT_BYTES = 16
MAX_SALT_BYTES = 64
_CHUNK_BYTES = 1024 * 1024
# RFC 6838 §4.2 restricted names, lower case only, no parameters: one media type has one spelling.
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.ASCII)
# What a reader of the message could take for more of the media type, and the sign that ends it.
_CONTINUES_MEDIA_TYPE = re.compile(rb"[a-z0-9!#$&^_.+;-]")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment and the algorithm that made it. `digest` has 32 bytes.

    Raises:
        FormatError: `commitment.malformed`, a digest of another length; `hash.unknown`.
    """

    algorithm: Algorithm
    digest: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "algorithm", named(self.algorithm))
        if len(self.digest) != DIGEST_BYTES:
            raise FormatError("commitment.malformed", "A commitment has 32 bytes.", "Make it with ledger.commitment.commit.")

    def text(self) -> str:
        """The multihash as multibase text, `uEiA…` for SHA-256."""
        return encode_multibase(encode_multihash(self.algorithm, self.digest))

    @classmethod
    def parse(cls, text: object) -> "Commitment":
        """The commitment of `text()`.

        Raises:
            FormatError: `commitment.malformed`, `multihash.malformed`.
        """
        try:
            data = decode_multibase(text)
        except ValueError as error:
            raise FormatError(
                "commitment.malformed", "A commitment is a multihash in multibase base64url.", "It starts with uEi or uzaYB."
            ) from error
        return cls(*decode_multihash(data))


def commit(salt: bytes, media_type: str, data: bytes, algorithm: str = Algorithm.SHA_256) -> bytes:
    """The 32-byte commitment to some content.

    Args:
        salt: 16 to 64 random bytes, kept with the content.
        media_type: what the bytes are, lower case, without parameters (`application/pdf`).
        data: the content; for JSON its RFC 8785 bytes.
        algorithm: `sha-256` or `sm3`.

    Raises:
        FormatError: `commitment.salt`, `commitment.media_type`, `hash.unknown`.
    """
    mac = _begin(salt, media_type, data[:1], algorithm)
    mac.update(data)
    return mac.digest()


def commit_stream(salt: bytes, media_type: str, stream: BinaryIO, algorithm: str = Algorithm.SHA_256) -> bytes:
    """`commit` for a file of any size, read a mebibyte at a time from where `stream` stands to its end."""
    chunk = stream.read(_CHUNK_BYTES)
    mac = _begin(salt, media_type, chunk[:1], algorithm)
    while chunk:
        mac.update(chunk)
        chunk = stream.read(_CHUNK_BYTES)
    return mac.digest()


def credential_commitment(credential: Mapping[str, Any], *, canonical: bytes | None = None) -> Commitment:
    """The commitment to a credential, with the salt and algorithm its own `fingerprint` member names.

    Covered is the whole credential but `proof`: subject, status and the fingerprint member included.

    Args:
        credential: the JSON object.
        canonical: the RFC 8785 bytes of the credential without `proof`, when the caller has them.

    Raises:
        FormatError: `fingerprint.malformed`, no fingerprint or one of another shape; `fingerprint.salt`, a salt that is not
            multibase base64url of 16 to 64 bytes; `hash.unknown`; `json.not_canonical`.
    """
    fingerprint = credential.get("fingerprint") if isinstance(credential, Mapping) else None
    if (
        not isinstance(fingerprint, Mapping)
        or fingerprint.get("type") != "SaltedFingerprint"
        or fingerprint.keys() != {"type", "algorithm", "salt"}
    ):
        raise FormatError(
            "fingerprint.malformed",
            "This credential has no salted fingerprint.",
            "`fingerprint` holds exactly type SaltedFingerprint, algorithm and salt.",
        )
    algorithm = named(fingerprint["algorithm"])
    try:
        salt = decode_multibase(fingerprint["salt"])
    except ValueError as error:
        raise FormatError(
            "fingerprint.salt", "The salt of the fingerprint is not multibase base64url.", "It starts with u."
        ) from error
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise FormatError("fingerprint.salt", "The salt of the fingerprint has a wrong length.", "It has 16 to 64 bytes.")
    if canonical is None:
        canonical = canonicalize({name: value for name, value in credential.items() if name != "proof"})
    return Commitment(algorithm, commit(salt, CREDENTIAL_MEDIA_TYPE, canonical, algorithm))


def _begin(salt: bytes, media_type: str, first_byte: bytes, algorithm: str) -> hmac.HMAC:
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise FormatError("commitment.salt", "The salt has a wrong length.", "Use 16 to 64 random bytes.")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise FormatError(
            "commitment.media_type", "The media type is not a plain type/subtype.", "Write it in lower case, without parameters."
        )
    mac = hmac.new(salt, digestmod=hash_constructor(named(algorithm)))
    mac.update(DOMAIN)
    mac.update(media_type.encode())
    if _CONTINUES_MEDIA_TYPE.match(first_byte):
        mac.update(b";")
    return mac
