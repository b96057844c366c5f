"""QR codes in pictures. The browser sends grey values, one byte a pixel, so that no picture file is ever parsed here."""

import zxingcpp

from schemas.errors import InputError

LARGEST_SIDE = 1600


def read_qr(pixels: bytes, width: int, height: int) -> str | None:
    """The text of the QR code in a grey picture (rows from the top), or None when there is none.

    Raises:
        InputError: `picture.malformed`, when width and height do not fit the bytes or are too large.
    """
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE and len(pixels) == width * height):
        raise InputError("picture.malformed", "This picture cannot be read.", "Paste the link instead.")
    grey = memoryview(pixels).cast("B", shape=[height, width])
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found[0].text if found else None
