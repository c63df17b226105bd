import pytest

from voting.counting.files.marks import Mark, MarkRules, Repeats, ranking_of
from voting.counting.profiles import Ranking
from voting.counting.transfers import EqualRanks

A, B, C = (0,), (1,), (2,)
BLANK: Mark = ()
UNKNOWN: Mark = None
SKIP, EXHAUST = (MarkRules(overvotes=EqualRanks(rule)) for rule in ("skip", "exhaust"))


@pytest.mark.parametrize(
    ("marks", "rules", "wanted"),
    [
        ([A, B, C], MarkRules(), (A, B, C)),
        ([BLANK, A, BLANK, BLANK, B], MarkRules(), (A, B)),
        ([BLANK, BLANK], MarkRules(), ()),
        # how many blank ranks in a row may be skipped
        ([BLANK, A, BLANK, BLANK, B], MarkRules(skipped_ranks=2), (A, B)),
        ([BLANK, A, BLANK, BLANK, B], MarkRules(skipped_ranks=1), (A,)),
        ([BLANK, A, BLANK, BLANK, B], MarkRules(skipped_ranks=0), ()),
        # several at one rank
        ([A, (1, 2), B], MarkRules(), (A, (1, 2))),
        ([A, (1, 2), B], SKIP, (A, B)),
        ([A, (1, 2), B], EXHAUST, (A,)),
        # several that nobody wrote down
        ([A, UNKNOWN, B], MarkRules(), (A,)),
        ([A, UNKNOWN, B], SKIP, (A, B)),
        ([A, UNKNOWN, B], EXHAUST, (A,)),
        # an overvote is no blank rank
        ([A, UNKNOWN, BLANK, B], MarkRules(EqualRanks.SKIP, skipped_ranks=1), (A, B)),
        # the same option again
        ([A, A, B], MarkRules(), (A, B)),
        ([A, A, B], MarkRules(repeats=Repeats.EXHAUST), (A,)),
        ([A, (0, 1), C], MarkRules(), (A, B, C)),
    ],
)
def test_marks_become_a_ranking_by_the_rules_of_the_place(
    marks: list[Mark], rules: MarkRules, wanted: Ranking
) -> None:
    assert ranking_of(marks, rules) == wanted
