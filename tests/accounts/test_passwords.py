import pytest

from accounts import passwords


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 10"),
        ("a" * 201, "at most 200"),
        ("password123", "first that others would try"),
        ("PassWord123", "first that others would try"),
        ("aaaaaaaaaabb", "first that others would try"),
        ("alice-in-the-woods", "first that others would try"),
        ("alice@example.org", "first that others would try"),
    ],
)
def test_what_is_too_easy_is_said_so(password: str, said: str) -> None:
    objection = passwords.objection(
        password, handle="alice-in-the-woods", address="alice@example.org"
    )
    assert objection is not None
    assert said in objection


@pytest.mark.parametrize(
    "password", ["correct horse", "ünïcödé ☂ wörds", "        ab c d", "x1" * 5 + "yz"]
)
def test_any_characters_will_do(password: str) -> None:
    assert passwords.objection(password, handle="alice") is None


@pytest.mark.parametrize(
    "password", ["correct horse", "ünïcödé ☂", "with\0nul and more", "\ud800 lone", "x" * 200]
)
def test_only_the_right_password_fits(password: str) -> None:
    hashed = passwords.hash_password(password)
    assert hashed.startswith("$argon2id$")
    assert passwords.is_right(password, hashed)
    assert not passwords.is_right(password + "!", hashed) or len(password) == 200
    assert not passwords.is_right("", hashed)
    assert hashed != passwords.hash_password(password)


def test_without_an_account_the_answer_is_no() -> None:
    assert not passwords.is_right("correct horse", None)
