"""Make typed columns safe for a report that does not escape names and breaks on odd values."""

from collections.abc import Iterable
from datetime import date

import polars as pl

LOOK_ALIKES = {"<": "＜", ">": "＞", '"': "＂", "'": "＇", "&": "＆"}
"""Full-width forms read the same and cannot become markup."""

NAME_LENGTH = 200
TEXT_LENGTH = 1_000
LARGEST = 1e300
YEARS = (1700, 2199)
"""What pandas' nanoseconds can hold, with a margin."""


def safe_frame(columns: Iterable[pl.Series]) -> pl.DataFrame:
    """The columns with harmless unique names, harmless texts, and values within pandas' bounds.

    Texts are cut at 1,000 characters, floats beyond 1e300 become null, years are clipped to
    1700-2199, and timestamps with an offset become plain UTC.
    """
    frame: dict[str, pl.Series] = {}
    for column in columns:
        frame[unique(safe_name(column.name), frame)] = safe_values(column)
    return pl.DataFrame(frame)


def safe_name(name: str) -> str:
    """The name without markup and control characters, at most 200 characters."""
    # Polars panics when it hands a name with a NUL to pandas.
    printable = "".join(mark if mark.isprintable() else " " for mark in name)
    harmless = printable.translate({ord(mark): plain for mark, plain in LOOK_ALIKES.items()})
    return harmless[:NAME_LENGTH].strip() or "(no name)"


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, with a number when it is taken: "a", "a (2)"."""
    used, number, candidate = set(taken), 1, name
    while candidate in used:
        number += 1
        candidate = f"{name} ({number})"
    return candidate


def safe_values(column: pl.Series) -> pl.Series:
    """The values of one column within the bounds of a report."""
    if column.dtype == pl.String:
        marks, plain = list(LOOK_ALIKES), list(LOOK_ALIKES.values())
        return column.str.slice(0, TEXT_LENGTH).str.replace_many(marks, plain)
    if column.dtype == pl.Float64:
        return column.set(column.abs() > LARGEST, None)
    if column.dtype.is_temporal():
        return safe_moments(column)
    return column


def safe_moments(column: pl.Series) -> pl.Series:
    """Dates and timestamps as plain milliseconds, clipped to the years that pandas can hold."""
    first, last = date(YEARS[0], 1, 1), date(YEARS[1], 12, 31)
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.replace_time_zone(None)
    return column.cast(pl.Datetime("ms")).clip(first, last)
