"""Documents for print: HTML drawn on A4 pages as PDF, in any script, with few glyphs."""

import importlib
import io
from functools import cache
from itertools import count
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


def draw(
    html: str,
    *,
    css: str = "",
    title: str = "",
    archive: Any = None,
    together: tuple[str, str] | None = None,
) -> bytes:
    """A PDF of the HTML, escaped by its maker; pages are numbered if there are several.

    archive: a pymupdf.Archive that the HTML's pictures are read from; nothing is ever fetched.
    together: ids of the first and the last element of what stands on one page, if it fits on one.
    """
    with _ALONE:
        pages, drawn = _lay_out(html, css, archive)
        if together and pages.get(together[0]) != pages.get(together[1]):
            css += f"#{together[0]} {{ page-break-before: always; }}"
            _, drawn = _lay_out(html, css, archive)
        return _finish(drawn, title)


def _lay_out(html: str, css: str, archive: Any) -> tuple[dict[str, int], bytes]:
    """The page each element with an id begins on, and the document as it is drawn."""
    pymupdf = library()
    sheet = pymupdf.paper_rect("a4")
    story = pymupdf.Story(html=html, user_css=STYLE + css, archive=archive)
    drawn, room = io.BytesIO(), _within(sheet)
    writer = pymupdf.DocumentWriter(drawn)
    pages: dict[str, int] = {}

    def note(found: Any) -> None:
        if found.id:
            pages.setdefault(found.id, found.page)

    for page in count():
        device = writer.begin_page(sheet)
        more, _ = story.place(room)
        story.element_positions(note, {"page": page})
        story.draw(device)
        writer.end_page()
        if not more:
            break
    writer.close()
    return pages, drawn.getvalue()


def _finish(drawn: bytes, title: str) -> bytes:
    with library().open("pdf", drawn) as document:
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
