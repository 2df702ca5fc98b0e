"""Values of the compared columns in the one spelling in which they are blocked and compared."""

from typing import Any

import polars as pl

from core import ROW_ID, Table, data_columns

LETTERS = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "ı": "i"}
DAY_LAST = r"^\s*(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?:$|\D)"
YEAR_LAST = r"^\s*(\d{1,2})\D(\d{1,2})\D(\d{4})"


def compared_columns(roles: Table) -> list[dict[str, Any]]:
    """The compared columns (column, type, role) in table order; form names are c0, c1 …"""
    return roles.filter("compared").select("column", "type", "role").to_dicts()


def standard_forms(table: Table, roles: Table) -> Table:
    """Row id and forms c0 … cn of the compared columns, in an order that depends on content only.

    Forms are text, numbers for type num, null where nothing is left. Sorting by content makes
    everything that follows independent of the order of the rows in the file.
    """
    columns = compared_columns(roles)
    forms = [form(table[part["column"]], part).alias(f"c{i}") for i, part in enumerate(columns)]
    names = [f"c{i}" for i in range(len(forms))]
    raw = data_columns(table)
    labels = {name: f"raw{i}" for i, name in enumerate(raw)}
    ordered = pl.concat([table.rename(labels), pl.DataFrame(forms)], how="horizontal").sort(
        [*names, *labels.values(), ROW_ID]
    )
    return ordered.select(ROW_ID, *names)


def form(values: pl.Series, part: dict[str, Any]) -> pl.Series:
    """The standard form of one column, worked out once per distinct value."""
    distinct = values.alias("raw").drop_nulls().unique(maintain_order=True).to_frame()
    known = distinct.with_columns(expression(distinct["raw"], part).alias("form"))
    joined = values.alias("raw").to_frame().join(known, on="raw", how="left", maintain_order="left")
    return joined["form"]


def expression(values: pl.Series, part: dict[str, Any]) -> pl.Expr:
    """How a raw value becomes its standard form, by type and role."""
    raw = pl.col("raw")
    if part["role"] == "phone":
        return empty_is_null(raw.str.replace_all(r"\D", "").str.tail(9))
    match part["type"]:
        case "num":
            return raw.str.replace_all(r"[$£€%,\s]", "").cast(pl.Float64, strict=False)
        case "email":
            return empty_is_null(raw.str.to_lowercase().str.strip_chars())
        case "date":
            compact = normal(raw).str.replace_all(" ", "", literal=True)
            return pl.coalesce(day(raw, month_first(values)), empty_is_null(compact))
        case "code" | "year":
            return empty_is_null(normal(raw).str.replace_all(" ", "", literal=True))
        case _:
            return empty_is_null(normal(raw))


def normal(raw: pl.Expr) -> pl.Expr:
    """Lower case without accents, apostrophes and punctuation; dots stay between digits only."""
    plain = raw.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}+|['’`]", "")
    dotted = plain.str.replace_many(LETTERS)
    for _ in range(2):
        dotted = dotted.str.replace_all(r"(\d)\.(\d)", "${1}\u0001${2}")
    spaced = dotted.str.replace_all(r"[^\p{L}\p{N}@\x01]+", " ").str.strip_chars()
    return spaced.str.replace_all("\u0001", ".", literal=True)


def empty_is_null(text: pl.Expr) -> pl.Expr:
    """Null where nothing is left of a value."""
    return pl.when(text.str.len_bytes() > 0).then(text)


def month_first(values: pl.Series) -> bool:
    """Whether a column writes 12/31/1999: second numbers above 12 are seen, first ones not."""
    parts = values.str.extract_groups(YEAR_LAST).struct.unnest().cast(pl.Int32, strict=False)
    first, second = (bool((parts[name] > 12).any()) for name in parts.columns[:2])
    return second and not first


def day(raw: pl.Expr, months_first: bool) -> pl.Expr:
    """A date as YYYYMMDD, null when the value is not one."""
    late, early = raw.str.extract_groups(YEAR_LAST), raw.str.extract_groups(DAY_LAST)
    month, number = ("1", "2") if months_first else ("2", "1")
    return pl.coalesce(
        joined_day(early, "1", "2", "3"),
        joined_day(late, "3", month, number),
    )


def joined_day(groups: pl.Expr, year: str, month: str, number: str) -> pl.Expr:
    """Year, month and day of a match side by side, filled up with zeros."""
    part = groups.struct.field
    return part(year) + part(month).str.zfill(2) + part(number).str.zfill(2)
