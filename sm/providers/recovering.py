"""The public keys that a signature may have been made with.

GB/T 32918.2 §7.1 B6: (x1, y1) = s·G + (r + s)·P with r = e + x1. So x1 = r - e gives two points, and each of them one P. The
arithmetic is on plain integers whose time shows their value: everything here is public.
"""

from collections.abc import Iterator

from sm.curve import GX, GY, A, B, N, P, point

type Affine = tuple[int, int] | None
"""A point; None is the point at infinity."""


def candidates(digest: bytes, signature: tuple[int, int]) -> Iterator[bytes]:
    """The points for which r and s are a signature over a digest `e`, as `04 ‖ x ‖ y`: two, one of them the signer's."""
    r, s = signature
    # That x1 lies between n and p, so that another x1 were possible, happens once in 2^129.
    x = (r - int.from_bytes(digest)) % N
    # p leaves 3 when divided by 4.
    y = pow((x * x * x + A * x + B) % P, (P + 1) // 4, P)
    inverse = pow(r + s, -1, N)
    for ephemeral in ((x, y), (x, P - y)):
        found = _add(_multiply(inverse, ephemeral), _multiply(-s * inverse % N, (GX, GY)))
        if found is not None:
            yield point(*found)


def _add(one: Affine, other: Affine) -> Affine:
    """GB/T 32918.1 §3.2.3.1."""
    if one is None:
        return other
    if other is None:
        return one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def _multiply(scalar: int, of: Affine) -> Affine:
    """GB/T 32918.1 appendix A.3.2."""
    result: Affine = None
    for bit in f"{scalar:b}":
        result = _add(result, result)
        if bit == "1":
            result = _add(result, of)
    return result
