"""QR codes as inline SVG (ISO/IEC 18004, error correction M)."""

import io

import segno
from markupsafe import Markup


def qr_svg(text: str, *, label: str = "") -> Markup:
    """An SVG element that a page can hold, scaled by its style sheet; `label` is what a screen reader says.

    Marked safe because segno draws it: `text` becomes modules, never markup.
    """
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        stream,
        kind="svg",
        xmldecl=False,
        svgns=True,
        nl=False,
        omitsize=True,
        border=4,
        svgclass="qr",
        title=label or None,
    )
    return Markup(stream.getvalue().decode())  # noqa: S704


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """The same code as a PNG picture, `scale` pixels a module."""
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(stream, kind="png", scale=scale, border=4)
    return stream.getvalue()
