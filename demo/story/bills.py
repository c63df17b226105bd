"""The bills of the 130th Congress that the guilds read, step by step."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BillStory:
    """One bill. steps: (days from now, what happened), a key of STEPS below, and what it tells.

    watched: guilds that watch it; watchers: people who do.
    """

    kind: str
    number: int
    title: str
    official_title: str
    sponsor: str
    cosponsors: tuple[str, ...]
    subjects: tuple[str, ...]
    steps: tuple[tuple[int, str, str], ...]
    law: str = ""
    watched: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()


#: what happened -> (source of the entry, its code, its text); {0} is what the story tells of it
STEPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "introduced in House": (("Library of Congress", "1000", "Introduced in House"),),
    "introduced in Senate": (("Library of Congress", "10000", "Introduced in Senate"),),
    "referred in House": (
        ("House floor actions", "H11100", "Referred to the House Committee on {0}."),
    ),
    "referred in Senate": (("Senate", "", "Read twice and referred to the Committee on {0}."),),
    "hearing": (("House committee actions", "", "Committee Hearings Held: {0}."),),
    "Senate hearing": (("Senate", "", "Committee on Lucid Affairs. Hearings held: {0}."),),
    "reported": (
        (
            "House committee actions",
            "",
            "Ordered to be Reported (Amended) by the Yeas and Nays: {0}.",
        ),
    ),
    "House calendar": (
        ("House floor actions", "H12410", "Placed on the Union Calendar, Calendar No. {0}."),
    ),
    "Senate calendar": (
        (
            "Senate",
            "",
            "Placed on Senate Legislative Calendar under General Orders. Calendar No. {0}.",
        ),
    ),
    "passed House": (
        ("House floor actions", "H37100", "On passage Passed by the Yeas and Nays: {0}."),
        (
            "Library of Congress",
            "8000",
            "Passed/agreed to in House: On passage Passed by the Yeas and Nays: {0}.",
        ),
    ),
    "failed in House": (
        ("House floor actions", "H37100", "On passage Failed by the Yeas and Nays: {0}."),
        (
            "Library of Congress",
            "9000",
            "Failed of passage/not agreed to in House: On passage Failed by the Yeas and Nays: {0}.",
        ),
    ),
    "received in Senate": (
        (
            "Senate",
            "",
            "Received in the Senate and Read twice and referred to the Committee on {0}.",
        ),
    ),
    "received in House": (("House floor actions", "H14000", "Received in the House."),),
    "passed Senate": (
        ("Senate", "", "Passed Senate without amendment by Yea-Nay Vote. {0}."),
        (
            "Library of Congress",
            "17000",
            "Passed/agreed to in Senate: Passed Senate without amendment by Yea-Nay Vote. {0}.",
        ),
    ),
    "Senate agreed": (
        (
            "Senate",
            "",
            "Submitted in the Senate, considered, and agreed to without amendment and with a "
            "preamble by Unanimous Consent.",
        ),
        (
            "Library of Congress",
            "17000",
            "Passed/agreed to in Senate: Submitted in the Senate, considered, and agreed to without "
            "amendment and with a preamble by Unanimous Consent.",
        ),
    ),
    "presented": (("Library of Congress", "28000", "Presented to President."),),
    "signed": (("Library of Congress", "29000", "Signed by President."),),
    "law": (("Library of Congress", "36000", "Became {0}."),),
    "vetoed": (("Library of Congress", "31000", "Vetoed by President."),),
}

VOSS, OKONJO = "Rep. Voss, Ilse [I-M9-2]", "Rep. Okonjo, Adaeze [D-M9-4]"
FENN, HALLORAN = "Sen. Fenn, Marguerite [D-M9]", "Sen. Halloran, Dov [R-NV]"
LARCH = "Rep. Larch, Tobias [R-NV-1]"

BILLS = (
    BillStory(
        "HR",
        77,
        "Dream Sovereignty Act",
        "To secure to every person the ownership of their dreams, and for other purposes.",
        VOSS,
        (OKONJO, "Rep. Brightwater, Sam [D-M9-7]"),
        ("Civil Rights and Liberties", "Neural data", "Sleep and dreams"),
        (
            (-172, "introduced in House", ""),
            (-172, "referred in House", "Dreams and Cognition"),
            (-120, "hearing", "Ownership of nocturnal experience"),
            (-74, "reported", "23 - 18"),
            (-61, "House calendar", "58"),
            (-33, "passed House", "241 - 180 (Roll no. 119)"),
            (-32, "received in Senate", "Lucid Affairs"),
            (-9, "Senate hearing", "Section 14 and wellness partners"),
            (-1, "Senate calendar", "91"),
        ),
        watched=("lucid", "federation", "translators"),
        watchers=("yusra", "edith", "cormac", "mara"),
    ),
    BillStory(
        "S",
        12,
        "Somnic Transparency Act",
        "A bill to require makers of neural devices to publish what their devices record.",
        FENN,
        ("Sen. Ruiz, Tomás [D-NM]",),
        ("Science, Technology, Communications", "Neural data"),
        (
            (-330, "introduced in Senate", ""),
            (-330, "referred in Senate", "Lucid Affairs"),
            (-251, "passed Senate", "71 - 26. Record Vote Number: 31"),
            (-250, "received in House", ""),
            (-249, "referred in House", "Dreams and Cognition"),
            (-170, "passed House", "310 - 109 (Roll no. 64)"),
            (-162, "presented", ""),
            (-153, "signed", ""),
            (-153, "law", "Public Law No: 130-41"),
        ),
        law="130-41",
        watched=("federation",),
        watchers=("weichen",),
    ),
    BillStory(
        "HR",
        140,
        "Commercial Oneiric Innovation Act",
        "To promote investment in the commercial use of sleep, and to limit liability for it.",
        LARCH,
        ("Rep. Stroud, Evelyn [R-TX-31]",),
        ("Commerce", "Advertising", "Sleep and dreams"),
        (
            (-290, "introduced in House", ""),
            (-290, "referred in House", "Commerce of the Mind"),
            (-210, "passed House", "219 - 214 (Roll no. 48)"),
            (-209, "received in Senate", "Lucid Affairs"),
            (-131, "passed Senate", "50 - 49. Record Vote Number: 57"),
            (-121, "presented", ""),
            (-112, "vetoed", ""),
        ),
        watched=("lucid",),
        watchers=("ruth", "edith"),
    ),
    BillStory(
        "S",
        58,
        "Night Work and Rest Privacy Act",
        "A bill to forbid employers to measure the sleep of those who work for them.",
        FENN,
        (HALLORAN,),
        ("Labor and Employment", "Sleep and dreams"),
        (
            (-200, "introduced in Senate", ""),
            (-200, "referred in Senate", "Lucid Affairs"),
            (-141, "passed Senate", "58 - 41. Record Vote Number: 60"),
            (-140, "received in House", ""),
            (-139, "referred in House", "Labour by Night"),
            (-17, "passed House", "262 - 160 (Roll no. 131)"),
            (-3, "presented", ""),
        ),
        watched=("nurses",),
        watchers=("rosa", "siobhan"),
    ),
    BillStory(
        "HR",
        203,
        "Minors' Unrecorded Sleep Act",
        "To forbid the recording of the dreams of persons under sixteen.",
        OKONJO,
        (VOSS,),
        ("Families", "Neural data"),
        (
            (-95, "introduced in House", ""),
            (-95, "referred in House", "Dreams and Cognition"),
            (-12, "hearing", "What a child can consent to"),
        ),
        watched=("lucid", "nurses"),
        watchers=("priya", "yusra"),
    ),
    BillStory(
        "HR",
        31,
        "Public Airspace and Lullabies Act",
        "To prohibit sound that induces dreams in streets, parks and on public transport.",
        "Rep. Brightwater, Sam [D-M9-7]",
        (),
        ("Environmental Protection", "Noise"),
        (
            (-260, "introduced in House", ""),
            (-260, "referred in House", "Streets and Lights"),
            (-104, "House calendar", "40"),
            (-47, "failed in House", "198 - 226 (Roll no. 115)"),
        ),
        watched=("quiet",),
        watchers=("jonas", "nightbus"),
    ),
    BillStory(
        "SRES",
        9,
        "Honouring those who keep watch at night",
        "A resolution honouring nurses, porters, drivers and all who keep watch at night.",
        HALLORAN,
        (FENN,),
        ("Health",),
        ((-66, "introduced in Senate", ""), (-66, "Senate agreed", "")),
        watched=("nurses",),
    ),
    BillStory(
        "HJRES",
        5,
        "Proposing an amendment on the liberty of the mind",
        "Proposing an amendment to the Constitution of the United States to secure the liberty of "
        "the mind, waking and asleep.",
        VOSS,
        (OKONJO, LARCH),
        ("Civil Rights and Liberties", "Neurorights"),
        ((-5, "introduced in House", ""),),
        watched=("federation",),
        watchers=("tomasz",),
    ),
)
