"""A bill's official file, and the same file as it would have been on an earlier day."""

from pathlib import Path
from xml.etree import ElementTree

SHARED = Path(__file__).parents[3] / "shared" / "data" / "legislation" / "us-billstatus"
REAL = SHARED / "legacy__BILLSTATUS-114hr1531.xml"
OWN = Path(__file__).parents[1] / "legislation" / "data"


def two_files(folder: Path) -> tuple[Path, Path]:
    """An older and a newer file of one bill: the real one where the data lies, else our own."""
    if not REAL.exists():
        return OWN / "hr77-passed-house.xml", OWN / "hr77-presented.xml"
    older = folder / "BILLSTATUS-older.xml"
    older.write_bytes(as_of(REAL.read_bytes(), "2015-07-31"))
    return older, REAL


def as_of(data: bytes, day: str) -> bytes:
    """The file without what happened after an ISO day."""
    root = ElementTree.fromstring(data)
    bill = root.find("bill")
    assert bill is not None
    for listing in bill.findall("actions"):
        for action in listing.findall("item"):
            if action.findtext("actionDate", "") > day:
                listing.remove(action)
    for laws in bill.findall("laws"):
        bill.remove(laws)
    for tag in ("updateDate", "latestAction/actionDate"):
        node = bill.find(tag)
        assert node is not None
        node.text = day + ("T12:00:00Z" if tag == "updateDate" else "")
    return ElementTree.tostring(root)
