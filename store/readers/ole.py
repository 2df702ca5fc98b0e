"""The container of the old workbook format: one stream out of a compound file, [MS-CFB]."""

import struct

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY_BYTES = 128
END = 0xFFFFFFFA
"""Sector numbers from here on end a chain."""


class CompoundError(ValueError):
    """The container is not as its description demands."""


class Compound:
    """A compound file in memory."""

    def __init__(self, content: bytes) -> None:
        """Raises CompoundError when there is no readable directory."""
        if len(content) < 512 or not content.startswith(OLE):
            raise CompoundError
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if not (7 <= shift <= 16 and 4 <= mini_shift <= shift):
            raise CompoundError
        self.sector, self.mini_sector = 1 << shift, 1 << mini_shift
        directory, self.cutoff, mini_table = (
            struct.unpack_from("<I", content, offset)[0] for offset in (48, 56, 60)
        )
        self.table = self.sector_table()
        self.entries = self.follow(directory)
        self.mini_table = numbers(self.follow(mini_table))

    def sector_table(self) -> tuple[int, ...]:
        """The sector that follows each sector."""
        listed = list(struct.unpack_from("<109I", self.content, 76))
        (more,) = struct.unpack_from("<I", self.content, 68)
        seen: set[int] = set()
        while more < END and more not in seen:
            seen.add(more)
            *found, more = numbers(self.at(more)) or (END,)
            listed += found
        # Each once, or a table could be made larger than its file.
        return numbers(
            b"".join(self.at(number) for number in dict.fromkeys(listed) if number < END)
        )

    def at(self, number: int) -> bytes:
        """One sector."""
        start = 512 + number * self.sector if self.sector <= 512 else (number + 1) * self.sector
        return self.content[start : start + self.sector]

    def follow(self, number: int) -> bytes:
        """The content of a chain of sectors."""
        return b"".join(self.at(sector) for sector in chain(number, self.table))

    def stream(self, *names: str) -> bytes:
        """The stream with one of these names, in any case. Raises CompoundError."""
        root = b""
        for offset in range(0, len(self.entries) - ENTRY_BYTES + 1, ENTRY_BYTES):
            entry = self.entries[offset : offset + ENTRY_BYTES]
            name = entry[: max(0, min(64, entry[64] + entry[65] * 256) - 2)]
            start, size = struct.unpack_from("<II", entry, 116)
            if entry[66] == 5:
                root = self.follow(start)
            elif name.decode("utf-16-le", "replace").lower() in names:
                return self.small(root, start, size) if size < self.cutoff else self.follow(start)
        raise CompoundError

    def small(self, root: bytes, start: int, size: int) -> bytes:
        """A short stream, which lies in sectors of its own inside the root entry."""
        step = self.mini_sector
        parts = (root[n * step : (n + 1) * step] for n in chain(start, self.mini_table))
        return b"".join(parts)[:size]


def chain(number: int, table: tuple[int, ...]) -> list[int]:
    """The sectors from one on, as a table links them; a circle ends it."""
    sectors: dict[int, None] = {}
    while number < len(table) and number not in sectors:
        sectors[number] = None
        number = table[number]
    return list(sectors)


def numbers(content: bytes) -> tuple[int, ...]:
    """The four-byte numbers of a table."""
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])
