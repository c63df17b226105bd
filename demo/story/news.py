"""What those who collect signatures tell people on the way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """News of one petition, by somebody who looks after it; `at` in days from now."""

    petition: str
    by: str
    at: float
    title: str
    text: str


NEWS = (
    Piece(
        petition="adverts",
        by="mara",
        at=-26,
        title="The Authority has asked us for our sheets",
        text="""
They want to see the 212 answers from Canal Street. **Copies are on their way**; the sheets
themselves stay in the tin.

If you work on Canal Street and have not been asked yet, come by the tram depot on Tuesday.
""",
    ),
    Piece(
        petition="adverts",
        by="mara",
        at=-6,
        title="Three hundred of us",
        text="""
Three hundred people, each with a mailbox of their own. DreamSync has begun to call us *a handful*.

What helps most now is paper: print the poster, hang it where people wait.
""",
    ),
    Piece(
        petition="index",
        by="rosa",
        at=-6,
        title="We are past our goal, and go on",
        text="The board meets on the last Thursday of the month. Every name makes the table longer.",
    ),
)
