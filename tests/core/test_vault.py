from uuid import uuid4

import pytest

from core.vault import Vault

VAULT = Vault(bytes(32))
OTHER = Vault(bytes(31) + b"\x01")


def test_what_is_sealed_can_be_unsealed_and_never_looks_the_same() -> None:
    first, second = VAULT.seal("alice@example.org"), VAULT.seal("alice@example.org")
    assert first != second
    assert "alice" not in first
    assert VAULT.unseal(first) == VAULT.unseal(second) == "alice@example.org"


def test_a_seal_of_another_secret_or_a_changed_one_is_refused() -> None:
    sealed = VAULT.seal("alice@example.org")
    with pytest.raises(ValueError, match="another secret"):
        OTHER.unseal(sealed)
    changed = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    with pytest.raises(ValueError, match="another secret"):
        VAULT.unseal(changed)


def test_keyed_hashes_differ_by_purpose_and_secret() -> None:
    same = VAULT.keyed_hash("mailbox", "a")
    assert same == VAULT.keyed_hash("mailbox", "a")
    assert len({same, VAULT.keyed_hash("other", "a"), OTHER.keyed_hash("mailbox", "a")}) == 3
    assert len(same) == 64


def test_links_name_their_row_for_one_purpose_alone() -> None:
    row = uuid4()
    token = VAULT.link_token("reset", row)
    assert len(token) == 43
    assert VAULT.read_link_token("reset", token) == row
    assert VAULT.read_link_token("confirm", token) is None
    assert OTHER.read_link_token("reset", token) is None


@pytest.mark.parametrize(
    "token",
    ["", "a", "a" * 43, "é" * 43, "\0" * 43, "=" * 43, "a" * 70_000, "-" * 42, "\ud800"],
)
def test_junk_is_no_link(token: str) -> None:
    assert VAULT.read_link_token("reset", token) is None


def test_a_link_changed_anywhere_is_no_link() -> None:
    token = VAULT.link_token("reset", uuid4())
    for place in range(len(token) - 1):  # the last digit carries bits that are not read
        letter = "A" if token[place] != "A" else "B"
        changed = token[:place] + letter + token[place + 1 :]
        assert VAULT.read_link_token("reset", changed) is None
