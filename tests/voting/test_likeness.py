import pytest

from voting.likeness import likeness, most_alike, words_of


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("Plant willows", "Plant a willow on the bank", 1),
        ("Buy drums for the march", "Drums", 1),
        ("Buy drums for the march", "Buy flags for the march", 0.5),
        ("Plant willows", "Buy drums", 0),
        ("We do it", "We do it", 0),
        ("", "Plant", 0),
    ],
)
def test_the_share_of_longer_words_found_again(one: str, other: str, share: float) -> None:
    assert likeness(words_of(one), words_of(other)) == share


def test_the_most_alike_come_first_and_no_more_than_asked_for() -> None:
    others = [("Willow tea", 1), ("Plant willows at once", 2), ("Buy drums", 3), ("Willows", 4)]
    assert most_alike("Plant willows", others, limit=2) == [2, 1]
