"""What a petition is carried into the street with: a QR code, a poster, a sheet to sign on."""

import io
import re
from functools import lru_cache

import segno

from core import documents

#: pixels of one module of the code: sharp on paper, a kilobyte as a picture
SCALE = 12
#: drawn posters and codes that a process keeps
KEPT = 64
#: times POINTS that a poster is tried in: the first that fits one sheet
SIZES = (1.5, 1.25, 1.0, 0.8)
CSS = """
h1 {{ font-size: {0:.0f}pt; margin: {2:.0f}pt 0 {3:.0f}pt 0; }}
.ask {{ font-size: {1:.0f}pt; line-height: 1.3; }}
.whom {{ font-size: 14pt; margin-bottom: 4pt; }}
.code {{ text-align: center; margin-top: {2:.0f}pt; }}
img {{ width: {4:.0f}pt; height: {4:.0f}pt; }}
.act {{ font-size: {1:.0f}pt; font-weight: bold; text-align: center; margin: {3:.0f}pt 0 4pt 0; }}
.how {{ font-size: 13pt; text-align: center; margin: 0 0 4pt 0; }}
.link {{ font-family: monospace; font-size: 10pt; text-align: center; margin: 0; }}
.foot {{ font-size: 10pt; text-align: center; color: #57536e; }}
"""
#: points: of the title, of what is asked, between parts, half of that, of the code
POINTS = (40, 18, 18, 9, 180)
#: lines of a sheet to sign on: as many of these as one page takes
LINES = (18, 16, 14, 12, 10, 8, 6)
LINES_CSS = """
h1 { font-size: 18pt; margin: 0 0 4pt 0; }
table { width: 100%; margin-top: 8pt; }
td { border: 0.5pt solid #57536e; padding: 7pt 5pt; width: 33%; }
"""


@lru_cache(KEPT)
def qr_code(link: str) -> bytes:
    """A PNG that phones read as `link`; a quarter of it may be worn off."""
    drawn = io.BytesIO()
    segno.make_qr(link, error="q").save(drawn, kind="png", scale=SCALE, border=4)
    return drawn.getvalue()


@lru_cache(KEPT)
def draw_poster(html: str, title: str, link: str) -> bytes:
    """A PDF on A4, as large as one sheet takes.

    html: with a picture named qr.png where the code of `link` shall stand.
    """
    archive = documents.library().Archive()
    archive.add(qr_code(link), "qr.png")
    drawn = b""
    for size in SIZES:
        css = CSS.format(*(points * size for points in POINTS))
        drawn = documents.draw(html, css=css, title=title, archive=archive)
        if _is_one_sheet(drawn):
            break
    return drawn


@lru_cache(KEPT)
def draw_sheet(tries: tuple[str, ...], title: str) -> bytes:
    """A PDF on A4 of the first of these that fits one page, or else of the last."""
    drawn = b""
    for html in tries:
        drawn = documents.draw(html, css=LINES_CSS, title=title)
        if _is_one_sheet(drawn):
            break
    return drawn


def _is_one_sheet(drawn: bytes) -> bool:
    """Read off the file: the library that drew it must not be asked by two threads at once."""
    return len(re.findall(rb"/Type\s*/Page\b", drawn)) == 1
