"""Somebody of a guild at a browser, signed in already."""

from playwright.sync_api import Page, expect

from tests.test_accessibility import objections


class Member:
    """Somebody of a guild at a browser of their own."""

    def __init__(self, page: Page, *, javascript: bool) -> None:
        self.page = page
        self.javascript = javascript

    def look(self, path: str) -> None:
        self.page.goto(path)

    def press(self, label: str) -> None:
        main = self.page.get_by_role("main")
        button = main.get_by_role("button", name=label)
        button.or_(main.get_by_role("link", name=label)).first.click()

    def types(self, label: str, words: str) -> None:
        self.page.get_by_label(label).first.fill(words)

    def sees(self, words: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(words)

    def finds_no_fault(self) -> None:
        """Asks axe, which is a script itself."""
        if self.javascript:
            assert objections(self.page, self.page.url) == []
