"""The data of procedures is whole, and says what the sources say."""

from institutions.procedures import get_procedure, procedures


def test_the_uk_answers_from_ten_thousand_and_considers_a_debate_from_a_hundred_thousand() -> None:
    uk = get_procedure("uk-parliament")
    assert uk is not None
    assert [one.signatures for one in uk.thresholds] == [10_000, 100_000]
    assert uk.thresholds[1].meaning == "Considered for debate in Parliament"
    assert uk.promised(9_999) is None
    for number in (10_000, 6_103_056):  # no time is said for a debate, still an answer is promised
        promised = uk.promised(number)
        assert promised is not None
        assert (promised.meaning, promised.answer_days) == ("The Government responds", 21)


def test_every_procedure_says_its_source_and_its_thresholds_rise() -> None:
    for key, one in procedures().items():
        assert one.key == key
        assert one.source, key
        assert one.note, key
        numbers = [threshold.signatures for threshold in one.thresholds]
        assert numbers == sorted(set(numbers)), key
        assert all(number > 0 for number in numbers), key
        assert all(threshold.meaning for threshold in one.thresholds), key
        assert all(threshold.answer_days >= 0 for threshold in one.thresholds), key
        assert max(len(threshold.meaning) for threshold in one.thresholds) <= 120, key


def test_a_key_that_is_not_known_is_no_procedure() -> None:
    assert get_procedure("") is None
    assert get_procedure("uk-parliament ") is None
