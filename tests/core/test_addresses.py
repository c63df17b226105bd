import pytest

from core.addresses import fold, read_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice@Example.org", "alice@example.org"),
        ("a.l.i.c.e@gmail.com", "alice@gmail.com"),
        ("alice+march@gmail.com", "alice@googlemail.com"),
        ("alice+1@posteo.de", "alice@posteo.de"),
        ("alice@BÜCHER.example", "alice@bücher.example"),
    ],
)
def test_one_mailbox_is_one_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.lice@example.org", "alice@example.org"),
        ("alice+1@example.org", "alice@example.org"),
        ("a.lice@outlook.com", "alice@outlook.com"),
        ("alice@example.org", "alice@example.com"),
        ("+a@gmail.com", "+b@gmail.com"),
    ],
)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    "text",
    [
        "", "alice", "alice@", "@example.org", "a@b", "alice@example.org\nBcc: x@y.org",
        "alice@exam ple.org", "alice@example..org", "a@[127.0.0.1]",
        "alice@" + "e" * 250 + ".org", "<alice@example.org>", "alice@example.org\0",
    ],
)  # fmt: skip
def test_what_cannot_receive_mail_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        read_address(text)


def test_an_address_is_kept_as_written_but_for_its_domain() -> None:
    assert read_address(" Alice.B+x@EXAMPLE.org ") == "Alice.B+x@example.org"
