"""What a petition is carried into the street with: a QR code, and a poster to print."""

import io
from functools import lru_cache

import segno

from core import documents

#: pixels of one module of the code: sharp on paper, a kilobyte as a picture
SCALE = 12
#: drawn posters and codes that a process keeps
KEPT = 64
CSS = """
h1 { font-size: 40pt; margin: 18pt 0 10pt 0; }
.ask { font-size: 18pt; line-height: 1.3; }
.whom { font-size: 14pt; margin-bottom: 4pt; }
.code { text-align: center; margin-top: 18pt; }
.act { font-size: 20pt; font-weight: bold; text-align: center; margin: 8pt 0 4pt 0; }
.link { font-family: monospace; font-size: 10pt; text-align: center; margin: 0; }
.foot { font-size: 10pt; text-align: center; color: #57536e; }
"""


@lru_cache(KEPT)
def qr_code(link: str) -> bytes:
    """A PNG that phones read as `link`; a quarter of it may be worn off."""
    drawn = io.BytesIO()
    segno.make_qr(link, error="q").save(drawn, kind="png", scale=SCALE, border=4)
    return drawn.getvalue()


@lru_cache(KEPT)
def draw_poster(html: str, title: str, link: str) -> bytes:
    """A PDF on A4. html: with a picture named qr.png where the code of `link` shall stand."""
    archive = documents.library().Archive()
    archive.add(qr_code(link), "qr.png")
    return documents.draw(html, css=CSS, title=title, archive=archive)
