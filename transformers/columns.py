"""What a text column holds: its type with counted losses, its role, and the cast to that type."""

import re
from dataclasses import dataclass
from typing import Literal

import polars as pl

from core.params import DecimalMark
from transformers.readings import (
    NUMERIC,
    SAMPLE,
    TEMPORAL,
    Kind,
    Note,
    Reading,
    filled_texts,
    read,
    rejected_texts,
    settle,
)

Role = Literal["id", "code", "flag", "category", "measure", "date", "text", "constant", "empty"]

ID_WORDS = frozenset({"id", "uuid", "guid", "key", "identifier", "pk", "rowid", "oid"})
CODE_WORDS = frozenset(
    {"zip", "zipcode", "postal", "postcode", "plz", "code", "phone", "tel", "fax", "mobile"}
    | {"ssn", "isbn", "issn", "ean", "sku", "iban", "account", "no", "nr", "number"}
)


@dataclass(frozen=True)
class ColumnType:
    """What a text column was found to be.

    Every cell is counted once: rows = nulls + blanks + accepted + rejected. `rejected` cells hold
    something the type cannot express (a cast makes them null); `rejected_examples` are the
    commonest. `distinct` counts different accepted values. `format` is the strptime format of a
    date or the notation of a number ("$1,234.5"), None for the plain ones. `note` says why a
    column that looks like numbers or dates stayed text.
    """

    name: str
    kind: Kind
    role: Role
    nulls: int
    blanks: int
    accepted: int
    rejected: int
    distinct: int
    rejected_examples: tuple[str, ...] = ()
    format: str | None = None
    note: Note | None = None

    @property
    def non_null(self) -> int:
        """Cells that hold a text, blank or not."""
        return self.accepted + self.rejected + self.blanks

    @property
    def is_number(self) -> bool:
        """True for integer and float."""
        return self.kind in NUMERIC

    @property
    def is_temporal(self) -> bool:
        """True for date and timestamp."""
        return self.kind in TEMPORAL

    @property
    def conformity(self) -> float | None:
        """Accepted share of the filled cells; None when there are none."""
        filled = self.accepted + self.rejected
        return self.accepted / filled if filled else None


@dataclass(frozen=True)
class Typed:
    """A column's type, its cast values (null where rejected), and its distinct values.

    `counts` has the columns "value" and "count" in no order; only text columns have it, because
    numbers are better sorted. The values of a text column are its cells as they stand.
    """

    type: ColumnType
    values: pl.Series
    counts: pl.DataFrame | None = None


def infer_type(column: pl.Series) -> ColumnType:
    """The type and role of a text column, with counts of what does not fit."""
    return study(column).type


def cast_column(column: pl.Series, type: ColumnType) -> pl.Series:
    """The column as its type; null where it was null, blank or rejected.

    Text comes back unchanged. Dates are pl.Date, timestamps microseconds (UTC if they carry an
    offset), integers Int64, floats finite Float64.
    """
    if type.kind == "text":
        return column
    return read(filled_texts(column), Reading(type.kind, type.format))


def study(column: pl.Series, decimal: DecimalMark | None = None) -> Typed:
    """Infer the type of a text column and cast it, in one pass.

    `decimal` is the decimal mark, where the user has said which one it is.
    """
    texts = filled_texts(column)
    reading, values = settle(texts, decimal)
    filled = texts.count()
    counts = None
    if reading.kind == "text":
        values, counts = column, count_values(column.filter(texts.is_not_null()))
    accepted = values.count() if counts is None else filled
    lost = rejected_texts(texts, values) if accepted < filled else texts.clear()
    distinct = values.drop_nulls().n_unique() if counts is None else counts.height
    type = ColumnType(
        name=column.name,
        kind=reading.kind,
        role=role_of(column.name, reading, values, counts, distinct),
        nulls=column.null_count(),
        blanks=texts.null_count() - column.null_count(),
        accepted=accepted,
        rejected=filled - accepted,
        distinct=distinct,
        rejected_examples=tuple(most_common(count_values(lost), 5)["value"]),
        format=reading.format,
        note=reading.note,
    )
    return Typed(type, values, counts)


def count_values(texts: pl.Series) -> pl.DataFrame:
    """Distinct non-null values with their counts, as columns "value" and "count"."""
    return texts.drop_nulls().alias("value").value_counts(name="count")


def most_common(counts: pl.DataFrame, n: int) -> pl.DataFrame:
    """The n most frequent values, the most frequent first, ties by value.

    Only what can be among them is sorted: a million unique texts would take a second.
    """
    if counts.is_empty():
        return counts
    least = counts["count"].top_k(n).min()
    above = counts.filter(pl.col("count") > least)
    ties = counts.filter(pl.col("count") == least).bottom_k(n - above.height, by="value")
    return pl.concat([above, ties]).sort("count", "value", descending=[True, False])


def role_of(
    name: str, reading: Reading, values: pl.Series, counts: pl.DataFrame | None, distinct: int
) -> Role:
    """What a column is for: shown to analysts, and which statistics make sense for it."""
    if reading.kind == "empty" or not distinct:
        return "empty"
    if counts is not None:
        filled = int(counts["count"].sum())
        return "constant" if distinct == 1 < filled else text_role(name, reading, counts)
    filled = values.count()
    if distinct == 1 < filled:
        return "constant"
    if reading.kind in TEMPORAL:
        return "date"
    if reading.kind == "boolean":
        return "flag"
    return integer_role(name, values, distinct) if reading.kind == "integer" else "measure"


def integer_role(name: str, values: pl.Series, distinct: int) -> Role:
    """A key, a code, a flag of 0 and 1, or something measured."""
    low, high = (int(values.min()), int(values.max()))  # type: ignore[arg-type]
    unique = distinct == values.count()
    if (low, high) == (0, 1):
        return "flag"
    if unique and (words(name) & ID_WORDS or 10 <= distinct == high - low + 1):
        return "id"
    return "code" if words(name) & (ID_WORDS | CODE_WORDS) else "measure"


def text_role(name: str, reading: Reading, counts: pl.DataFrame) -> Role:
    """A key, a code, a category or free text."""
    filled, distinct = int(counts["count"].sum()), counts.height
    some = counts["value"].gather_every(max(1, distinct // SAMPLE))
    compact = not some.str.contains(r"\s").any()
    same_length = some.str.len_chars().value_counts()["count"].max() >= 0.9 * len(some)  # type: ignore[operator]
    coded = compact and same_length and bool(some.str.contains(r"\d").all())
    if reading.note in {"ambiguous date", "mixed dates"}:
        return "date"
    if distinct == filled and compact and (coded or words(name) & ID_WORDS) and distinct > 1:
        return "id"
    if reading.note in {"leading zeros", "long digits"} or coded:
        return "code"
    if distinct <= 0.5 * filled and distinct <= min(1_000, max(50, filled // 10)):
        return "category"
    return "text"


def words(name: str) -> set[str]:
    """The lower-case words of a column name: "customerID" and "customer_id" give the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return set(re.split(r"[\W_]+", parted.lower()))
