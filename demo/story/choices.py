"""What the guilds decided in other ways than by yes and no, and what came to nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """One option. cost: of a project; handle: of who stands for election."""

    name: str
    note: str = ""
    cost: str = ""
    handle: str = ""


@dataclass(frozen=True)
class ChoiceStory:
    """A choice among things. marks: as ballots hold them (voting.marks), with how many cast them.

    put and length in days; seats, settings, deed: as of a proposal.
    """

    guild: str
    by: str
    put: float
    length: float
    kind: str
    method: str
    title: str
    text: str
    things: tuple[Thing, ...]
    marks: tuple[tuple[str, int], ...]
    seats: int = 1
    settings: tuple[tuple[str, str], ...] = ()
    deed: tuple[tuple[str, str | bool], ...] = ()
    topic: str = ""


CHOICES = (
    ChoiceStory(
        "lucid",
        "nikos",
        -43,
        5,
        "resolution",
        "schulze",
        "Which song do we walk to?",
        "One song for the whole way, so that those at the end sing the same line as those in front.",
        (
            Thing("The moon is not for rent", "Slow enough for the coach."),
            Thing("Sixty-one nights", "Everybody knows the second half."),
            Thing("Lullaby for a billboard"),
            Thing("No song: we hum", "Carries further than it sounds."),
        ),
        (("1234", 6), ("2134", 4), ("-1-2", 3), ("4231", 3), ("3-12", 2)),
    ),
    ChoiceStory(
        "lucid",
        "edith",
        -26,
        6,
        "spend",
        "equal-shares",
        "Spend the winter collection",
        "There are 2,000 in the box. Tick whatever you would pay for; the count is fair to small groups.",
        (
            Thing("Printing in four languages", cost="620"),
            Thing("Rent of the hall until May", cost="900"),
            Thing("Six mats and a curtain", cost="180"),
            Thing("A second-hand projector", cost="450"),
            Thing("Child minding at assemblies", cost="380"),
        ),
        (("10101", 6), ("01000", 5), ("01011", 4), ("00101", 4), ("00010", 2)),
        settings=(("budget", "2000"), ("currency", "€"), ("completion", "greedy")),
        topic="money",
    ),
    ChoiceStory(
        "lucid",
        "mara",
        -75,
        7,
        "elect",
        "stv",
        "Elect two organisers for the winter",
        "Two seats. Rank as many as you like; nobody learns how anybody voted, this page included.",
        (
            Thing("Priya Raman", handle="priya"),
            Thing("Siobhan", handle="siobhan"),
            Thing("Kwame", handle="kwame"),
            Thing("Hana", handle="hana"),
            Thing("Farid", handle="farid"),
        ),
        (("1-2--", 5), ("12---", 4), ("-1--2", 3), ("--1-2", 4), ("-2-1-", 3), ("2-1--", 2)),
        seats=2,
        deed=(("role", "organiser"), ("renews", False)),
    ),
    ChoiceStory(
        "lucid",
        "tomasz",
        -2.6,
        6,
        "elect",
        "stv",
        "Elect three stewards for the march",
        "Stewards wear yellow, walk at the edge and carry nothing. Three of these, by ranking.",
        (
            Thing("Dele", handle="dele"),
            Thing("Oksana", handle="oksana"),
            Thing("João", handle="joao"),
            Thing("Amara", handle="amara"),
            Thing("Winston", handle="winston"),
        ),
        (("1-2--", 3), ("-1-2-", 2), ("21---", 2), ("---12", 2)),
        seats=3,
    ),
    ChoiceStory(
        "quiet",
        "kenji",
        -14,
        1,
        "resolution",
        "approval",
        "Where do we lie down first?",
        "Tick every corner you would come to.",
        (Thing("Canal and Fifth"), Thing("In front of the depot"), Thing("The owner's lawn")),
        (("110", 4), ("100", 3), ("001", 1)),
    ),
    ChoiceStory(
        "lucid",
        "bea",
        -1.9,
        5,
        "resolution",
        "score",
        "Which evening suits you?",
        "Nought is never, five is always. An evening you say nothing about counts for nobody.",
        (Thing("Tuesday"), Thing("Thursday"), Thing("Sunday")),
        (("052", 4), ("341", 3), ("5-4", 2), ("-50", 3)),
        settings=(("highest", "5"), ("lowest", "0")),
    ),
)


@dataclass(frozen=True)
class Objection:
    by: str
    reason: str


@dataclass(frozen=True)
class Round:
    """How often consent is given, who objects why, and the text that takes it in, or nothing."""

    consents: int
    objections: tuple[Objection, ...] = ()
    new_text: str = ""


@dataclass(frozen=True)
class CircleStory:
    """A question to the circle, round by round."""

    by: str
    put: float
    length: float
    title: str
    text: str
    rounds: tuple[Round, ...]


_STUBBORN = Objection("ivana", "A joke in a consent form is still a joke about consent.")
CIRCLES = (
    CircleStory(
        "yusra",
        -31,
        2,
        "Sign translations with the names of the translators",
        "Every page we publish carries the full names of those who translated it.",
        (
            Round(
                8,
                (
                    Objection(
                        "oksana",
                        "Two of us would be found by people they have left. Names only of those "
                        "who say yes, page by page.",
                    ),
                ),
                "Every page we publish carries the names of those who translated it and who have "
                "said yes to that on this page. All others stand as “the Circle”.",
            ),
            Round(11),
        ),
    ),
    CircleStory(
        "pilar",
        -38,
        1,
        "Put one joke into every consent form",
        "Whoever laughs has read it. Nobody laughs at page 40 of 61.",
        (
            Round(7, (_STUBBORN, Objection("tigist", "There is no joke that works in Amharic."))),
            *(Round(8, (_STUBBORN,)) for _ in range(4)),
        ),
    ),
)

#: (guild, author, days, how many others support it, title, text): in search of supporters
SEEKING = (
    (
        "federation", "ruth", -41.0, 1, "Move the congress to the night",
        "We speak for people who work at night and meet when they sleep.",
    ),
    (
        "federation", "kenji", -3.4, 1, "Publish what every guild pays",
        "Forty guilds, one page, no footnotes.",
    ),
)  # fmt: skip

#: (guild, author, days, title, text): begun and not put
DRAFTS = (
    (
        "lucid", "yusra", -0.6, "Read the record aloud once a month",
        "What we decided, who was against, and whether it was done.",
    ),
    (
        "quiet", "noor", -99.0, "Paint the billboard the colour of the night",
        "I know a painter. I have not asked her yet.",
    ),
)  # fmt: skip

#: (guild, author, days, length, yes, no, title, text): as many yes as no
TIES = (
    (
        "quiet", "astrid", -22.0, 1, 4, 4, "Ring the owner's bell at three in the morning",
        "Once, all of us, and then a minute of silence.",
    ),
)  # fmt: skip

#: (guild, bill, author, days, length, stance, yes, no, why)
STANCES = (
    (
        "federation", "HR 77", "tomasz", -95.0, 7, "support", 12, 1,
        "It is the Act we were founded for.",
    ),
    (
        "lucid", "HR 77", "priya", -90.0, 5, "support", 17, 2,
        "Section 14 is a hole, and the Act is the wall around it.",
    ),
    (
        "lucid", "HR 140", "kwame", -20.0, 5, "oppose", 20, 0,
        "It limits the liability of those who sell the dream, not of those who dream it.",
    ),
    (
        "nurses", "S 58", "rosa", -17.0, 5, "support", 11, 0,
        "Eight hours, recorded by nobody. It says so in section 2.",
    ),
)  # fmt: skip

#: (guild, event, author, days, length, yes, why): to stand behind what another guild calls
ENDORSEMENTS = (
    (
        "quiet", "March for the night", "meiling", -9.0, 1, 8,
        "They walk for our street too.",
    ),
    (
        "translators", "March for the night", "leila", -8.6, 1, 9,
        "We walk at its edge, and everybody there shall be understood.",
    ),
    (
        "nurses", "A night under blankets at Canal and Fifth", "dele", -3.6, 2, 9,
        "Whoever comes off shift at ten lies down with them.",
    ),
)  # fmt: skip
#: (guild, event, organiser of its host, days, why): an endorsement the host turns down
TURNED_DOWN = (
    (
        "translators", "March for the night", "tomasz", -4.0,
        "You interpret there for whoever asks, the police too. Nobody shall doubt whose side you take.",
    ),
)  # fmt: skip
#: (guild, event, author, days, length): people are called to it only if the guild says so
CALLS = (
    ("federation", "Spring congress of the Federation", "ines", -0.9, 6),
    ("nurses", "An hour of silence at the front desk", "oksana", -0.5, 3),
)

#: (guild, from whom, to whom, topic, days): who lets whom vote
DELEGATIONS = (
    ("lucid", "edith", "priya", "", -60.0),
    ("lucid", "nightbus", "siobhan", "", -58.0),
    ("lucid", "joao", "kwame", "", -58.5),
    ("lucid", "linh", "weichen", "money", -57.0),
    ("lucid", "weichen", "linh", "money", -55.0),
    ("lucid", "quill", "noor", "", -12.0),
)

#: (guild, author, days, length, why, who amends it, their reason, voices for it): in debate today
CHARTER_AMENDED = (
    (
        "lucid", "mara", -0.5, 5,
        "Half of us is fewer people each winter. A plain number cannot shrink.",
        "nikos", "A number alone only makes us hurry to reach it. Let us also talk for longer.",
        ("nikos", "hana", "edith"),
    ),
)  # fmt: skip
#: (guild, author, days, length, yes, no, why): spending asks for half of the members from then on
CHARTER_CHANGES = (
    (
        "lucid", "edith", -37.0, 6, 19, 2,
        "A fifth of us should not spend what all of us have put in the box.",
    ),
)  # fmt: skip
