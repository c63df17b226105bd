"""The least a page can be: Flask, one Jinja template, plain rows, as many bytes as ours."""

from functools import cache
from typing import NamedTuple

from flask import Flask, render_template
from jinja2 import DictLoader

TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><title>{{ title }}</title></head><body><main><ul>
{% for row in rows %}<li><h2><a href="/rows/{{ row.number }}">{{ row.title }}</a></h2>
<p>{{ row.text }}</p></li>
{% endfor %}</ul></main></body></html>
"""


class Row(NamedTuple):
    number: int
    title: str
    text: str


#: bytes of the page without rows, and of one row
FRAME, ROW = 115, 234


@cache
def rows(size: int) -> list[Row]:
    count = max(1, round((size - FRAME) / ROW))
    return [
        Row(number, "Nobody bills our sleep & dreams"[:30], "The dream of one is nobody's. " * 5)
        for number in range(1000, 1000 + count)
    ]


def create_app() -> Flask:
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"rows.html": TEMPLATE})

    @app.get("/healthz")
    def healthz() -> str:
        return "alive"

    @app.get("/rows/<int:size>")
    def page(size: int) -> str:
        return render_template("rows.html", title="Rows", rows=rows(size))

    return app
