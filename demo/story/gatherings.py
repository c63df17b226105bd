"""Marches, meetings and a vigil: where people see each other."""

from dataclasses import dataclass

SATURDAY = 5


@dataclass(frozen=True)
class Moment:
    """A wall-clock time at a place. days: from today; weekday: the first such day from then on."""

    days: int
    clock: str
    weekday: int | None = None


@dataclass(frozen=True)
class EventStory:
    """One event. drafted, published, moved, cancelled: days from now, or None if it never was.

    starts: where it stood at first if it was moved, `moved_to` where it stands since.
    coming: members of the guild and others with an account, drawn; guests: without one.
    """

    guild: str
    by: str
    title: str
    description: str
    place: str
    address: str
    time_zone: str
    starts: Moment
    hours: float
    bring: str
    conduct: str
    visibility: str
    drafted: float
    published: float | None = None
    moved: float | None = None
    moved_to: Moment | None = None
    cancelled: float | None = None
    cancel_reason: str = ""
    coming: int = 0
    guests: int = 0
    unconfirmed: int = 0
    #: said yes, then no
    declined: int = 0


PEACE = """I come in peace and leave in peace: I hurt nobody and break nothing.
I do what the stewards ask, and go to them if I am afraid.
I show no face in a picture without asking."""

EVENTS = (
    EventStory(
        guild="lucid",
        by="tomasz",
        title="March for the night",
        description="""
From the laundrette on Canal Street to the Council, at the pace of the slowest. The children walk in
front with the paper moons. We carry the signatures with us and hand them over at the steps.

A quiet coach for those who cannot walk leaves from gate 4 at the same time. **Stewards wear
yellow**; medics wear white.
""",
        place="The laundrette, Canal Street",
        address="81 Canal Street, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(5, "13:00", SATURDAY),
        hours=3,
        bring="A lamp or a paper moon\nWater and something warm\nA friend who has never been to a march\n"
        "No headset",
        conduct=PEACE,
        visibility="public",
        drafted=-13,
        published=-12,
        moved=-2.2,
        moved_to=Moment(5, "14:00", SATURDAY),
        coming=24,
        guests=9,
        unconfirmed=3,
        declined=2,
    ),
    EventStory(
        guild="lucid",
        by="priya",
        title="Reading section 14 aloud",
        description="""
Nine pages, four readers, one pot of soup. We stop at every *may* and ask who may, and what happens
if they do.
""",
        place="Back room of the laundrette",
        address="81 Canal Street, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(2, "19:30"),
        hours=2,
        bring="A pencil\nA bowl",
        conduct=PEACE,
        visibility="guild",
        drafted=-6,
        published=-5.5,
        coming=11,
    ),
    EventStory(
        guild="lucid",
        by="tomasz",
        title="Vigil below the DreamSync tower",
        description="Sixty-one minutes, one for each recorded night. No speeches.",
        place="Fifth Street, east pavement",
        address="5 Fifth Street, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(-4, "21:00"),
        hours=1.5,
        bring="A candle in a glass",
        conduct=PEACE,
        visibility="public",
        drafted=-20,
        published=-19,
        coming=17,
        guests=12,
    ),
    EventStory(
        guild="quiet",
        by="meiling",
        title="A night under blankets at Canal and Fifth",
        description="We lie down where the hum is loudest and measure until dawn.",
        place="Corner of Canal and Fifth",
        address="Canal Street and Fifth Street, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(3, "22:00"),
        hours=7,
        bring="A blanket\nA thermos\nA decibel meter if you have one",
        conduct=PEACE,
        visibility="public",
        drafted=-9,
        published=-8.5,
        cancelled=-0.8,
        cancel_reason="Sleet is forecast for the whole night. We look for a milder one next month.",
        coming=7,
        guests=4,
    ),
    EventStory(
        guild="translators",
        by="ines",
        title="Uma tarde a ler o que assinámos",
        description="""
Lemos os termos de uso em voz alta, em português e crioulo, com quem já os assinou. *We read the
terms of use aloud, in Portuguese and Creole, with people who have signed them.*
""",
        place="Biblioteca da Penha",
        address="Rua das Sete Noites 12, Lisboa",
        time_zone="Europe/Lisbon",
        starts=Moment(11, "16:00"),
        hours=2.5,
        bring="Os vossos papéis\nÓculos",
        conduct="Quem lê, lê devagar. Quem ouve, não ri de quem lê.\nNinguém tira fotografias.",
        visibility="public",
        drafted=-7,
        published=-6,
        coming=5,
        guests=6,
    ),
    EventStory(
        guild="nurses",
        by="dele",
        title="Breakfast after nights, opposite gate 4",
        description="Rolls, tea, and the list for the relay. Bring whoever came off shift with you.",
        place="The bakery opposite gate 4",
        address="2 Harbour Road, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(1, "07:15"),
        hours=1,
        bring="Your badge, for the discount",
        conduct="No names of patients. No names of managers either, before the second cup.",
        visibility="link",
        drafted=-3,
        published=-2.9,
        coming=6,
    ),
    # drafted by a member, who put it to the guild
    EventStory(
        guild="nurses",
        by="oksana",
        title="An hour of silence at the front desk",
        description="We sit in the hall of Harbour Ward, say nothing, and hold up our rosters.",
        place="Harbour Ward Hospital, main hall",
        address="1 Harbour Road, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(9, "07:30"),
        hours=1,
        bring="Your roster, names blacked out",
        conduct="Nobody on duty joins. Every trolley has the right of way.",
        visibility="public",
        drafted=-0.6,
    ),
    EventStory(
        guild="federation",
        by="ines",
        title="Spring congress of the Federation",
        description="Two days, forty guilds, one question: what do we do the day after the Act is law?",
        place="Old Customs House",
        address="1 Quay Street, Metropolis-9",
        time_zone="America/New_York",
        starts=Moment(40, "10:00", SATURDAY),
        hours=31,
        bring="Your guild's mandate, in writing",
        conduct=PEACE,
        visibility="public",
        drafted=-1.2,
    ),
    EventStory(
        guild="watch",
        by="ruth",
        title="Late shift on the roof",
        description="Two hours, then cocoa.",
        place="Number 40, top of the stairs",
        address="",
        time_zone="America/New_York",
        starts=Moment(2, "23:00"),
        hours=2,
        bring="A hat\nThe binoculars, Otto",
        conduct="We count. We do not follow anybody.",
        visibility="guild",
        drafted=-1.5,
        published=-1.4,
        coming=3,
    ),
)
