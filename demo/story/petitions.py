"""The petitions: what is asked of whom, and how far each has come."""

from dataclasses import dataclass

from demo.story.decisions import Ballots, Said


@dataclass(frozen=True)
class PetitionStory:
    """One petition; times in days from now.

    put: None for a draft. ballots: on opening it. signatures: confirmed ones by now or the close.
    """

    key: str
    guild: str
    by: str
    to: str
    title: str
    request: str
    background: str
    goal: int
    drafted: float
    closes: int
    put: float | None = None
    length: float = 2
    ballots: Ballots = Ballots(0, 0)  # noqa: RUF009 - frozen, so it may be shared
    said: tuple[Said, ...] = ()
    further: str = ""
    regions: tuple[str, ...] = ()
    signatures: int = 0
    #: signed, but the mailbox has not confirmed
    unconfirmed: int = 0
    withdrawn: int = 0


#: the one the masses sign
MAIN = "adverts"

PETITIONS = (
    PetitionStory(
        key="adverts",
        guild="lucid",
        by="mara",
        to="authority",
        title="No advertisements in our dreams",
        request="Forbid every paid scene, sound or scent in the sleep of anyone in Metropolis-9, "
        "with no exception for consent given in a terms-of-use form.",
        background="""
Since spring, DreamSync Corp sells *placements*: eight seconds of a drink, a car, a face, put into
the sleep of people who wear its headset. The firm says that everybody agreed, on page 47.

We asked 212 people on Canal Street. Eleven knew. None remembered having said yes.

A dream is the one room nobody else has a key to. **We ask the Authority to keep it so.**
""",
        further="""
What was asked on Canal Street, word for word: *Did anybody tell you that scenes in your sleep are
paid for? Did you say yes to it? May we count your answer?*

- 212 people were asked, on four evenings in spring, at both ends of the street.
- 11 knew of it. 201 did not. Nobody remembered a question.
- Page 47 of the terms is one sentence of 118 words; *placement* is the ninety-first.
""",
        regions=("Canal Street", "Harbour Ward", "Old Mills", "Tram Depot", "North Bank"),
        goal=500,
        drafted=-41,
        closes=38,
        put=-39,
        length=7,
        ballots=Ballots(yes=19, no=2, abstain=2),
        said=(
            Said(
                "aroha",
                0.4,
                "Add *scent*. My brother woke up hungry for a burger he has never eaten.",
            ),
            Said("mara", 0.6, "Added. Thank you, and him."),
            Said(
                "arjun", 1.8, "212 people is a good number. Who has the sheets? The press will ask."
            ),
            Said("noor", 2.5, "I do: numbered, signed, in a biscuit tin."),
        ),
        signatures=337,
        unconfirmed=24,
        withdrawn=3,
    ),
    PetitionStory(
        key="index",
        guild="nurses",
        by="rosa",
        to="hospital",
        title="Take the rest quality index out of the rota",
        request="Stop measuring how staff sleep, and give back the shifts taken from those whose "
        "nights were called poor.",
        background="""
A nurse who slept badly needs a colleague, not a score. The index has cost two of us our Fridays and
one of us her nerve. The headsets can go to the museum.
""",
        goal=100,
        drafted=-36,
        closes=9,
        put=-34,
        length=3,
        ballots=Ballots(yes=11, no=0, abstain=1),
        said=(Said("siobhan", 0.5, "*Her nerve* is me, and you may leave it in."),),
        signatures=128,
        unconfirmed=5,
    ),
    PetitionStory(
        key="recordings",
        guild="lucid",
        by="dele",
        to="court",
        title="Delete the recordings of the harbour trial",
        request="Order the deletion of the 61 nights recorded from the dockers held before the "
        "harbour trial, and of every copy.",
        background="""
The dockers were acquitted. Their dreams are still in the evidence store, labelled by shelf and
date. Nobody is acquitted while their sleep is kept.
""",
        goal=80,
        drafted=-98,
        closes=-13,
        put=-96,
        length=4,
        ballots=Ballots(yes=20, no=0, abstain=1),
        signatures=93,
    ),
    PetitionStory(
        key="ledger",
        guild="lucid",
        by="dele",
        to="dreamsync",
        title="Show us what you sold of our nights",
        request="Give every sleeper, on asking, a list of the scenes put into their nights, who paid "
        "for each, and how much.",
        background="""
A bank tells you what it did with your money. DreamSync will not say what it did with our sleep. We
asked as customers, then as lawyers. Now we ask as many.
""",
        goal=150,
        drafted=-118,
        closes=-70,
        put=-116,
        length=4,
        ballots=Ballots(yes=17, no=1, abstain=2),
        signatures=164,
    ),
    PetitionStory(
        key="hearing",
        guild="federation",
        by="ines",
        to="committee",
        title="Hear the sleepers: a public hearing on section 14",
        request="Hold a public hearing on section 14 of the Dream Sovereignty Act, with people who "
        "have been recorded, before the chamber votes.",
        background="""
The committee has heard four firms, two insurers and a mattress maker. It has not heard one person
whose nights are for sale.
""",
        goal=2000,
        drafted=-8,
        closes=60,
        put=-5.5,
        length=7,
        ballots=Ballots(yes=5, no=1, silent=("tomasz", "ruth", "hana")),
        said=(
            Said(
                "kenji",
                1.2,
                "I would speak, if there were an interpreter. Could we ask for that too?",
            ),
            Said("ines", 1.4, "The Circle of Night Translators will come along. Eleven languages."),
        ),
    ),
    PetitionStory(
        key="shutdown",
        guild="federation",
        by="rosa",
        to="council",
        title="Withdraw the licence of DreamSync Corp",
        request="Withdraw the licence to operate neural devices in Metropolis-9, at once and for good.",
        background="They have broken three of the five conditions it was given under. We list them below.",
        goal=5000,
        drafted=-72,
        closes=90,
        put=-70,
        length=7,
        ballots=Ballots(yes=7, no=5, abstain=1),
        said=(
            Said(
                "weichen",
                1.1,
                "All true, and 3,000 people here work for them. What do we say to those?",
            ),
            Said("rosa", 1.9, "That they will sleep better too. But I hear you."),
            Said(
                "ruth",
                4.0,
                "Two conditions can be proven today, the third cannot. I vote no for now.",
            ),
        ),
    ),
    PetitionStory(
        key="billboard",
        guild="quiet",
        by="jonas",
        to="transport",
        title="Switch off the billboard at Canal and Fifth at ten",
        request="Let no screen or speaker face a bedroom in Metropolis-9 between 22:00 and 06:00, "
        "beginning with the one at Canal and Fifth.",
        background="The letter was polite. The answer was a discount on a headset.",
        goal=150,
        drafted=-2.6,
        closes=30,
        put=-1.3,
        length=3,
        ballots=Ballots(yes=3, no=0, silent=("yusra", "edith")),
        said=(Said("edith", 0.3, "I kept the envelope. It has a coupon in it."),),
    ),
    PetitionStory(
        key="forms",
        guild="translators",
        by="yusra",
        to="authority",
        title="Consent in the language people dream in",
        request="Count no consent to a neural device unless the form was read in a language the "
        "person has chosen, and explained by someone who is paid by nobody.",
        background="Draft. Weichen brings the four pages that differ; Nikos the translations side by side.",
        goal=400,
        drafted=-3.2,
        closes=75,
    ),
    PetitionStory(
        key="schools",
        guild="lucid",
        by="dele",
        to="council",
        title="No headsets in the schools of Metropolis-9",
        request="Let no school lend, rent or require a neural headset, and hand back the recordings made "
        "in its rest hours.",
        background="Nine schools let children nap in headsets because quiet children are cheap.",
        goal=300,
        drafted=-44,
        closes=20,
        put=-42,
        length=4,
        ballots=Ballots(yes=16, no=1, abstain=1),
        signatures=58,
    ),
    PetitionStory(
        key="benches",
        guild="lucid",
        by="mara",
        to="transport",
        title="Benches one can lie down on",
        request="Take the armrests off the benches of the night stops.",
        background="They are there so that nobody sleeps. That is what a bench at four in the morning is for.",
        goal=60,
        drafted=-33,
        closes=-1,
        put=-31,
        length=4,
        ballots=Ballots(yes=14, no=3, abstain=1),
        signatures=47,
    ),
    PetitionStory(
        key="lamps",
        guild="lucid",
        by="dele",
        to="transport",
        title="Warm light at the night stops",
        request="Replace the white lamps of the forty night stops by warm ones.",
        background="White light says morning to everyone who waits for the bus home.",
        goal=50,
        drafted=-132,
        closes=-88,
        put=-130,
        length=4,
        ballots=Ballots(yes=18, no=0, abstain=2),
        signatures=71,
    ),
    PetitionStory(
        key="carriage",
        guild="quiet",
        by="meiling",
        to="transport",
        title="One quiet carriage on the night line",
        request="Keep the last carriage of every night train free of screens and voices.",
        background="Still to come: how many we counted awake at Fifth Street, and why.",
        goal=120,
        drafted=-1.4,
        closes=55,
    ),
)

#: a draft given up again: (guild, author, institution, title, request, drafted, given up)
GIVEN_UP = (
    "lucid", "quill", "dreamsync", "Say sorry", "Apologise to every sleeper by name.", -27.0, -25.5,
)  # fmt: skip
