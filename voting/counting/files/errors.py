"""What every reader of ballot files raises, and how it gets at the text."""

import gzip
import zlib
from io import BytesIO

#: Most bytes a file may hold once unpacked. Our bundle of a million rankings of twenty has 205 MB.
LARGEST_FILE = 512 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"


class BallotFileError(Exception):
    """A file cannot be read as ballots. line: from 1; None where no single line is to blame."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read_text(content: bytes) -> str:
    """Return a ballot file's text: gzip unpacked, UTF-8, without a byte order mark.

    Raises BallotFileError: broken gzip, larger than LARGEST_FILE unpacked, not UTF-8 (with the
    line), a NUL character (with the line).
    """
    content = unpack(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BallotFileError(line, "not UTF-8 text") from None
    nul = text.find("\0")
    if nul >= 0:
        raise BallotFileError(text.count("\n", 0, nul) + 1, "a NUL character in the text")
    return text


def unpack(content: bytes) -> bytes:
    """Return the bytes, unpacked if they are gzip. Raises BallotFileError as read_text does."""
    if content.startswith(GZIP_MAGIC):
        try:
            with gzip.GzipFile(fileobj=BytesIO(content)) as packed:
                content = packed.read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error):
            raise BallotFileError(None, "broken gzip") from None
    if len(content) > LARGEST_FILE:
        raise BallotFileError(None, f"larger than {LARGEST_FILE // 1024**2} MB unpacked")
    return content
