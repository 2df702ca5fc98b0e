"""The part of a long text that is in memory, from which records are taken off the front."""

from collections.abc import Iterator

from store.readers.counting import occurrences


class Feed:
    """UTF-8 bytes still to be cut into records.

    `line` is the 1-based number of the first one, `taken` counts the bytes before it.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.data = b""
        self.start = 0
        self.line = 1
        self.taken = 0
        self.is_final = False

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.data) - self.start

    def fill(self, size: int) -> None:
        """Have at least so many bytes in memory, or all that are left."""
        if self.is_final or self.size >= size:
            return
        parts = [self.data[self.start :]]
        held = len(parts[0])
        while held < size:
            piece = next(self.pieces, None)
            if piece is None:
                self.is_final = True
                break
            parts.append(piece)
            held += len(piece)
        self.data, self.start = b"".join(parts), 0

    def lines(self, most: int) -> bytes:
        """The whole lines within so many bytes; all bytes if those are the last."""
        stop = self.start + most
        if self.is_final and stop >= len(self.data):
            return self.data[self.start :]
        return self.data[self.start : self.data.rfind(b"\n", self.start, stop) + 1]

    def closed_lines(self, most: int, quote: bytes) -> bytes:
        """The whole lines within so many bytes that hold an even number of quotes, by the count."""
        lines = self.lines(most)
        if quote and occurrences(lines, quote) % 2:
            return lines[: lines.rfind(b"\n", 0, lines.rfind(quote)) + 1]
        return lines

    def advance(self, size: int) -> None:
        """Take bytes off the front."""
        self.line += occurrences(self.data, b"\n", self.start, self.start + size)
        self.start += size
        self.taken += size
