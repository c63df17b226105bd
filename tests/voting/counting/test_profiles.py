import pytest

from voting.counting.profiles import RankedProfile


def test_options_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        RankedProfile(("Ada", "Ada"), {})


def test_blank_ballots_are_ballots() -> None:
    assert RankedProfile(("Ada",), {(): 2, ((0,),): 3}).ballot_count == 5
