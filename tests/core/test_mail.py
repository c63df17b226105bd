import smtplib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from core.mail import MailDelayed, Mailer, MailRefused, build, message_id
from core.settings import Settings
from tests.builders import MASTER_SECRET, NOW
from tests.postoffice import PostOffice, read_mail

ROW = UUID(int=7)


@pytest.fixture
def quiet(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        database_url="sqlite://",
        host="127.0.0.1",
        port=8000,
        public_url="https://guilds.example:8443",
        smtp=None,
        mail_from="Dream Guilds <guilds@guilds.example>",
        proxies=0,
        master_secret=MASTER_SECRET,
    )


def send(mailer: Mailer, to: str = "alice@example.org", subject: str = "News") -> None:
    mailer.send(to=to, subject=subject, body="Good news.\n", row_id=ROW, at=NOW)


@pytest.mark.parametrize(
    "subject",
    [
        "News\nBcc: mallory@evil.example",
        "News\r\nBcc: mallory@evil.example\r\n\r\nBody",
        "News\x0bBcc: mallory@evil.example",
        "News\u2028Bcc: mallory@evil.example",
        "News\x85Bcc: mallory@evil.example",
        "A" * 2000 + "\n Bcc: mallory@evil.example",
        "Ünï" * 100 + "\nBcc: mallory@evil.example",
    ],
)
def test_no_header_can_be_smuggled_in_through_a_subject(subject: str) -> None:
    mail = build(
        to="alice@example.org",
        subject=subject,
        body="Body",
        sender="guilds@guilds.example",
        message_id="<1@guilds.example>",
        at=NOW,
    )
    read = read_mail(mail.as_bytes())
    assert read["Bcc"] is None
    assert read["To"] == "alice@example.org"
    assert read.get_content().strip() == "Body"


@pytest.mark.parametrize(
    "to",
    ["", "alice", "a@b\nBcc: x@y.example", "a@b\r\nX: y", "a\n@b.example", "@"],
)
def test_an_unusable_address_fails_that_mail_alone(to: str, quiet: Settings) -> None:
    with Mailer(quiet) as mailer:
        with pytest.raises(MailRefused):
            send(mailer, to=to)
        send(mailer)


def test_without_smtp_a_mail_is_a_file(quiet: Settings) -> None:
    with Mailer(quiet) as mailer:
        send(mailer, subject="Grüße")
    (path,) = (quiet.data / "mail").iterdir()
    mail = read_mail(path.read_bytes())
    assert mail["Subject"] == "Grüße"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{ROW}@guilds.example>" == message_id(ROW, quiet.public_host)


def test_all_of_a_round_goes_over_one_connection(quiet: Settings, smtp: PostOffice) -> None:
    with Mailer(replace(quiet, smtp=smtp.smtp)) as mailer:
        send(mailer)
        connection = mailer._connection
        send(mailer, subject="ünïcode", to="bob@example.org")
        assert mailer._connection is connection
    assert [mail["To"] for mail in smtp.mails] == ["alice@example.org", "bob@example.org"]
    assert mailer._connection is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such mailbox", MailRefused), ("451 come later", MailDelayed)],
)
def test_an_answer_about_one_address_leaves_the_others_alone(
    quiet: Settings, smtp: PostOffice, answer: str, error: type[Exception]
) -> None:
    smtp.answers["alice@example.org"] = answer
    with Mailer(replace(quiet, smtp=smtp.smtp)) as mailer:
        with pytest.raises(error):
            send(mailer)
        send(mailer, to="bob@example.org")
    assert [mail["To"] for mail in smtp.mails] == ["bob@example.org"]


def test_a_server_that_is_away_is_said_so(quiet: Settings, smtp: PostOffice) -> None:
    smtp.close()
    with Mailer(replace(quiet, smtp=smtp.smtp)) as mailer, pytest.raises(OSError, match="refused"):
        send(mailer)


def test_a_server_that_goes_away_is_found_again(quiet: Settings, smtp: PostOffice) -> None:
    with Mailer(replace(quiet, smtp=smtp.smtp)) as mailer:
        send(mailer)
        smtp.close()
        with pytest.raises((OSError, smtplib.SMTPException)):
            send(mailer, to="bob@example.org")
        smtp.open()
        send(mailer, to="bob@example.org")
    assert [mail["To"] for mail in smtp.mails] == ["alice@example.org", "bob@example.org"]


def test_an_address_the_server_cannot_take_fails_that_mail_alone(
    quiet: Settings, smtp: PostOffice
) -> None:
    """It says so before anything is sent; as an error of the server it would end every round."""
    smtp.speak_ascii()
    with Mailer(replace(quiet, smtp=smtp.smtp)) as mailer:
        with pytest.raises(MailRefused, match="internationalised"):
            send(mailer, to="zoë@example.org")
        send(mailer, to="bob@straße.de")
    assert [mail["To"] for mail in smtp.mails] == ["bob@xn--strae-oqa.de"]
