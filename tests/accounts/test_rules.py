import pytest

from accounts import rules
from accounts.models import HANDLE_LENGTH


@pytest.mark.parametrize("handle", ["al", "a1", "alice", "a-b_c", "1st", "a" * HANDLE_LENGTH])
def test_good_handles(handle: str) -> None:
    assert rules.is_handle(handle)


@pytest.mark.parametrize(
    "handle",
    ["", "a", "Alice", "-alice", "alice_", "al ice", "älice", "a@b", "a/b", "a\n", "operator",
     "a" * (HANDLE_LENGTH + 1), "\u0430lice"],
)  # fmt: skip
def test_what_is_no_handle(handle: str) -> None:
    assert not rules.is_handle(handle)


@pytest.mark.parametrize("wanted", ["al", "alice", "a" * HANDLE_LENGTH, "a-" * 13 + "abc"])
def test_another_handle_is_a_handle_too(wanted: str) -> None:
    another = rules.another_handle(wanted)
    assert another != wanted
    assert rules.is_handle(another)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537", "Chromium on Android"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows) Chrome/126.0 Edg/126.0", "Edge on Windows"),
        ("", "A browser on an unknown system"),
    ],
)  # fmt: skip
def test_a_device_is_named_so_that_one_recognises_it(agent: str, name: str) -> None:
    assert rules.device_name(agent) == name
