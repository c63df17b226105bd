"""Somebody at a browser, who also reads their mail."""

import re
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

PASSWORD = "four quiet grey owls"


class Mailroom:
    """Brings what is due to whom it is for: the clock's deed and the postman's in one."""

    def __init__(self, deliver: Callable[[], list[EmailMessage]]) -> None:
        self._deliver = deliver
        self.all: list[EmailMessage] = []

    def bring(self) -> None:
        self.all.extend(self._deliver())

    def to(self, address: str) -> list[EmailMessage]:
        """All mails an address got, those newly due included, in the order they came."""
        self.bring()
        return [mail for mail in self.all if mail["To"] == address]


class Person:
    """A browser of its own, a mailbox of its own."""

    def __init__(self, name: str, page: Page, mailroom: Mailroom) -> None:
        self.name = name
        self.handle = name.lower()
        self.address = f"{self.handle}@movement.example"
        self.page = page
        self.mailroom = mailroom

    def mails(self) -> list[EmailMessage]:
        return self.mailroom.to(self.address)

    def open_link_in_last_mail(self) -> None:
        """Follow the newest mail's one link, as a mail program would."""
        body = self.mails()[-1].get_content()
        found = re.search(r"http://\S+", body)
        assert found, body
        link = urlsplit(found.group())
        self.page.goto(link.path)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def press(self, label: str) -> None:
        """Press the first button or link of this name in the content of the page."""
        self.control(label).click()

    def control(self, label: str | re.Pattern[str]) -> Locator:
        main = self.page.get_by_role("main")
        button = main.get_by_role("button", name=label)
        return button.or_(main.get_by_role("link", name=label)).first

    def fill(self, **fields: str) -> None:
        """Fill fields by their name in the form."""
        for name, value in fields.items():
            field = self.page.locator(f'main [name="{name}"]').first
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def choose(self, label: str) -> None:
        """Tick a radio button or check box by its label."""
        self.page.get_by_role("main").get_by_label(label, exact=True).check()

    def sees(self, words: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(words)

    def does_not_see(self, words: str) -> None:
        expect(self.page.get_by_role("main")).not_to_contain_text(words)

    def make_account(self, at: str) -> None:
        """Sign up at a page with the sign-up form, read the mail, confirm with the password."""
        self.go(at)
        self.fill(
            display_name=self.name,
            handle=self.handle,
            address=self.address,
            password=PASSWORD,
            time_zone="Europe/Lisbon",
        )
        self.press("Make my account")
        self.sees("Check your mail")
        self.open_link_in_last_mail()
        self.fill(password=PASSWORD)
        self.press("Confirm my address")
