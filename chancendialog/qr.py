"""QR codes, dark on a light ground of their own, also where the page is dark."""

from io import BytesIO

import segno
from markupsafe import Markup

BORDER = 4  # modules that readers need to be empty (ISO/IEC 18004)


def svg(content: str) -> Markup:
    """Drawn in a page; as large as its frame."""
    drawn = _made(content).svg_inline(border=BORDER, light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 -- modules only, no text


def png(content: str) -> bytes:
    """A picture for letters."""
    file = BytesIO()
    _made(content).save(file, kind="png", scale=8, border=BORDER)
    return file.getvalue()


def _made(content: str) -> segno.QRCode:
    """Readable with an eighth of it worn off or in the glare: level M."""
    return segno.make_qr(content, error="m")
