"""What the guilds decided, are deciding, and said while they did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """One contribution to a debate. after: days since the proposal was put."""

    by: str
    after: float
    text: str


@dataclass(frozen=True)
class Ballots:
    """How many say what, and who is known not to have voted; the rest is drawn."""

    yes: int
    no: int
    abstain: int = 0
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionStory:
    """One resolution. put, length and withdrawn_after in days; ballots as cast by now or the close."""

    guild: str
    by: str
    put: float
    length: float
    title: str
    text: str
    ballots: Ballots
    said: tuple[Said, ...] = ()
    withdrawn_after: float | None = None


DECISIONS = (
    # --- The Lucid Assembly ---
    DecisionStory(
        "lucid",
        "priya",
        -150,
        7,
        "Take no money from anyone who sells a headset",
        """
DreamSync Corp has offered us the rent of the hall for a year, "without conditions".

I propose that we take no money and no equipment from DreamSync Corp, its daughters, or any other
maker of devices that write into sleep. Single donations stay below 200, and the list of donors is
read out at the first assembly of every quarter.
""",
        Ballots(yes=21, no=1, abstain=2),
        (
            Said("kwame", 0.3, "The rent is real. So is what it would buy. Yes."),
            Said(
                "edith",
                0.5,
                "I was treasurer of a choir for thirty years. Nobody ever gave us a hall without "
                "choosing the songs.",
            ),
            Said(
                "joao",
                0.9,
                "Could we say *devices that record sleep* as well? They are the same firms.",
            ),
            Said(
                "priya",
                1.1,
                "They are, and a device that records can be made to write. I leave it as it is.",
            ),
        ),
    ),
    DecisionStory(
        "lucid",
        "siobhan",
        -118,
        5,
        "Keep a sleeping corner at every assembly",
        """
Half of us come off a shift. Let there be six mats behind the coat rack, a curtain, and a rule that
nobody is woken to vote: the ballot is open for days anyway.
""",
        Ballots(yes=8, no=7, abstain=3),
        (
            Said("nightbus", 0.4, "Seconded, from under my coat."),
            Said(
                "farid",
                0.8,
                "I like the mats. I don't like an assembly that half sleeps while the other half "
                "decides. I'll vote no, and bring a mat.",
            ),
            Said(
                "hana",
                2.2,
                "You can abstain and still count towards the quorum. That is what I do.",
            ),
        ),
    ),
    DecisionStory(
        "lucid",
        "mateo",
        -81,
        5,
        "Buy the old bread van",
        """
The bakery opposite gate 4 sells its van for 4,100. It would carry the banners, the sound and nine
people. We have 5,300 in the box.
""",
        Ballots(yes=6, no=9, abstain=1),
        (
            Said(
                "edith", 0.6, "And the insurance? And who is up at five to move it from the kerb?"
            ),
            Said("mateo", 0.7, "Insurance is 61 a month. I am up at five. I am always up at five."),
            Said(
                "weichen",
                1.9,
                "It leaves 1,200 for a year of printing. I'd rather hire one twice a year.",
            ),
        ),
    ),
    DecisionStory(
        "lucid",
        "quill",
        -52,
        3,
        "Give the moon on our banner a face",
        "A moon without a face looks like a lamp. I have drawn three faces; they hang by the door.",
        Ballots(yes=3, no=1),
        (
            Said("noor", 0.4, "The second one looks like Tomasz."),
            Said("tomasz", 0.5, "I have been told. I shall abstain."),
        ),
    ),
    DecisionStory(
        "lucid",
        "bea",
        -33,
        5,
        "Meet on Sundays instead of Thursdays",
        "More of us are free on Sundays, and the trams are empty.",
        Ballots(yes=0, no=0),
        (
            Said("amara", 0.2, "Every nurse on the list works Sundays. Please ask us first."),
            Said(
                "bea",
                0.6,
                "I should have. I take it back and will ask around before I put it again.",
            ),
        ),
        withdrawn_after=0.7,
    ),
    DecisionStory(
        "lucid",
        "amara",
        -4.1,
        5,
        "Stand with the nurses if they strike",
        """
If the Night Shift Nurses of Harbour Ward vote to strike over the rest quality index, the Lucid
Assembly

1. opens its hall to them as a place to sleep,
2. pays for breakfast for as long as it lasts, from the box,
3. says so in public, by name.
""",
        Ballots(yes=9, no=2, abstain=1, silent=("yusra", "mara", "nikos", "hana")),
        (
            Said(
                "sipho",
                0.2,
                "As one of them: the hall matters more than the breakfast. But thank you for both.",
            ),
            Said(
                "kwame",
                0.9,
                "Is *by name* wise while the Trust keeps lists? I would like those on shift to say "
                "so themselves.",
            ),
            Said(
                "amara",
                1.3,
                "By the name of the guild, never of a person. I should have written that.",
            ),
            Said("arjun", 2.6, "Count me in for the porridge, 5 to 7 each morning."),
        ),
    ),
    DecisionStory(
        "lucid",
        "noor",
        -0.4,
        7,
        "Walk past the DreamSync tower, and do not stop",
        """
The march can go straight to the Council or take Fifth Street, past the tower. I propose that we
walk past it, in silence, without stopping: ninety seconds, every window watching, nobody saying a
word.

The stewards have walked it twice. There is room for wheelchairs on the east side.
""",
        Ballots(yes=0, no=0),
        (
            Said("linh", 0.1, "Silence will be louder than anything we could chant there."),
            Said(
                "jonas",
                0.25,
                "What do we do if security comes out? Let's have one answer before we vote.",
            ),
        ),
    ),
    # --- Night Shift Nurses ---
    DecisionStory(
        "nurses",
        "tala",
        -100,
        7,
        "Refuse the headsets in the on-call room",
        """
From the first of the month we sleep without them. The ward manager has been told that the rest
quality index will then be empty, and that an empty index is the point.
""",
        Ballots(yes=10, no=1, abstain=1),
        (
            Said(
                "gabor",
                0.6,
                "The contract says *shall be provided*, not *shall be worn*. I read it twice.",
            ),
            Said("zofia", 1.2, "I wore mine upside down for a week. My best score yet."),
        ),
    ),
    DecisionStory(
        "nurses",
        "winston",
        -2.4,
        4,
        "Strike from the first Monday if the index stays",
        """
The Trust has until Friday noon to take the rest quality index out of the rota. If it does not:
no night shifts from the first Monday on, emergency cover as agreed with the doctors, relay of two
hours at gate 4.
""",
        Ballots(yes=5, no=1, silent=("yusra", "rosa", "dele")),
        (
            Said(
                "meiling",
                0.4,
                "Who holds the emergency list? I will only vote yes when I have seen it.",
            ),
            Said(
                "winston",
                0.8,
                "Siobhán and I do. It hangs in the bakery, and everybody on it has said yes.",
            ),
        ),
    ),
    DecisionStory(
        "nurses",
        "rosa",
        -0.7,
        3,
        "Buy forty pairs of ear plugs and six real pillows",
        "Total 212. The pillows go to the on-call room and have our name sewn on.",
        Ballots(yes=0, no=0),
        (Said("tala", 0.2, "Sewn, not printed. Printed ones walk."),),
    ),
    # --- Dream Sovereignty Federation ---
    DecisionStory(
        "federation",
        "leila",
        -130,
        10,
        "Support the Dream Sovereignty Act only without section 14",
        """
Section 14 lets *wellness partners* keep dream recordings for "service improvement". We support
the Act as introduced. If section 14 comes back in either chamber, we oppose the whole of it, and say
so the same day.
""",
        Ballots(yes=10, no=2, abstain=1),
        (
            Said(
                "hana",
                1.0,
                "My guild asked me to vote for the Act in any form. I shall tell them why I didn't.",
            ),
            Said(
                "ruth",
                2.3,
                "Somebody has to be willing to lose a good law to a bad paragraph. It might as well "
                "be us.",
            ),
        ),
    ),
    DecisionStory(
        "federation",
        "dmitri",
        -60,
        7,
        "Raise the yearly share of each guild to 120",
        "Printing, two coaches to the capital, and the hall for the spring congress. Accounts attached.",
        Ballots(yes=7, no=5),
        (
            Said("kenji", 2.0, "For a guild of five that is a month of tea. Could we go by size?"),
            Said("dmitri", 3.1, "We could. If this fails I will put it again by size."),
        ),
    ),
    DecisionStory(
        "federation",
        "astrid",
        -28,
        7,
        "Answer the DreamSync letter with one sentence",
        """
They propose "a structured dialogue on oneiric value". I propose that we answer: *We are awake;
talk to us in public.*
""",
        Ballots(yes=5, no=1),
        (
            Said(
                "salome",
                1.5,
                "Beautiful, and I am at sea with no signal until the tenth. Sorry in advance.",
            ),
        ),
    ),
    DecisionStory(
        "federation",
        "mara",
        -1.8,
        7,
        "Ask every guild for ten stewards on the day of the march",
        "Briefing on Friday evening, yellow armbands, pairs only, water. No steward argues with anybody.",
        Ballots(yes=0, no=0),
        (
            Said("pilar", 0.5, "We can send fourteen if somebody lends us armbands."),
            Said("rosa", 0.9, "The bakery has a box of them. Don't ask."),
        ),
    ),
    # --- Circle of Night Translators ---
    DecisionStory(
        "translators",
        "salome",
        -44,
        4,
        "Translate “opt out” as “refuse”",
        """
In five of our languages *opt out* becomes a phrase nobody has ever said aloud. Everybody knows how
to refuse.
""",
        Ballots(yes=9, no=0, abstain=2),
        (
            Said("nikos", 0.3, "Στα ελληνικά: *αρνούμαι*. One word, and it can be shouted."),
            Said("weichen", 0.8, "中文里用“拒绝”，清楚。"),
            Said("yusra", 1.4, "بالعربية: أرفض. No footnote needed."),
        ),
    ),
    DecisionStory(
        "translators",
        "arjun",
        -1.6,
        2,
        "Read the forms aloud on the night bus",
        "Line 9, from the harbour to Canal Street, 23:10. Forty minutes, eleven languages, one driver who agreed.",
        Ballots(yes=0, no=0),
        (Said("farid", 0.7, "I take the stretch from the fish market."),),
    ),
    # --- The Quiet Hours ---
    DecisionStory(
        "quiet",
        "edith",
        -64,
        2,
        "Write to the owner of the billboard, politely, once",
        "I have a draft. It contains the word *kindly* and a table of decibels.",
        Ballots(yes=8, no=0, abstain=1),
        (Said("nightbus", 0.2, "Politely once. Then blankets."),),
    ),
    # --- The Sandman Watch ---
    DecisionStory(
        "watch",
        "moth",
        -0.3,
        1,
        "Move the folding chairs to the roof of number 40",
        "Better view of gate 2, one flight of stairs more, and the pigeons do not talk.",
        Ballots(yes=2, no=0, silent=("ruth",)),
        (Said("otto", 0.1, "My knees vote no. I vote yes."),),
    ),
)
