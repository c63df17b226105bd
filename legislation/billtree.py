"""From the bytes of a BILLSTATUS file to a small tree that knows its lines.

Everything here is bounded: the bytes before and after unpacking, the elements, their depth, the
text of one. Only the part of the file that we read is kept.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

#: Bytes of XML, and of the file before it is unpacked; the largest of GPO's samples has 0.9 MB.
MAX_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 1_000_000
MAX_KEPT_ELEMENTS = 200_000
MAX_DEPTH = 40
#: Characters in one field; the longest action text in GPO's samples has 1,216.
MAX_TEXT = 8_000

_GZIP_MARK = b"\x1f\x8b"
#: What we read of a bill; the rest (amendments, summaries, texts …) is passed over unkept.
_KEPT = frozenset(
    {
        "number",
        "billNumber",
        "type",
        "billType",
        "congress",
        "title",
        "titles",
        "introducedDate",
        "updateDate",
        "sponsors",
        "cosponsors",
        "subjects",
        "policyArea",
        "primarySubject",
        "laws",
        "actions",
        "latestAction",
        "legislationUrl",
    }
)


class BillFileError(ValueError):
    """A file that can't be taken, and the one reason, written for the person who chose it."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        """line: counted from 1; None where the fault has no place in the file."""
        self.reason = reason
        self.line = line
        super().__init__(reason if line is None else f"line {line}: {reason}")


@dataclass(slots=True)
class Node:
    """One element of the part that was kept. line: where it begins, counted from 1."""

    tag: str
    line: int
    children: "list[Node]" = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def value(self) -> str:
        """The text of this element alone, on one line."""
        return " ".join("".join(self.parts).split())

    def all(self, *path: str) -> "Iterator[Node]":
        """All elements at the path below this one, in the file's order."""
        found: Iterable[Node] = (self,)
        for tag in path:
            found = [child for node in found for child in node.children if child.tag == tag]
        yield from found

    def first(self, *path: str) -> "Node | None":
        return next(self.all(*path), None)


class _Outline:
    """What the parser reports to: keeps the wanted part of the file and counts all of it."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.votes: list[Node] = []
        self.parser: Any = None
        self._open: list[Node | None] = []
        self._seen = self._kept = 0

    @property
    def line(self) -> int:
        return int(self.parser.parser.CurrentLineNumber)

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._seen += 1
        if len(self._open) >= MAX_DEPTH or self._seen > MAX_ELEMENTS:
            raise BillFileError("more elements than a bill can have", self.line)
        node = Node(tag, self.line) if self._wanted(tag) else None
        if node is not None:
            self._keep(node)
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        node = self._open[-1] if self._open else None
        if node is None:
            return
        node.parts.append(text)
        node.size += len(text)
        if node.size > MAX_TEXT:
            raise BillFileError(f"<{node.tag}> has more than {MAX_TEXT:,} characters", node.line)

    def close(self) -> None:
        """Nothing is left to do at the end of the file."""

    def _wanted(self, tag: str) -> bool:
        depth = len(self._open)
        if depth == 0 or tag == "recordedVote":
            return True
        if self._open[-1] is None:
            return False
        return (depth == 1 and tag == "bill") or (depth == 2 and tag in _KEPT) or depth > 2

    def _keep(self, node: Node) -> None:
        self._kept += 1
        if self._kept > MAX_KEPT_ELEMENTS:
            raise BillFileError("more elements than a bill can have", node.line)
        if not self._open:
            self.root = node
        elif self._open[-1] is not None:
            self._open[-1].children.append(node)
        if node.tag == "recordedVote":
            self.votes.append(node)


def read_tree(data: bytes) -> tuple[Node, list[Node]]:
    """Give the one bill of a file, plain or gzip, and every recorded vote anywhere in the file.

    Raises BillFileError for anything that isn't exactly one bill in well-formed XML within bounds.
    """
    xml = _unpacked(data)
    outline = _Outline()
    outline.parser = XMLParser(target=outline, forbid_dtd=True)
    try:
        outline.parser.feed(xml)
        outline.parser.close()
    except BillFileError:
        raise
    except ParseError as error:
        fault = str(error.msg).partition(": line ")[0]
        raise BillFileError(f"the XML is broken ({fault})", error.position[0]) from None
    except DefusedXmlException:
        reason = "a document type or entity is declared, which a BILLSTATUS file never needs"
        raise BillFileError(reason, outline.line) from None
    except (ValueError, LookupError):
        raise BillFileError("the XML declares an encoding that can't be read", 1) from None
    root = outline.root
    if root is None or root.tag != "billStatus":
        raise BillFileError("not a BILLSTATUS file", root.line if root else None)
    bills = list(root.all("bill"))
    if len(bills) != 1:
        raise BillFileError("a BILLSTATUS file holds exactly one bill", root.line)
    return bills[0], outline.votes


def _unpacked(data: bytes) -> bytes:
    too_large = f"the file is larger than {MAX_BYTES // 1024 // 1024} MB"
    if len(data) > MAX_BYTES:
        raise BillFileError(too_large)
    if not data.startswith(_GZIP_MARK):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        xml = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        raise BillFileError("the gzip file is damaged") from None
    if len(xml) > MAX_BYTES:
        raise BillFileError(f"{too_large} when unpacked")
    if not unpacker.eof:
        raise BillFileError("the gzip file is cut short")
    if unpacker.unused_data.strip(b"\0"):
        raise BillFileError("something follows the bill in the gzip file")
    return xml
