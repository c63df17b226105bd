"""PDF from HTML: any script, small, numbered."""

import pymupdf

from core.documents import draw

SCRIPTS = "Łódź Ελληνικά Русский 中文 日本語 한국어 ไทย हिन्दी"


def text_of(pdf: bytes) -> str:
    with pymupdf.open("pdf", pdf) as document:
        return "\n".join(page.get_text() for page in document)


def test_a_document_holds_its_text_in_any_script_and_few_glyphs() -> None:
    pdf = draw(f"<h1>A title</h1><p>{SCRIPTS} &lt;script&gt;</p>", title="A title")
    for word in ("A title", "Łódź", "Русский", "中文", "한국어", "<script>"):
        assert word in text_of(pdf), word
    assert len(pdf) < 400_000, "fonts are cut down to what is used"


def test_several_pages_are_numbered_and_one_is_not() -> None:
    assert "/ 1" not in text_of(draw("<p>short</p>"))
    long = text_of(draw("<p>word</p>" * 200))
    assert "2 / " in long


def test_nothing_is_fetched() -> None:
    pdf = draw('<p>before</p><img src="http://127.0.0.1:9/x.png"><p>after</p>')
    assert "after" in text_of(pdf)
