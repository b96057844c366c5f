"""The SM2 curve (GB/T 32918.5-2017) and its points as bytes.

Only public values are computed here; plain integers take a time that shows their value. A point is `04 ‖ x ‖ y`, 65 bytes, the
uncompressed form of GB/T 32918.1 §4.2.9 and the one GM/T 0009 §7.1 writes. Refused are the compressed forms, the point at
infinity, coordinates at or above p, and what does not lie on the curve. The cofactor is 1: every point on the curve has the full
order.
"""

from schemas.errors import FormatError

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

COORDINATE_BYTES = 32
POINT_BYTES = 65
UNCOMPRESSED = 0x04


def check_point(point: bytes) -> None:
    """Is this `04 ‖ x ‖ y` of a point on the curve? GB/T 32918.1 §4.2.10 and §6.2.1.

    Raises:
        FormatError: `sm.point_infinity`, `sm.point_compressed`, `sm.point_malformed`, `sm.point_range`, `sm.point_off_curve`.
    """
    if point == b"\0":
        raise FormatError("sm.point_infinity", "The point at infinity is no SM2 key and no part of a ciphertext.")
    if len(point) == 1 + COORDINATE_BYTES and point[0] in (0x02, 0x03):
        raise FormatError("sm.point_compressed", "This SM2 point is compressed.", "Write it uncompressed: 04, x, y.")
    if len(point) != POINT_BYTES or point[0] != UNCOMPRESSED:
        raise FormatError("sm.point_malformed", "This is not an SM2 point.", "It has 65 bytes: 04, x, y.")
    x, y = coordinates(point)
    if x >= P or y >= P:
        raise FormatError("sm.point_range", "A coordinate of this SM2 point is not below the field's prime.")
    if (y * y - (x * x * x + A * x + B)) % P:
        raise FormatError("sm.point_off_curve", "This point does not lie on the SM2 curve.")


def coordinates(point: bytes) -> tuple[int, int]:
    """x and y of `04 ‖ x ‖ y`."""
    return int.from_bytes(point[1:33]), int.from_bytes(point[33:])


def point(x: int, y: int) -> bytes:
    """`04 ‖ x ‖ y` of two coordinates below 2^256."""
    return bytes((UNCOMPRESSED,)) + x.to_bytes(COORDINATE_BYTES) + y.to_bytes(COORDINATE_BYTES)
