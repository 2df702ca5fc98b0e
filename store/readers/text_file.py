"""A text file surveyed in one pass, then handed out as UTF-8 in pieces."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from core import UnreadableFile
from store.readers.counting import line_feeds_after_returns, occurrences
from store.readers.encoding import (
    BOMS,
    UNDECODABLE,
    legacy_encoding,
    refuse_binary,
    refuse_encoding,
    without_bom,
)
from store.readers.limits import MAX_LINE_BYTES
from store.readers.mixed_text import aligned, mend

PIECE_BYTES = 4 * 2**20
MAX_LISTED = 10
SWAPPED = bytes.maketrans(b"\r\n", b"\n\r")

How = Literal["bom", "valid", "chosen", "guessed"]


@dataclass(frozen=True)
class Ends:
    """How often lines end with LF, with CR LF, and how often a CR stands alone."""

    lf: int = 0
    crlf: int = 0
    cr: int = 0

    @property
    def swapped(self) -> bool:
        """A bare CR ends the lines, as on old Macs: there is no LF at all."""
        return self.cr > 0 and self.lf == 0

    @property
    def mixed(self) -> bool:
        """Both end lines, outside of quotes."""
        return self.cr > 0 and self.lf > 0

    @property
    def spoken(self) -> str:
        """The commonest line end by its name."""
        if self.swapped:
            return "CR"
        return "CR LF" if self.crlf * 2 > self.lf else "LF"


@dataclass(frozen=True)
class TextFile:
    """How a text file is encoded, and how its lines end.

    `how` says why the encoding is believed. `stray` counts the bytes of a UTF-8 file that are no
    UTF-8 and are read as cp1252; `stray_lines` are the first lines that hold them.
    """

    path: Path
    name: str
    encoding: str
    how: How
    bom: int = 0
    ends: Ends = field(default_factory=Ends)
    stray: int = 0
    stray_lines: tuple[int, ...] = ()

    @property
    def is_lenient(self) -> bool:
        """Whether bytes that are no text are marked instead of refused."""
        return self.how == "guessed" and not self.encoding.startswith("utf")

    def pieces(self, *, check: bool = False) -> Iterator[bytes]:
        """The text as UTF-8, without byte order mark, lines ending with LF or CR LF.

        Where bare CRs end the lines, CR and LF are exchanged everywhere, so that cells can be
        given back as they were. `check` makes sure of valid UTF-8, which raises
        UnicodeDecodeError.
        """
        pieces = self.decoded(check)
        return (piece.translate(SWAPPED) for piece in pieces) if self.ends.swapped else pieces

    def decoded(self, check: bool) -> Iterator[bytes]:
        """The text as UTF-8."""
        with self.path.open("rb") as file:
            file.seek(self.bom)
            raw = iter(lambda: file.read(PIECE_BYTES), b"")
            if self.encoding == "utf-8" and not self.stray:
                yield from checked(raw) if check else raw
            elif self.encoding == "utf-8":
                yield from (mend(piece) for piece in aligned(raw))
            elif self.is_lenient:
                yield from (self.lenient(piece) for piece in aligned(raw))
            else:
                yield from transcoded(raw, self.encoding)

    def lenient(self, piece: bytes) -> bytes:
        """Whole lines as UTF-8; bytes that are no text become characters that mark their rows."""
        return piece.decode(self.encoding, UNDECODABLE).encode()


def checked(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces themselves, once they have proved to be UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pending = False
    for piece in raw:
        if pending or not piece.isascii():
            decoder.decode(piece)
            pending = bool(decoder.getstate()[0])
        yield piece
    decoder.decode(b"", final=True)


def transcoded(raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces in UTF-8; half surrogate pairs, which no encoding has, are written as escapes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for piece in raw:
        yield decoder.decode(piece).encode("utf-8", "backslashreplace")
    yield decoder.decode(b"", final=True).encode("utf-8", "backslashreplace")


def survey(path: Path, chosen: str | None, name: str) -> TextFile:
    """Look through a whole text file: encoding, line ends, NUL bytes, longest line.

    Raises UnreadableFile: `binary` for NUL bytes, `encoding` when the chosen encoding, or the one
    announced by a byte order mark, does not fit, `line_too_long`.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    mark, marked = next((pair for pair in BOMS if head.startswith(pair[0])), (b"", ""))
    if chosen:
        bom = len(mark) if mark and same(marked, chosen) else 0
        return certain(TextFile(path, name, known_name(chosen), "chosen", bom))
    if mark and marked != "utf-8":
        return certain(TextFile(path, name, marked, "bom", len(mark)))
    if b"\0" in head and (silent := without_bom(head)):
        return certain(TextFile(path, name, silent, "guessed"))
    text = TextFile(path, name, "utf-8", "bom" if mark else "valid", len(mark))
    try:
        return counted(text)
    except UnicodeDecodeError:
        return counted(legacy(text))


def same(one: str, other: str) -> bool:
    """Whether a byte order mark belongs to a chosen encoding, UTF-16 standing for both orders."""
    plain = known_name(other).replace("-sig", "")
    return known_name(one) == plain or one.startswith(f"{plain}-")


def known_name(encoding: str) -> str:
    """One spelling per encoding; the byte order mark of UTF-8 is looked for in any case."""
    return codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")


def certain(text: TextFile) -> TextFile:
    """The survey of a file whose encoding is known. Raises UnreadableFile when it does not fit."""
    try:
        return counted(text)
    except UnicodeDecodeError as error:
        raise refuse_encoding(text.path, text.encoding, text.name) from error


def legacy(text: TextFile) -> TextFile:
    """The file that is no UTF-8: some of it after all, or an older encoding."""
    found = legacy_encoding(text.path, text.bom)
    return replace(
        text,
        encoding=found.encoding,
        how="guessed",
        stray=found.stray,
        stray_lines=found.stray_lines[:MAX_LISTED],
    )


def counted(text: TextFile) -> TextFile:
    """The file with its line ends counted. Raises UnreadableFile for NULs and endless lines."""
    lf = cr = crlf = since = lines = offset = 0
    last = b""
    for piece in text.pieces(check=True):
        if b"\0" in piece:
            raise refuse_binary(piece, offset, lines, text.name)
        lf += occurrences(piece, b"\n")
        cr += piece.count(b"\r")
        crlf += line_feeds_after_returns(piece) + (last == b"\r" and piece.startswith(b"\n"))
        since = line_length(piece, since)
        if since > MAX_LINE_BYTES:
            raise too_long(text.name, lf + 1)
        lines, offset, last = lf, offset + len(piece), piece[-1:]
    return replace(text, ends=Ends(lf, crlf, cr - crlf))


def line_length(piece: bytes, since: int) -> int:
    """Bytes since the last line end after a piece, or those of a longer line that ends in it."""
    first = min((at for end in (b"\n", b"\r") if (at := piece.find(end)) >= 0), default=-1)
    if first < 0:
        return since + len(piece)
    if since + first > MAX_LINE_BYTES:
        return since + first
    return len(piece) - max(piece.rfind(b"\n"), piece.rfind(b"\r")) - 1


def too_long(name: str, line: int) -> UnreadableFile:
    """The refusal of a line that is no row of a table."""
    return UnreadableFile(
        "line_too_long",
        f"Line {line:,} of '{name}' is longer than {MAX_LINE_BYTES // 2**20:,} MB, the limit; "
        "check that the file has line ends.",
    )
