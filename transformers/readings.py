"""How texts can be read: as truth, numbers or dates, in which notation, and with what loss."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import polars as pl

from core.params import DecimalMark

Kind = Literal["boolean", "integer", "float", "date", "timestamp", "text", "empty"]
Note = Literal["leading zeros", "long digits", "ambiguous date", "mixed dates"]

NUMERIC: frozenset[Kind] = frozenset({"integer", "float"})
TEMPORAL: frozenset[Kind] = frozenset({"date", "timestamp"})
KINDS: tuple[Kind, ...] = get_args(Kind)

CONFORMITY = 0.95
"""A type is settled when this share of the cells, words for "nothing" apart, can be read as it."""

NULL_WORDS = (
    *("n/a", "na", "null", "none", "nan", "#n/a", "#na", "(null)", "nil", "<na>", "n.a.", "#null!"),
    *("missing", "not available", "unknown", "?", "-", "--", "---", "."),
)
TRUE_WORDS = ("true", "yes", "y", "t", "on")
FALSE_WORDS = ("false", "no", "n", "f", "off")
TRUTH = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)

UNITS = ("$", "€", "£", "¥", "%")
GROUPED = {
    "1,234.5": r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$",
    "1.234,5": r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$",
}
"""Notations of numbers beside the plain one, and the texts each accepts whole."""

DATE_FORMATS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y"),
    *("%d %B %Y", "%d-%B-%Y", "%d-%B-%y", "%B %d, %Y", "%B %d %Y", "%d. %B %Y"),
)
TIME_FORMATS = (
    *("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"),
    *("%H:%M:%S%.f%#z", "%H:%M:%S%.f %#z"),
)
DATE_SHAPE = r"^(\d{1,4}[-/. ]+(\d{1,2}|\pL{3,9})[-/., ]+\d{1,4}|\pL{3,9}\.? \d{1,2},? \d{4})"
COMPACT_DATE = r"^(18|19|20)\d{6}$"
FIRST_YEAR = 1000

SAMPLE = 2_000
FEW = 50
SHORTLISTED = 0.9
"""A reading is tried on the whole column when this share of a sample of 2,000 allows it."""

LEADING_ZERO = r"^[+-]?0\d|^\+\d+$"
LONG = r"^[+-]?\d{16,}$"
"""Texts whose cast cannot be written back: 007, +4930, and integers beyond a float's 2^53."""


@dataclass(frozen=True)
class Reading:
    """A way to read texts: a type and the format in which it is written."""

    kind: Kind
    format: str | None = None
    note: Note | None = None


TEXT = Reading("text")

Settled = tuple[Reading, pl.Series]
"""A reading and the values it gives."""


def filled_texts(column: pl.Series) -> pl.Series:
    """The texts without surrounding blanks; null where nothing is left."""
    stripped = column.str.strip_chars()
    blank = stripped == ""
    return stripped.set(blank, None) if blank.any() else stripped


def settle(texts: pl.Series, decimal: DecimalMark | None = None) -> Settled:
    """The strictest reading that nearly all texts allow, and what it makes of them.

    The texts are those of `filled_texts`. Readings are tried on a sample spread over the column
    and then counted on all of it. `decimal` says how numbers are written, where that is known.
    """
    filled = texts.drop_nulls()
    if filled.is_empty():
        return Reading("empty"), texts
    sample = filled.gather_every(max(1, len(filled) // SAMPLE))
    sample = sample.filter(~is_null_word(sample))
    if sample.is_empty():
        return TEXT, texts
    number = partial(as_number, decimal=decimal)
    tried = (as_boolean, as_compact_date, number, as_date)
    return next((found for how in tried if (found := how(sample, texts))), (TEXT, texts))


def is_null_word(texts: pl.Series) -> pl.Series:
    """Which texts are a word for "nothing"."""
    return texts.str.to_lowercase().is_in(NULL_WORDS)


def conforms(values: pl.Series, texts: pl.Series, share: float = CONFORMITY) -> bool:
    """Whether enough texts were read; words for "nothing" do not count against it."""
    accepted, filled = values.count(), texts.count()
    if accepted == filled:
        return True
    excused = int(is_null_word(rejected_texts(texts, values)).sum())
    return accepted > 0 and accepted >= share * (filled - excused)


def rejected_texts(texts: pl.Series, values: pl.Series) -> pl.Series:
    """The texts that the cast made null."""
    return texts.filter(texts.is_not_null() & values.is_null())


def as_boolean(sample: pl.Series, texts: pl.Series) -> Settled | None:
    """Boolean only if every text is a truth word and both sides occur; "F" may mean female."""
    boolean = Reading("boolean")
    if not conforms(read(sample, boolean), sample, share=1):
        return None
    values = read(texts, boolean)
    two_sided = values.any() and not values.all()
    return (boolean, values) if two_sided and conforms(values, texts, share=1) else None


def as_number(
    sample: pl.Series, texts: pl.Series, decimal: DecimalMark | None = None
) -> Settled | None:
    """Integer or float in one notation; texts that a number would garble stay text, with a note."""
    tried = [Reading("float", notation) for notation in notations(sample, decimal)]
    found = next((r for r in tried if conforms(read(sample, r), sample, SHORTLISTED)), None)
    if found is None or not conforms(values := read(texts, found), texts):
        return None
    plain = plain_numbers(texts, found.format)
    plain = plain.set(values.is_null(), None) if values.null_count() else plain
    if plain.str.contains(LEADING_ZERO).any():
        return Reading("text", note="leading zeros"), texts
    whole = plain.cast(pl.Int64, strict=False)
    if whole.count() == values.count():
        return Reading("integer", found.format), whole
    if plain.str.contains(LONG).any():
        return Reading("text", note="long digits"), texts
    return found, values


def notations(sample: pl.Series, decimal: DecimalMark | None) -> list[str | None]:
    """Notations worth trying, None for the plain one; a unit must stand on nearly every number."""
    shares = {unit: sample.str.contains(unit, literal=True).sum() for unit in UNITS}
    unit = next((unit for unit, hits in shares.items() if hits >= SHORTLISTED * len(sample)), "")
    known = [grouping for grouping in GROUPED if decimal in (None, grouping[-2])]
    plain = [] if unit or decimal == "," else [None]
    return [*plain, *(unit + grouping for grouping in known)]


def as_compact_date(sample: pl.Series, texts: pl.Series) -> Settled | None:
    """Dates like 20240229; of other eight-digit numbers hardly one in twenty-five could be one."""
    compact = Reading("date", "%Y%m%d")
    eight = sample.str.contains(COMPACT_DATE).sum()
    if eight < SHORTLISTED * len(sample) or not conforms(read(sample, compact), sample):
        return None
    values = read(texts, compact)
    return (compact, values) if conforms(values, texts) else None


def as_date(sample: pl.Series, texts: pl.Series) -> Settled | None:
    """Date or timestamp; the order of day and month must be shown by a part above 12."""
    dated = sample.filter(sample.str.contains(DATE_SHAPE))
    if len(dated) < SHORTLISTED * len(sample):
        return None
    tried = [(reading, read(texts, reading)) for reading in shortlist(dated)]
    if not tried:
        return None
    best = max(tried, key=lambda settled: settled[1].count())
    if not conforms(best[1], texts):
        return Reading("text", note="mixed dates"), texts
    rivals = [values for _, values in tried if values.count() == best[1].count()]
    if any(not values.equals(best[1]) for values in rivals):
        return Reading("text", note="ambiguous date"), texts
    return best


def shortlist(dated: pl.Series) -> list[Reading]:
    """The formats that can read most of a few dates; then all that can read most of the sample."""
    few = dated.gather_every(max(1, len(dated) // FEW))
    tried = [r for r in date_readings(few) if read(few, r).count() >= 0.5 * len(few)]
    return [r for r in tried if read(dated, r).count() >= 0.5 * len(dated)]


def date_readings(few: pl.Series) -> list[Reading]:
    """Every date format, joined with every time format when most of the texts hold a time."""
    if few.str.contains(r"\d:\d\d").sum() < 0.5 * len(few):
        return [Reading("date", date) for date in DATE_FORMATS]
    joint = "T" if few.str.contains(r"\dT\d").sum() >= 0.5 * len(few) else " "
    return [Reading("timestamp", d + joint + t) for d in DATE_FORMATS for t in TIME_FORMATS]


def read(texts: pl.Series, reading: Reading) -> pl.Series:
    """Cast stripped texts one way; null where it does not fit. Text comes back unchanged."""
    match reading.kind:
        case "boolean":
            lower = texts.str.to_lowercase()
            return lower.replace_strict(TRUTH, default=None, return_dtype=pl.Boolean)
        case "integer":
            return plain_numbers(texts, reading.format).cast(pl.Int64, strict=False)
        case "float":
            values = plain_numbers(texts, reading.format).cast(pl.Float64, strict=False)
            return values.set(values.is_finite().not_(), None)
        case "date":
            dates = texts.str.to_date(reading.format, strict=False)
            return dates.set(dates.dt.year() < FIRST_YEAR, None)
        case "timestamp":
            return read_timestamps(texts, str(reading.format))
        case "empty":
            return texts.clear(len(texts))
    return texts


def read_timestamps(texts: pl.Series, format: str) -> pl.Series:
    """Timestamps in microseconds, in UTC when the texts carry an offset."""
    moments = texts.str.to_datetime(format, time_unit="us", strict=False)
    return moments.set(moments.dt.year() < FIRST_YEAR, None)


def plain_numbers(texts: pl.Series, notation: str | None) -> pl.Series:
    """Numbers without unit and grouping, with a point; null where the notation is not met."""
    if notation is None:
        return texts
    unit, grouping = (notation[0], notation[1:]) if notation[0] in UNITS else ("", notation)
    bare = without_unit(texts, unit) if unit else texts
    bare = bare.set(bare.str.contains(GROUPED[grouping]).not_(), None)
    group, point = grouping[1], grouping[-2]
    return bare.str.replace_all(group, "", literal=True).str.replace(point, ".", literal=True)


def without_unit(texts: pl.Series, unit: str) -> pl.Series:
    """Texts without the unit before or after the number; null where it is missing."""
    sign = re.escape(unit)
    patterns = rf"^([+-]?)\s*{sign}\s*(\d[\d.,]*)$", rf"^([+-]?\d[\d.,]*)\s*{sign}()$"
    bare = texts
    for pattern in patterns:
        bare = bare.str.replace(pattern, "${1}${2}")
    return bare.set(bare == texts, None)
