"""What became of petitions after their close: who received them, and what was answered."""

from dataclasses import dataclass

from petitions.delivery_models import DeliveryWay


@dataclass(frozen=True)
class Aftermath:
    """Times in days from now. due: until when an answer was hoped for."""

    delivered: float
    way: DeliveryWay
    received_by: str
    proof: str
    due: int
    #: who is written to with a link, and their address; None: handed over otherwise
    contact: tuple[str, str] | None = None
    answered: float | None = None
    said_by: str = ""
    answer: str = ""


#: key of the petition -> what became of it
AFTERMATHS = {
    "recordings": Aftermath(
        delivered=-10,
        way=DeliveryWay.EMAIL,
        received_by="Registry of the Harbour Court",
        proof="Their reference is HC 4/2217.",
        due=18,
        contact=("Registry, petitions", "registry@harbour-court.example"),
        answered=-2.6,
        said_by="President of the Harbour Court",
        answer="""
The court has heard the guild and ninety-three others. It finds that recordings of acquitted people
serve no purpose the law knows.

- The 61 nights are deleted by the end of next month, with all copies the court itself holds.
- **What the prosecutor holds is not ours to delete.** We have written to that office.

A list of what was deleted goes to each of the dockers, and to nobody else.
""",
    ),
    "lamps": Aftermath(
        delivered=-84,
        way=DeliveryWay.IN_PERSON,
        received_by="The night desk of Streets and Lights",
        proof="Signed for at 23:40, on the back of a timetable.",
        due=-30,
        contact=("Night desk", "night-desk@streets-and-lights.example"),
        answered=-61.4,
        said_by="Head of Night Services",
        answer="Thirty-one of the forty lamps are changed as they burn out, by next autumn. Nine light a "
        "crossing and stay white.",
    ),
    "ledger": Aftermath(
        delivered=-66,
        way=DeliveryWay.IN_PERSON,
        received_by="The front desk of DreamSync Corp, 40 Meridian Tower",
        proof="Stamped copy, kept by Dele.",
        due=-21,
    ),
}
