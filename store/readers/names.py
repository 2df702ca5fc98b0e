"""Column names that are unique, never empty, and stable from one reading to the next."""

from collections.abc import Sequence
from itertools import count

from core import ROW_ID, Finding, Severity

MAX_LISTED = 10


def column_names(header: Sequence[str | None]) -> list[str]:
    """Unique names for the cells of a header.

    The first of several equal names keeps it, later ones become "name_2", "name_3"; a nameless
    column is called by its 1-based position ("column_3"). A name that stands in the file is
    never taken away from its column.
    """
    # No column of Arrow can be called by a name with a NUL.
    wanted = [(cell or "").strip().replace("\0", "\\u0000") for cell in header]
    taken = set(wanted) | {ROW_ID}
    seen: set[str] = {"", ROW_ID}
    names = []
    for position, name in enumerate(wanted, start=1):
        if name in seen:
            name = free_name(name or f"column_{position}", taken)
        seen.add(name)
        taken.add(name)
        names.append(name)
    return names


def free_name(name: str, taken: set[str]) -> str:
    """The name itself if it is free, else the first of name_2, name_3 … that is."""
    if name not in taken:
        return name
    return next(free for n in count(2) if (free := f"{name}_{n}") not in taken)


def renamed(header: Sequence[str | None], names: Sequence[str]) -> tuple[Finding, ...]:
    """One finding that lists the columns whose name in the table differs from the file."""
    pairs = [(old or "", new) for old, new in zip(header, names, strict=True) if (old or "") != new]
    if not pairs:
        return ()
    listed = ", ".join(f"'{old}' is now '{new}'" for old, new in pairs[:MAX_LISTED])
    more = f" and {len(pairs) - MAX_LISTED:,} more" if len(pairs) > MAX_LISTED else ""
    noun = "column was" if len(pairs) == 1 else "columns were"
    return (
        Finding(
            "read.renamed-columns",
            Severity.LOW,
            f"{len(pairs):,} {noun} renamed so that every name is unique and filled: "
            f"{listed}{more}.",
            columns=tuple(new for _, new in pairs),
            evidence={"renamed": [{"from": old, "to": new} for old, new in pairs]},
        ),
    )
