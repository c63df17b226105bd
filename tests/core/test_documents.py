"""PDF from HTML: any script, small, numbered."""

import pymupdf
import pytest

from core.documents import draw

SCRIPTS = "Łódź Ελληνικά Русский 中文 日本語 한국어 ไทย हिन्दी"


def pages_of(pdf: bytes) -> list[str]:
    with pymupdf.open("pdf", pdf) as document:
        return [page.get_text() for page in document]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def test_a_document_holds_its_text_in_any_script_and_few_glyphs() -> None:
    pdf = draw(f"<h1>A title</h1><p>{SCRIPTS} &lt;script&gt;</p>", title="A title")
    for word in ("A title", "Łódź", "Русский", "中文", "한국어", "<script>"):
        assert word in text_of(pdf), word
    assert len(pdf) < 400_000, "fonts are cut down to what is used"


def test_an_address_drawn_as_code_can_be_copied() -> None:
    """Other letters grow together: ff is one sign of the font, and of what is copied."""
    address = "https://guilds.example/petitions/985b-ff99-fi-ffi"
    assert address in text_of(draw(f"<p>Sign at <code>{address}</code>.</p>"))


def test_several_pages_are_numbered_and_one_is_not() -> None:
    assert "/ 1" not in text_of(draw("<p>short</p>"))
    long = text_of(draw("<p>word</p>" * 200))
    assert "2 / " in long


def test_nothing_is_fetched() -> None:
    pdf = draw('<p>before</p><img src="http://127.0.0.1:9/x.png"><p>after</p>')
    assert "after" in text_of(pdf)


@pytest.mark.parametrize("words", range(20, 34, 2))
def test_what_belongs_together_stands_on_one_page(words: int) -> None:
    before = "<p>word</p>" * words
    block = (
        '<h2 id="first">Begins</h2><p>between</p><p>between</p><p id="last">Ends</p><p>After</p>'
    )
    pages = pages_of(draw(before + block, together=("first", "last")))
    (place,) = [number for number, text in enumerate(pages) if "Begins" in text]
    assert pages[place].count("between") == 2
    assert "Ends" in pages[place]
    alone = pages_of(draw(before + block))
    whole = any("Begins" in text and "Ends" in text for text in alone)
    assert not whole or pages == alone, "nothing is moved that was whole"


def test_what_fits_on_no_page_is_drawn_all_the_same() -> None:
    pages = pages_of(
        draw(f'<p>x</p><h2 id="a">A</h2>{"<p>y</p>" * 60}<p id="b">End</p>', together=("a", "b"))
    )
    assert "End" in pages[-1]
