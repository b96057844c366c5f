"""QR codes: what is drawn is read back by software of others."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from web.qr import qr_png, qr_svg

TEXTS = [
    "http://localhost:8101/o/0123456789abcdef0123456789abcdef",
    "http://localhost:8103/r/" + "x" * 200,
    "診所 · Clínica · 'quoted' <b>&amp;</b>",
]


@pytest.mark.parametrize("text", TEXTS, ids=["offer", "long", "other letters"])
def test_a_picture_reads_as_what_was_drawn(text: str) -> None:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(text))))
    assert found.text == text
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level in ("M", "Q", "H"), "more than M where it costs no larger picture"


@pytest.mark.parametrize("text", TEXTS, ids=["offer", "long", "other letters"])
def test_the_element_draws_the_same_modules(text: str) -> None:
    """The SVG is painted module by module from its path, then read."""
    (found,) = zxingcpp.read_barcodes(_painted(str(qr_svg(text))))
    assert found.text == text


def test_the_element_says_what_it_is_and_holds_no_markup_of_the_text() -> None:
    svg = str(qr_svg("<script>alert(1)</script>", label='Scan "me" <now>'))
    assert svg.startswith("<svg")
    assert 'class="qr"' in svg
    assert "viewBox" in svg
    assert '<title>Scan "me" &lt;now&gt;</title>' in svg
    assert "script" not in svg
    assert "style" not in svg


def _painted(svg: str) -> Image.Image:
    """A picture of the horizontal strokes segno draws: `M x y h n m dx dy h n …`, line width 1."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]
    picture = Image.new("L", (size, size), 255)
    path = re.search(r' d="([^"]+)"', svg)[1]  # type: ignore[index]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            for step in range(int(values[0])):
                picture.putpixel((int(x) + step, int(y)), 0)
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return picture.resize((size * 6, size * 6), Image.Resampling.NEAREST)
