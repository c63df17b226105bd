"""Limited Markdown: rendered once when written, stored as HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "code", "pre", "h3", "h4", "hr",
}  # fmt: skip
_parser = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable("linkify")


def render(text: str) -> str:
    """HTML of a person's Markdown. Headings start at h3: the page's own come first."""
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h3" if token.tag in {"h1", "h2", "h3"} else "h4"
    return nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow ugc",
    )
