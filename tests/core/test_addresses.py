import json
from pathlib import Path

import pytest

from core import addresses
from core.addresses import domain_of, fold, read_address

HOSTILE = Path(__file__).parents[2].parent / "shared" / "data" / "hostile" / "email-addresses.json"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice@Example.org", "alice@example.org"),
        ("a.l.i.c.e@gmail.com", "alice@gmail.com"),
        ("alice+march@gmail.com", "alice@googlemail.com"),
        ("a.lice+a+b@gmail.com", "alice@gmail.com"),
        ("alice+1@posteo.de", "alice@posteo.de"),
        ("alice+1@riseup.net", "ALICE@riseup.net"),
        ("alice+1@hotmail.co.uk", "alice@hotmail.co.uk"),
        ("alice+1@outlook.com.au", "alice@outlook.com.au"),
        ("al-i_c.e+x@proton.me", "alice@proton.me"),
        ("alice@me.com", "alice+x@icloud.com"),
        ("a-lice+x@ya.ru", "a.lice@yandex.com"),
        ("anything@alice.fastmail.com", "alice+x@fastmail.com"),
        ("alice@BÜCHER.example", "alice@bücher.example"),
        ("alice@xn--bcher-kva.example", "alice@bücher.example"),
        ("alice@bu\u0308cher.example", "alice@bücher.example"),
        ("rene\u0301@example.org", "ren\u00e9@example.org"),
    ],
)
def test_one_mailbox_is_one_text(one: str, other: str) -> None:
    assert fold(read_address(one)) == fold(read_address(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.lice@example.org", "alice@example.org"),
        ("alice+1@example.org", "alice@example.org"),
        ("a.lice@outlook.com", "alice@outlook.com"),
        ("al-ice@gmail.com", "alice@gmail.com"),
        ("a.lice@icloud.com", "alice@icloud.com"),
        ("alice@proton.me", "alice@protonmail.com"),
        ("a.lice@yandex.ru", "alice@yandex.ru"),
        ("alice+1@hotmail.example.org", "alice@hotmail.example.org"),
        ("alice+1@nothotmail.com", "alice@nothotmail.com"),
        ("alice@example.org", "alice@example.com"),
        ("alice@strasse.example", "alice@straße.example"),
        ("weiss@example.org", "weiß@example.org"),
        ("+a@gmail.com", "+b@gmail.com"),
    ],
)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert fold(read_address(one)) != fold(read_address(other))


def test_the_domain_is_that_of_the_mailbox() -> None:
    assert domain_of("Alice+x@GoogleMail.com") == "gmail.com"
    assert domain_of("a@alice.fastmail.com") == "fastmail.com"


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


#: verdicts of the list (by isemail) that are no reason to refuse: the form of the address is right
TAKEN = {"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN"}
#: whole verdicts we refuse though the RFCs have them, and why
REFUSED = {
    "ISEMAIL_ERR": "not an address",
    "ISEMAIL_CFWS": "a fold is for headers; nobody types one",
    "ISEMAIL_DEPREC": "obsolete forms: the RFCs forbid to make them",
    "ISEMAIL_RFC5321": "quoted names, address literals, numeric top-level domains: nobody's mailbox"
    " in our reach, and a way to smuggle",
    "ISEMAIL_RFC5322": "valid in a header only; longer than SMTP carries",
}
#: an address we refuse though the list takes it, and why
OTHERWISE = {"test@io": "no mailbox lies in a top-level domain (RFC 7085 tells hosts not to)"}


def is_right(address: str, category: str) -> bool:
    """The verdict we want; blanks and line breaks around an address are how people paste it."""
    pasted = address.strip() == "test@iana.org"
    return pasted or (category in TAKEN and address not in OTHERWISE)


def test_verdicts_on_addresses_are_those_of_the_list_or_have_a_reason() -> None:
    if not HOSTILE.exists():
        pytest.skip("no shared data beside the checkout: hostile/email-addresses.json")
    cases = json.loads(HOSTILE.read_text())
    # the list writes control characters as their pictures, U+2400 and on
    pictures = {0x2400 + code: code for code in range(33)}
    differing = set()
    for case in cases:
        address = case["address"].translate(pictures)
        assert case["category"] in TAKEN | REFUSED.keys()
        try:
            is_taken = bool(read_address(address))
        except ValueError:
            is_taken = False
        if is_taken != is_right(address, case["category"]):
            differing.add((address, case["diagnosis"], is_taken))
    assert differing == set()
    assert len(cases) > 80


def test_what_is_far_too_long_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at half a megabyte takes most of a second; anybody may send it."""
    monkeypatch.setattr(addresses, "validate_email", None)
    with pytest.raises(ValueError, match="not an e-mail address"):
        read_address("a" * 300 + "@example.org")
