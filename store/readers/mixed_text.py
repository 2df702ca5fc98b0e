"""UTF-8 in which a few bytes are of another encoding, as files of several sources are."""

import re
from collections.abc import Iterable, Iterator

from store.readers.limits import MAX_LINE_BYTES

CP1252_OF_STRAY = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}
STRAY = re.compile("[\udc80-\udcff]")
HIGH = re.compile("[^\x00-\x7f]")


def aligned(raw: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces that end with a line, so that no character is cut.

    A line that is longer than any accepted one is handed on as it comes, to be refused.
    """
    rest = b""
    for piece in raw:
        piece = rest + piece
        cut = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        cut = cut or (len(piece) if len(piece) > MAX_LINE_BYTES else 0)
        rest = piece[cut:]
        yield piece[:cut]
    yield rest


def mend(piece: bytes) -> bytes:
    """Whole lines as UTF-8; what is none is read as cp1252."""
    if piece.isascii():
        return piece
    return piece.decode("utf-8", "surrogateescape").translate(CP1252_OF_STRAY).encode()


def strays(raw: Iterable[bytes]) -> tuple[int, int, list[int]]:
    """Count (invalid bytes, valid characters beyond ASCII), and the lines that hold the former."""
    invalid = valid = line = 0
    lines: list[int] = []
    for piece in aligned(raw):
        text = piece.decode("utf-8", "surrogateescape")
        found = [match.start() for match in STRAY.finditer(text)]
        invalid += len(found)
        valid += len(HIGH.findall(text)) - len(found)
        lines += [line + text.count("\n", 0, at) + 1 for at in found[:100]]
        line += text.count("\n")
    return invalid, valid, list(dict.fromkeys(lines))
