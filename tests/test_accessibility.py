"""No page that axe (WCAG 2.2 AA and best practice) objects to, none that scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests import builders, story
from tests.visiting import Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: width in CSS pixels and colour scheme: a desk by day, a phone by night
SCREENS = [(1280, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_main_pages_have_no_violation(
    strict_app: Flask, visit: Visits, width: int, scheme: str
) -> None:
    with story.told(strict_app) as (db, _):
        public, private = story.pages(db)
        desk = [path for path in story.desk_pages(db) if not path.endswith(".ics")]
        tokens = [
            builders.make_sign_in(db, story.person(db, handle))
            for handle in (story.MEMBER, story.ADMIN)
        ]
        db.commit()
    page = visit(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems = [said for path in public for said in objections(page, path)]
    for token, paths in zip(tokens, (private, desk), strict=True):
        sign_in(strict_app, page, token)
        problems += [said for path in paths for said in objections(page, path)]
    assert problems == []


def sign_in(app: Flask, page: Page, token: str) -> None:
    """Give the browser the cookie of somebody signed in."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own kind of session
    value = signer.dumps({"_user_id": token, "_fresh": True})
    name = app.config["SESSION_COOKIE_NAME"]
    page.goto("/privacy")
    page.context.add_cookies([{"name": name, "value": value, "url": page.url}])


def objections(page: Page, path: str) -> list[str]:
    """What axe says of one page, a line each; and if it is too wide, or cuts a code off."""
    page.goto(path)
    found = Axe().run(page).response["violations"]
    said = [f"{path}: {rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    cut = page.evaluate(
        "[...document.querySelectorAll('[readonly]')]"
        ".filter(field => field.scrollWidth > field.clientWidth).map(field => field.id)"
    )
    return [
        *said,
        *([f"{path}: {overflow} px too wide"] if overflow > 0 else []),
        *(f"{path}: #{name} is cut off" for name in cut),
    ]
