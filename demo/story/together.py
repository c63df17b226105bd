"""Writing a petition together, and guilds that stand behind each other's."""

from dataclasses import dataclass

from demo.story.decisions import Ballots
from petitions.models import Settlement
from petitions.writing_models import Passage


@dataclass(frozen=True)
class SuggestionStory:
    """Other words for a passage of the draft in amendment; times in days from now.

    answer: why it was declined, or a word of thanks if it was taken in; None: it still waits.
    """

    by: str
    passage: Passage
    before: str
    after: str
    reason: str
    made: float
    answered: float | None = None
    taken_in: bool = False
    answer: str = ""


#: the petition in amendment, by its key in demo.story.petitions, and since when
AMENDED, ASKED = "forms", -2.6

SUGGESTIONS = (
    SuggestionStory(
        by="nikos",
        passage=Passage.BACKGROUND,
        before="Draft. Weichen brings the four pages that differ; Nikos the translations side by side.",
        after="The Danish form says *record*, the Cantonese one says *accompany*. Four of its pages differ "
        "like that. Whoever signed in Cantonese agreed to something else.",
        reason="I have laid them side by side. This is the worst of it, and one can check it.",
        made=-2.2,
        answered=-1.6,
        taken_in=True,
        answer="That is the petition. Thank you.",
    ),
    SuggestionStory(
        by="weichen",
        passage=Passage.TITLE,
        before="Consent in the language people dream in",
        after="Consent in the language people speak",
        reason="An office can test what somebody speaks, not what they dream in.",
        made=-1.9,
        answered=-1.5,
        answer="True, and nobody would remember it. The request says it exactly; the title may sing.",
    ),
    SuggestionStory(
        by="weichen",
        passage=Passage.REQUEST,
        before="explained by someone who is paid by nobody.",
        after="explained by someone whom the maker does not pay.",
        reason="Interpreters have to eat. What matters is who pays them.",
        made=-0.7,
    ),
)


@dataclass(frozen=True)
class EndStory:
    """What an organiser says at the end. settlement: how it ended; None: it is stopped."""

    petition: str
    by: str
    at: float
    settlement: Settlement | None
    reason: str


ENDS = (
    EndStory(
        petition="lamps",
        by="mara",
        at=-54,
        settlement=Settlement.PARTLY_MET,
        reason="Thirty-one warm lamps. We count the other nine again next autumn.",
    ),
    EndStory(
        petition="schools",
        by="mara",
        at=-0.15,
        settlement=None,
        reason="The council has done it: the nine schools return their headsets and the recordings by "
        "Friday. Thank you, all of you. There is nothing left to ask for.",
    ),
)


@dataclass(frozen=True)
class JoinStory:
    """A guild that decides to stand behind another's open petition."""

    petition: str
    guild: str
    by: str
    why: str
    put: float
    length: float
    ballots: Ballots


JOINS = (
    JoinStory(
        petition="adverts",
        guild="nurses",
        by="rosa",
        why="Half the ward wears a headset at home by now, and wakes up thirsty for the same drink. "
        "We know what sleep is for.",
        put=-21,
        length=3,
        ballots=Ballots(yes=9, no=1, abstain=1),
    ),
    JoinStory(
        petition="adverts",
        guild="quiet",
        by="jonas",
        why="First the billboard across the street, then the one behind the eyelids. It is the same "
        "firm and the same drink.",
        put=-12,
        length=3,
        ballots=Ballots(yes=5, no=0, abstain=1),
    ),
)
