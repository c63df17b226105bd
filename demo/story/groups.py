"""The guilds, their people, and the institutions they speak to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GuildStory:
    """key: what the rest of the story calls it. The founder is its admin; days from now."""

    key: str
    name: str
    purpose: str
    about: str
    admission: str
    template: str
    founded: float
    founder: str
    organisers: tuple[str, ...]
    members: tuple[str, ...]
    is_listed: bool = True


GUILDS = (
    GuildStory(
        key="lucid",
        name="The Lucid Assembly",
        purpose="Keep what we dream our own, and make Metropolis-9 write that into law.",
        about="""
We began with nine people in the back room of a laundrette on Canal Street, the week DreamSync Corp
put the first paid scene into a sleeping child. We meet every second Thursday. Whoever is a member
has one vote; whoever is tired may lie down.

What we do:

- **Petitions** to the Sleep and Cognition Authority and to the Council.
- **Marches**, announced, stewarded and quiet after ten in the evening.
- **Reading bills** together, aloud, until everybody in the room can say what they mean.

We take no money from anyone who sells a headset.
""",
        admission="approval",
        template="simple-assembly",
        founded=-300,
        founder="mara",
        organisers=("tomasz", "priya"),
        members=(
            "dele",
            "ines",
            "yusra",
            "weichen",
            "oksana",
            "linh",
            "sipho",
            "aroha",
            "mateo",
            "hana",
            "jonas",
            "amara",
            "bea",
            "siobhan",
            "farid",
            "nikos",
            "tigist",
            "winston",
            "noor",
            "kwame",
            "arjun",
            "joao",
            "edith",
            "quill",
            "nightbus",
        ),
    ),
    GuildStory(
        key="nurses",
        name="Night Shift Nurses of Harbour Ward",
        purpose="Eight hours of sleep after a night shift, recorded by nobody.",
        about="""
Harbour Ward Hospital scores us every morning by the *rest quality index* that the headsets in the
on-call room report. Two of us lost shifts over a nightmare.

We are nurses, porters, cleaners and one very patient pharmacist. Come as you are, after six in the
morning, to the bakery opposite gate 4.
""",
        admission="open",
        template="simple-assembly",
        founded=-240,
        founder="rosa",
        organisers=("dele",),
        members=(
            "amara",
            "yusra",
            "winston",
            "sipho",
            "tigist",
            "siobhan",
            "oksana",
            "bea",
            "gabor",
            "meiling",
            "tala",
            "zofia",
        ),
    ),
    GuildStory(
        key="federation",
        name="Dream Sovereignty Federation",
        purpose="Delegates of forty guilds who decide rarely, slowly, and then together.",
        about="""
Each member guild sends two delegates and may call them back. We speak for all of them only where
half of us are present and two thirds agree; everything else the guilds say for themselves.

Our one standing task is the **Dream Sovereignty Act**: to see it through both chambers without the
exemption that DreamSync Corp has asked for.
""",
        admission="invitation",
        template="federation-with-quorum",
        founded=-220,
        founder="tomasz",
        organisers=("mara", "ines", "rosa"),
        members=(
            "ruth",
            "priya",
            "weichen",
            "hana",
            "kenji",
            "leila",
            "dmitri",
            "astrid",
            "salome",
            "pilar",
        ),
    ),
    GuildStory(
        key="translators",
        name="Circle of Night Translators",
        purpose="Every consent form in every language that people dream in.",
        about="""
A consent nobody can read is not a consent. We have put the DreamSync terms of use (61 pages) into
nine languages and found that they say something different in four of them.

Мы переводим. 我们翻译。 نحن نترجم. Traduzimos. አንተርጉማለን።
""",
        admission="approval",
        template="consent-circle",
        founded=-200,
        founder="ines",
        organisers=("weichen",),
        members=(
            "yusra",
            "oksana",
            "linh",
            "hana",
            "farid",
            "leila",
            "nikos",
            "tigist",
            "ivana",
            "salome",
            "arjun",
            "pilar",
        ),
    ),
    GuildStory(
        key="quiet",
        name="The Quiet Hours",
        purpose="Neighbours of Canal Street who want the dark back between ten and six.",
        about="""
The billboard on the corner of Canal and Fifth hums at the pitch that starts a dream. We have
measured it, written to its owner, and started to bring blankets.
""",
        admission="open",
        template="affinity-group",
        founded=-120,
        founder="jonas",
        organisers=("meiling",),
        members=(
            "edith",
            "nightbus",
            "noor",
            "ivana",
            "kenji",
            "mateo",
            "yusra",
            "astrid",
            "dmitri",
        ),
    ),
    GuildStory(
        key="watch",
        name="The Sandman Watch",
        purpose="We count the vans at the DreamSync depot and say nothing about it.",
        about="Five people, five folding chairs, one pair of binoculars. Do not bring your headset.",
        admission="invitation",
        template="affinity-group",
        founded=-90,
        founder="ruth",
        organisers=(),
        members=("otto", "leila", "quill", "moth"),
        is_listed=False,
    ),
)

#: founded and dissolved again: its one member went
DISSOLVED = GuildStory(
    key="lighthouse",
    name="Lighthouse Street Sleepers",
    purpose="One street, one petition, and then the street was sold.",
    about="",
    admission="open",
    template="affinity-group",
    founded=-235,
    founder="otto",
    organisers=(),
    members=(),
)
DISSOLVED_AFTER = 61.0


@dataclass(frozen=True)
class Request:
    """Somebody asks a guild to be admitted. admitted: None while it waits."""

    guild: str
    by: str
    asked: float
    message: str
    admitted: bool | None = None


REQUESTS = (
    Request(
        "lucid",
        "otto",
        -70,
        "I sold headsets for three years. I would like to make up for it, if you will have me.",
        admitted=False,
    ),
    Request(
        "lucid",
        "zofia",
        -2.1,
        "I am a nurse at Harbour Ward; Rosa said to write. I can steward and I have a loud voice.",
    ),
    Request(
        "lucid",
        "gabor",
        -1.4,
        "Pharmacist, father of two, sleepless since spring. Thursdays suit me.",
    ),
    Request(
        "lucid",
        "cormac",
        -0.6,
        "I read about the march in the paper and have been awake since. What can I carry?",
    ),
    Request("translators", "kwame", -0.9, "Twi and Ewe, and some Hausa if nobody else does."),
)


@dataclass(frozen=True)
class InvitationStory:
    """A link that admits. made: days from now; days: how long it is good for."""

    guild: str
    by: str
    made: float
    days: float
    uses: int
    revoked_after: float | None = None


INVITATIONS = (
    InvitationStory("federation", "tomasz", -6.0, 30.0, 6),
    InvitationStory("watch", "ruth", -3.0, 7.0, 1),
    InvitationStory("lucid", "priya", -20.0, 7.0, 10),
    InvitationStory("nurses", "rosa", -12.0, 30.0, 25),
    InvitationStory("federation", "ines", -40.0, 60.0, 20, revoked_after=1.5),
)


@dataclass(frozen=True)
class InstitutionStory:
    key: str
    name: str
    kind: str
    jurisdiction: str
    website: str


INSTITUTIONS = (
    InstitutionStory(
        "council",
        "Council of Metropolis-9",
        "parliament",
        "Metropolis-9",
        "https://council.example",
    ),
    InstitutionStory(
        "authority",
        "Sleep and Cognition Authority",
        "agency",
        "Metropolis-9",
        "https://sleep-authority.example",
    ),
    InstitutionStory(
        "dreamsync", "DreamSync Corp", "company", "Metropolis-9", "https://dreamsync.example"
    ),
    InstitutionStory(
        "hospital",
        "Harbour Ward Hospital Trust",
        "other",
        "Metropolis-9",
        "https://harbour-ward.example",
    ),
    InstitutionStory(
        "court",
        "Court of Mental Integrity",
        "court",
        "Metropolis-9",
        "https://court-of-mental-integrity.example",
    ),
    InstitutionStory(
        "committee",
        "House Committee on Dreams and Cognition",
        "parliament",
        "United States",
        "https://dreams-and-cognition.example",
    ),
    InstitutionStory(
        "transport",
        "Department of Streets and Lights",
        "government",
        "Metropolis-9",
        "https://streets-and-lights.example",
    ),
)
