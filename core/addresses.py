"""E-mail addresses: whether one can receive mail, and when two are one mailbox."""

from email_validator import EmailNotValidError, validate_email

#: longest address SMTP carries (RFC 5321 §4.5.3.1.3, less the angle brackets)
LONGEST = 254
#: providers that deliver `a.b+c@` and `ab@` to the same person, with the domain they share
IGNORES_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
IGNORES_TAGS = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "fastmail.com",
        "icloud.com", "me.com", "proton.me", "protonmail.com", "pm.me", "posteo.de", "mailbox.org",
    }
)  # fmt: skip


def read_address(text: str) -> str:
    """The address as it should be written to. Raises ValueError with words for the person."""
    try:
        checked = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(
            "This is not an e-mail address we can write to. Check it for typing slips."
        ) from error
    return str(checked.normalized)


def fold(address: str) -> str:
    """One text per mailbox: case, dots and plus tags folded where the provider ignores them."""
    local, _, domain = address.casefold().rpartition("@")
    if domain in IGNORES_TAGS:
        local = local.partition("+")[0] or local
    if domain in IGNORES_DOTS:
        local = local.replace(".", "") or local
        domain = IGNORES_DOTS[domain]
    return f"{local}@{domain}"
