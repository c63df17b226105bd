"""E-mail addresses: whether one can receive mail, and when two are one mailbox."""

import re

from email_validator import EmailNotValidError, EmailSyntaxError, validate_email

#: longest address SMTP carries (RFC 5321 §4.5.3.1.3, less the angle brackets)
LONGEST = 254

#: domains under which one and the same mailbox is reached -> the one we take
ONE_DOMAIN = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    **dict.fromkeys(("ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"), "yandex.ru"),
}
#: what a provider passes over in the part before the @
PASSED_OVER = {
    "gmail.com": ".",
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), ".-_"),
}
#: providers that deliver `name+tag@` to `name@`
IGNORES_TAGS = frozenset(
    {
        *PASSED_OVER,
        "yandex.ru", "icloud.com", "fastmail.com", "fastmail.fm", "posteo.de", "posteo.net",
        "mailbox.org", "riseup.net", "live.com", "msn.com",
    }
)  # fmt: skip
#: hotmail.fr, outlook.com.au …: Microsoft's mailboxes by country; they ignore tags, not dots
MICROSOFT = re.compile(r"(hotmail|outlook)\.(com|[a-z]{2}|com?\.[a-z]{2})")
#: fastmail.com takes `anything@name.fastmail.com` for `name@fastmail.com`
NAME_IN_DOMAIN = ".fastmail.com"


def read_address(text: str) -> str:
    """The address as it should be written to. Raises ValueError with words for the person."""
    try:
        if len(text) > LONGEST:  # looking at half a megabyte would take most of a second
            raise EmailSyntaxError("too long")
        checked = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(
            "This is not an e-mail address we can write to. Check it for typing slips."
        ) from error
    return str(checked.normalized)


def fold(address: str) -> str:
    """One text per mailbox: case, dots and plus tags folded where the provider ignores them.

    address: as read_address gives it. Lower case, never casefold: ß and ss are two mailboxes.
    """
    local, _, domain = address.lower().rpartition("@")
    domain = ONE_DOMAIN.get(domain, domain)
    if domain.endswith(NAME_IN_DOMAIN):
        local, domain = domain.removesuffix(NAME_IN_DOMAIN), NAME_IN_DOMAIN[1:]
    if domain in IGNORES_TAGS or MICROSOFT.fullmatch(domain):
        local = local.partition("+")[0] or local
    if domain == "yandex.ru":
        local = local.replace("-", ".")  # the two are one there
    for character in PASSED_OVER.get(domain, ""):
        local = local.replace(character, "") or local
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The folded address's domain: googlemail.com is gmail.com."""
    return fold(address).rpartition("@")[2]
