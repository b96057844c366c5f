"""Reading a QR code from grey pixels."""

import io

import pytest
import segno

from schemas.errors import InputError
from wallet.pictures import LARGEST_SIDE, read_qr


def picture(text: str, scale: int = 4) -> tuple[bytes, int]:
    code = segno.make(text, micro=False)
    rows = [[0 if dark else 255 for dark in row for _ in range(scale)] for row in code.matrix_iter(border=4)]
    grey = io.BytesIO()
    for row in rows:
        grey.write(bytes(row) * scale)
    return grey.getvalue(), len(rows[0])


def test_finds_the_text() -> None:
    pixels, side = picture("http://localhost:8103/r/k3x9")
    assert read_qr(pixels, side, side) == "http://localhost:8103/r/k3x9"


def test_nothing_to_find() -> None:
    assert read_qr(b"\x80" * 40_000, 200, 200) is None


@pytest.mark.parametrize(
    ("size", "width", "height"), [(0, 0, 0), (10, -1, -10), (10, 5, 3), (10, 0, 5), (LARGEST_SIDE + 1, LARGEST_SIDE + 1, 1)]
)
def test_malformed_pictures_are_refused(size: int, width: int, height: int) -> None:
    with pytest.raises(InputError) as caught:
        read_qr(b"\x00" * size, width, height)
    assert caught.value.code == "picture.malformed"
