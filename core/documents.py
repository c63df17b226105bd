"""Documents for print: HTML drawn on A4 pages as PDF, in any script, with few glyphs."""

import importlib
import io
from functools import cache
from threading import Lock
from typing import Any

#: points kept free on each side of a page
MARGIN = 54
#: the library under it keeps state that threads must not share
_ALONE = Lock()
#: how the house prints; put before a document's own rules
STYLE = """
body { font-family: sans-serif; font-size: 10.5pt; line-height: 1.4; color: #1c1a33; }
h1 { font-family: serif; font-size: 22pt; line-height: 1.15; }
h2 { font-family: serif; font-size: 14pt; margin-top: 14pt; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 2pt 10pt 2pt 0; }
.quiet { color: #57536e; font-size: 9pt; }
.code { font-family: monospace; font-size: 7.5pt; }
"""


@cache
def library() -> Any:
    """Loaded with the first document: it takes 27 MiB and a good part of a second."""
    return importlib.import_module("pymupdf")


def draw(html: str, *, css: str = "", title: str = "", archive: Any = None) -> bytes:
    """A PDF of the HTML, escaped by its maker; pages are numbered if there are several.

    archive: a pymupdf.Archive that the HTML's pictures are read from; nothing is ever fetched.
    """
    with _ALONE:
        return _draw(html, css, title, archive)


def _draw(html: str, css: str, title: str, archive: Any) -> bytes:
    pymupdf = library()
    sheet = pymupdf.paper_rect("a4")
    story = pymupdf.Story(html=html, user_css=STYLE + css, archive=archive)
    drawn, room = io.BytesIO(), _within(sheet)
    writer = pymupdf.DocumentWriter(drawn)
    more = 1
    while more:
        device = writer.begin_page(sheet)
        more, _ = story.place(room)
        story.draw(device)
        writer.end_page()
    writer.close()
    with pymupdf.open("pdf", drawn.getvalue()) as document:
        _number(document)
        document.set_metadata({"title": title, "producer": "Dream Guilds"})
        document.subset_fonts()
        return bytes(document.tobytes(garbage=3, deflate=True))


def _within(page: Any) -> Any:
    return library().Rect(page.x0 + MARGIN, page.y0 + MARGIN, page.x1 - MARGIN, page.y1 - MARGIN)


def _number(document: Any) -> None:
    if len(document) < 2:
        return
    for number, page in enumerate(document, start=1):
        sheet = page.rect
        place = library().Point(sheet.width / 2 - 12, sheet.height - MARGIN / 2)
        page.insert_text(place, f"{number} / {len(document)}", fontsize=8)
