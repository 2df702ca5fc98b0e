"""The text of a JSON file: its encoding, and how deeply it nests, told before it is parsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TextIO

from core import UnreadableFile
from store.readers.encoding import BOMS
from store.readers.limits import MAX_JSON_DEPTH

PIECE = 2**20
"""Characters that are read at a time."""

NUL_PATTERNS = {
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
    (True, False, True, False): "utf-16-be",
    (False, True, False, True): "utf-16-le",
}
"""Which of the first four bytes are NUL: JSON begins with two ASCII characters (RFC 4627, 3)."""

STRUCTURE = b'"[]{}'
OTHER = bytes(set(range(256)) - set(STRUCTURE))
STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""Brackets as signed bytes: one level deeper, one level up."""


@dataclass(frozen=True)
class Source:
    """A JSON file on disk with its user's name for it."""

    path: Path
    name: str
    encoding: str

    @contextmanager
    def open(self, errors: str = "strict") -> Iterator[TextIO]:
        """The file as text, behind its byte order mark; only a line feed ends a line.

        Raises UnreadableFile where bytes do not fit the encoding.
        """
        try:
            with self.path.open(encoding=self.encoding, errors=errors, newline="\n") as file:
                if file.read(1) != "\ufeff":
                    file.seek(0)
                yield file
        except UnicodeError as error:
            raise self.invalid(f"{self.bad_place()} is not {self.encoding.upper()} text") from error

    def bad_place(self) -> str:
        """Where the first bytes stand that do not fit the encoding."""
        if self.encoding != "utf-8":
            return "a part of it"
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    return f"line {number:,}, byte {error.start + 1:,}"
        return "a part of it"

    def invalid(self, why: str, advice: str = "correct it there and upload it again") -> Exception:
        """The refusal of what is not JSON."""
        return UnreadableFile("invalid_json", f"'{self.name}' is not valid JSON: {why}; {advice}.")


def source_of(path: Path, name: str, chosen: str | None) -> Source:
    """The file in the `chosen` encoding, or the one that its first bytes show."""
    with path.open("rb") as file:
        head = file.read(4)
    marked = next((known for mark, known in BOMS if head.startswith(mark)), None)
    nul = tuple(byte == 0 for byte in head)
    return Source(path, name, chosen or marked or NUL_PATTERNS.get(nul, "utf-8"))  # type: ignore[arg-type]


class Nesting:
    """Counts how deeply brackets nest, strings left out, in a text that comes in pieces."""

    def __init__(self) -> None:
        self.depth = self.deepest = 0
        self.in_string = False
        self.held = b""

    def add(self, text: str) -> None:
        """Count on."""
        piece = self.held + text.encode("utf-8", "surrogatepass")
        odd = (len(piece) - len(piece.rstrip(b"\\"))) % 2
        # What a last backslash escapes comes with the next piece.
        self.held = piece[len(piece) - odd :]
        plain = piece[: len(piece) - odd].replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = plain.translate(None, OTHER).split(b'"')
        outside = b"".join(parts[int(self.in_string) :: 2]).translate(STEPS)
        levels = list(accumulate(memoryview(outside).cast("b"), initial=self.depth))
        self.in_string ^= len(parts) % 2 == 0
        self.depth, self.deepest = levels[-1], max(self.deepest, *levels)


def check_depth(source: Source) -> None:
    """Refuse a document that nests too deeply for a table, before a parser can drown in it."""
    nesting = Nesting()
    with source.open() as file:
        while piece := file.read(PIECE):
            nesting.add(piece)
    if nesting.deepest > MAX_JSON_DEPTH and nesting.depth > 0:
        raise source.invalid(f"{nesting.depth:,} brackets are never closed")
    if nesting.deepest > MAX_JSON_DEPTH:
        raise too_deep(source, nesting.deepest)


def is_deep(text: str) -> bool:
    """Whether one line nests too deeply."""
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return False
    nesting = Nesting()
    nesting.add(text)
    return nesting.deepest > MAX_JSON_DEPTH


def too_deep(source: Source, depth: int) -> UnreadableFile:
    """The refusal of JSON that nests too deeply to be a table."""
    return UnreadableFile(
        "too_deep",
        f"'{source.name}' nests values {depth:,} levels deep, and at most {MAX_JSON_DEPTH:,} are "
        "accepted; flatten it first.",
    )
