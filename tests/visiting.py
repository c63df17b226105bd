"""People at their browsers: pages that fail the test when something breaks out of sight."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

#: how Chromium tells of a status of 400 or more, which tests look at themselves
EXPECTED = "Failed to load resource"


class Visits:
    """Opens browsers on one site, and keeps what went wrong in any of them."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.site = site
        self.faults: list[str] = []
        self._browser = browser
        self._contexts: list[Any] = []

    def __call__(self, *, javascript: bool = True, **options: Any) -> Page:
        """A fresh browser of somebody new; `page.goto("/guilds")` leads to the site."""
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = self._browser.new_context(
            base_url=self.site, java_script_enabled=javascript, locale="en-GB", **options
        )
        context.set_default_timeout(10_000)
        context.on("request", self._refuse_third_parties)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _refuse_third_parties(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.site).netloc:
            self.faults.append(f"request to elsewhere: {request.url}")

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and EXPECTED not in message.text:
            self.faults.append(f"console: {message.text}")
