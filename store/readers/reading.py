"""What a reader is told, and what it gives back."""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import Field, field_validator

from core import Finding, Params, Table, UnreadableFile
from core.params import DecimalMark
from store.readers.limits import MAX_COLUMNS

NOTATIONS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
"""Codecs that write a text within another text; no file is in one of them."""

Rejected = tuple[int, str, str]
REJECTED_SCHEMA = {"line": pl.UInt32, "raw": pl.String, "reason": pl.String}
"""One record set aside: its 1-based line (or record number), its text, and why."""


class Reading(Params):
    """What the user knows better than the detector; None lets the reader find out."""

    encoding: str | None = Field(
        None,
        title="Encoding",
        description="Character set of a text file, such as utf-8 or cp1252.",
    )
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=8,
        title="Separator",
        description="What stands between two columns of a text file, such as a comma or a tab.",
    )
    quote: str | None = Field(
        None,
        max_length=1,
        title="Quote",
        description="Character around a cell that holds the separator; an empty text means none.",
    )
    escape: str | None = Field(
        None,
        max_length=1,
        title="Escape",
        description="Character before a quote that belongs to the cell; an empty text means none.",
    )
    comment: str | None = Field(
        None,
        max_length=4,
        title="Comment",
        description="What lines begin with that are no rows; an empty text means none.",
    )
    skip_rows: int | None = Field(
        None,
        ge=0,
        le=1_000,
        title="Lines above the table",
        description="How many filled lines stand above the names, or above the first row.",
    )
    header: bool | None = Field(
        None,
        title="First row holds names",
        description="Whether the first row of the table names the columns.",
    )
    header_rows: int | None = Field(
        None,
        ge=1,
        le=8,
        title="Rows of names",
        description="How many rows name the columns; the names are joined.",
    )
    footer_rows: int | None = Field(
        None,
        ge=0,
        le=1_000,
        title="Lines below the table",
        description="How many filled lines at the end (totals, notes) are no rows.",
    )
    decimal: DecimalMark | None = Field(
        None,
        title="Decimal mark",
        description="The sign before decimals; cells stay as they are, only numbers are read so.",
    )
    sheet: str | None = Field(
        None,
        title="Sheet",
        description="Sheet of a workbook; the first one with data when nothing is chosen.",
    )
    records: str | None = Field(
        None,
        title="List of records",
        description="Which part of a JSON document holds the records, such as data.items.",
    )

    @field_validator("encoding")
    @classmethod
    def known_encoding(cls, value: str | None) -> str | None:
        """Only character sets that turn bytes into text."""
        try:
            known = None if value is None else codecs.lookup(value)
            text = known is None or (known._is_text_encoding and known.name not in NOTATIONS)
        except LookupError:
            text = False
        if not text:
            raise ValueError("no such encoding is known; try utf-8, cp1252 or utf-16")
        return value

    @field_validator("delimiter", "quote", "escape", "comment")
    @classmethod
    def no_line_end(cls, value: str | None) -> str | None:
        """A line end cannot separate or quote cells."""
        if value and ("\n" in value or "\r" in value or "\0" in value):
            raise ValueError("a line end cannot be used here")
        return value


@dataclass(frozen=True)
class ReadResult:
    """A table of texts with row ids, and the books of how it was read.

    Rows of `table` plus rows of `rejected` are the records of the file, its header apart.
    """

    table: Table
    findings: tuple[Finding, ...]
    dialect: dict[str, Any]
    rejected: Table


def rejected_table(rows: Iterable[Rejected]) -> Table:
    """The records set aside, as (line, raw text, reason)."""
    return pl.DataFrame(list(rows), schema=REJECTED_SCHEMA, orient="row")


def text_table(
    names: list[str], columns: Iterable[list[str | None] | tuple[str | None, ...]]
) -> Table:
    """A table of text columns."""
    return pl.DataFrame(
        [pl.Series(name, cells, pl.String) for name, cells in zip(names, columns, strict=True)]
    )


def refuse_width(columns: int, name: str) -> None:
    """Raise UnreadableFile when a file has more columns than a page can show."""
    if columns > MAX_COLUMNS:
        raise UnreadableFile(
            "too_many_columns",
            f"'{name}' has {columns:,} columns, and at most {MAX_COLUMNS:,} are accepted; "
            "remove columns or check the separator.",
        )


def refuse_empty(name: str) -> UnreadableFile:
    """The refusal of a file without any data."""
    return UnreadableFile("empty", f"'{name}' is empty; export it again with its data.")


def refuse_blank(name: str) -> UnreadableFile:
    """The refusal of a file without a sign in it, which JSON does not allow (RFC 8259)."""
    if not name.lower().endswith(".json"):
        return refuse_empty(name)
    return UnreadableFile(
        "invalid_json", f"'{name}' is not valid JSON: it is empty; export it again with its data."
    )
