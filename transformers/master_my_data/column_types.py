"""What kind of values a column holds, by the first rule that fits."""

from typing import Literal, get_args

import polars as pl

ColumnType = Literal["email", "date", "code", "num", "year", "cat", "text", "name"]
COLUMN_TYPES = get_args(ColumnType)

SAMPLE = 5_000
DATE = (
    r"^\s*(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}"
    r"|(?:1[5-9]|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:$|\D))"
)


def sample(values: pl.Series) -> pl.Series:
    """At most 5,000 of the values, evenly spread over their sorted order.

    Sorted, so that the answer does not depend on the order of the rows.
    """
    filled = values.drop_nulls().sort()
    return filled.gather_every(max(1, -(-filled.len() // SAMPLE)))


def shares(values: pl.Series) -> dict[str, float]:
    """Measures of a sample of values that the type rules read; shares are 0 to 1."""
    text = pl.col("text")
    number = text.str.replace_all(r"[$£€%,\s]", "").cast(pl.Float64, strict=False)
    rows = (
        values.alias("text")
        .to_frame()
        .select(
            at=text.str.contains("@", literal=True).mean(),
            date=text.str.contains(DATE).mean(),
            digits=text.str.count_matches(r"\d").sum() / text.str.count_matches(r"\S").sum(),
            numeric=number.is_finite().fill_null(False).mean(),
            decimals=text.str.contains(r"\d[.,]\d{1,2}\s*\D?$").mean(),
            currency=text.str.contains(r"[$£€]").mean(),
            year=(number.is_between(1400, 2099) & (number % 1 == 0)).fill_null(False).mean(),
            length=text.str.strip_chars().str.len_chars().mean(),
            tokens=text.str.count_matches(r"\S+").mean(),
        )
    )
    return {name: float(value or 0.0) for name, value in rows.row(0, named=True).items()}


def column_type(values: pl.Series) -> ColumnType:
    """The type of a text column; a column without values is a category."""
    filled = values.drop_nulls()
    if filled.is_empty():
        return "cat"
    seen = shares(sample(filled))
    return type_by_digits(seen) or type_by_words(seen, filled.n_unique(), filled.len())


def type_by_digits(seen: dict[str, float]) -> ColumnType | None:
    """The rules for addresses with an @ and for values made of digits."""
    numeric = seen["numeric"] > 0.9
    coded = numeric and seen["digits"] > 0.9 and seen["length"] >= 6 and seen["decimals"] <= 0.3
    rules: tuple[tuple[ColumnType, bool], ...] = (
        ("email", seen["at"] > 0.8),
        ("date", seen["digits"] > 0.4 and seen["length"] >= 8 and seen["date"] > 0.8),
        ("code", coded),
        ("num", numeric and max(seen["decimals"], seen["currency"]) > 0.2),
        ("year", numeric and seen["year"] > 0.7),
        ("code", numeric),
    )
    return next((name for name, fits in rules if fits), None)


def type_by_words(seen: dict[str, float], distinct: int, filled: int) -> ColumnType:
    """The rules for everything else.

    A category repeats: few distinct values, and at least two rows for each on average. Above
    100 distinct values spelling variants are likely, so the column is compared as a name.
    """
    if distinct <= max(12, min(0.2 * filled, 100)) and 2 * distinct <= filled:
        return "cat"
    if seen["tokens"] >= 3.5 or seen["length"] >= 30:
        return "text"
    return "code" if seen["digits"] > 0.35 else "name"
