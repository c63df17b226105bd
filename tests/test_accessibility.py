"""No page that axe (WCAG 2.2 AA and best practice) objects to, none that scrolls sideways."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, ViewportSize

from tests import builders, story
from tests.visiting import Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: width in CSS pixels and colour scheme: a desk by day, a phone by night
SCREENS: list[tuple[int, Literal["light", "dark"]]] = [(1280, "light"), (390, "dark")]
RUN = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


@pytest.mark.parametrize(
    "handle", ["", story.MEMBER, story.ADMIN], ids=lambda who: who or "stranger"
)
def test_main_pages_have_no_violation(strict_app: Flask, visit: Visits, handle: str) -> None:
    with story.told(strict_app) as (db, _):
        public, private = story.pages(db)
        paths = {"": public, story.MEMBER: private, story.ADMIN: story.desk_pages(db)}[handle]
        token = builders.make_sign_in(db, story.person(db, handle)) if handle else ""
        db.commit()
    page = visit(reduced_motion="reduce")
    if token:
        sign_in(strict_app, page, token)
    problems: list[str] = []
    for path in paths:
        problems += objections(page, path)
        problems += too_wide_when_large(page, path)
    assert problems == []


def sign_in(app: Flask, page: Page, token: str) -> None:
    """Give the browser the cookie of somebody signed in."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own kind of session
    value = signer.dumps({"_user_id": token, "_fresh": True})
    name = app.config["SESSION_COOKIE_NAME"]
    page.goto("/privacy")
    page.context.add_cookies([{"name": name, "value": value, "url": page.url}])


#: ids of codes and links to take along that do not show whole
CUT = (
    "[...document.querySelectorAll('[readonly]')]"
    ".filter(field => field.scrollWidth > field.clientWidth).map(field => field.id)"
)


#: pixels a page is too wide by
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: the narrowest screen; text is then twice as large (WCAG 1.4.4, 1.4.10)
NARROW: ViewportSize = {"width": 320, "height": 900}
TEXT_SIZE = "size => { document.documentElement.style.fontSize = size }"


def objections(page: Page, path: str) -> list[str]:
    """What axe says of a page on each screen, a line each; if it is too wide, or cuts a code."""
    if path.endswith(".ics"):
        return []
    page.goto(path)
    page.evaluate(Axe().axe_script)
    said = []
    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour on its way
        where = f"{path}, {scheme}"
        for rule in page.evaluate(RUN):
            said += [f"{where}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
        if (overflow := page.evaluate(OVERFLOW)) > 0:
            said.append(f"{where}: {overflow} px too wide")
        said += [f"{where}: #{name} is cut off" for name in page.evaluate(CUT)]
    return said


def too_wide_when_large(page: Page, path: str) -> list[str]:
    """What who needs large text on a small screen meets on the page that is open."""
    page.set_viewport_size(NARROW)
    page.evaluate(TEXT_SIZE, "200%")
    overflow = page.evaluate(OVERFLOW)
    return [f"{path}, large on 320 px: {overflow} px too wide"] if overflow > 0 else []
