"""PEM (RFC 7468), strict: one block, its label named by the caller, nothing around it but white space."""

import base64
import binascii

from schemas.errors import FormatError

_COLUMNS = 64


def decode(text: str, label: str) -> bytes:
    """The bytes of the one block in a text.

    Raises:
        FormatError: `sm.pem_malformed`, no block, another label, several blocks, text around them, or not base64.
    """
    lines = text.strip().splitlines()
    if len(lines) < 3 or lines[0].strip() != f"-----BEGIN {label}-----" or lines[-1].strip() != f"-----END {label}-----":
        raise FormatError("sm.pem_malformed", f"This is not one PEM block with the label {label}.")
    try:
        return base64.b64decode("".join(line.strip() for line in lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("sm.pem_malformed", f"The PEM block {label} does not hold base64.") from error


def encode(data: bytes, label: str) -> str:
    """One block, 64 columns, with a newline at its end."""
    content = base64.b64encode(data).decode("ascii")
    lines = [content[at : at + _COLUMNS] for at in range(0, len(content), _COLUMNS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def label(text: str) -> str:
    """The label of the first line; empty when it is no PEM."""
    first = text.strip().partition("\n")[0].strip()
    return first[11:-5] if first.startswith("-----BEGIN ") and first.endswith("-----") else ""
