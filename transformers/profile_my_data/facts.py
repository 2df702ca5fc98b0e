"""The facts of a profile: one small document that charts, scores and comparisons read."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from core import Work, data_columns
from core.params import DecimalMark
from transformers.columns import ColumnType, Role, Typed, study
from transformers.profile_my_data.sorted_values import Summary, summary
from transformers.profile_my_data.weighted_texts import (
    Lengths,
    Mask,
    TopValue,
    lengths,
    masks,
    shown,
    top,
)
from transformers.readings import Kind, Note

PROFILE_FILE = "profile.json"
PROFILE_VERSION = 1


@dataclass(frozen=True)
class ColumnProfile:
    """What one column holds. A statistic that is not defined is None, never 0.

    Cells are counted once: rows = nulls + blanks + accepted + rejected, and count = rows - nulls.
    Statistics are those of the accepted cells. Dates are ISO 8601 texts; numbers beyond 2^53 are
    texts, since JSON readers would round them.
    """

    name: str
    type: Kind
    role: Role
    format: str | None
    note: Note | None
    count: int
    nulls: int
    null_share: float | None
    blanks: int
    accepted: int
    rejected: int
    rejected_examples: tuple[str, ...]
    distinct: int
    min: Any = None
    max: Any = None
    mean: Any = None
    std: float | None = None
    skew: float | None = None
    kurtosis: float | None = None
    quantiles: dict[str, Any] | None = None
    zeros: int | None = None
    negatives: int | None = None
    lengths: Lengths | None = None
    top_values: tuple[TopValue, ...] = ()
    masks: tuple[Mask, ...] = ()
    histogram: tuple[dict[str, Any], ...] = ()

    @property
    def missing(self) -> int:
        """Cells without content: null or blank."""
        return self.nulls + self.blanks

    @property
    def filled(self) -> int:
        """Cells with content, whether it fits the type or not."""
        return self.accepted + self.rejected

    @property
    def column_type(self) -> ColumnType:
        """The same facts in the shape that `cast_column` takes."""
        return ColumnType(
            name=self.name,
            kind=self.type,
            role=self.role,
            nulls=self.nulls,
            blanks=self.blanks,
            accepted=self.accepted,
            rejected=self.rejected,
            distinct=self.distinct,
            rejected_examples=self.rejected_examples,
            format=self.format,
            note=self.note,
        )


@dataclass(frozen=True)
class Profile:
    """What a table holds, column by column in their order."""

    version: int
    rows: int
    columns: tuple[ColumnProfile, ...]


PROFILE_JSON = TypeAdapter(Profile)


def profile_of(work: Work) -> Profile:
    """The profile that column-statistics left; measured now if that step was skipped."""
    document = work.artifacts.get(PROFILE_FILE)
    return PROFILE_JSON.validate_json(document) if isinstance(document, str) else measure(work)


def measure(work: Work) -> Profile:
    """Profile every column of the table, one after the other to keep only one cast in memory."""
    table = work.table
    columns = tuple(
        profile_column(table[name], work.options.decimal) for name in data_columns(table)
    )
    return Profile(PROFILE_VERSION, table.height, columns)


def profile_column(column: pl.Series, decimal: DecimalMark | None = None) -> ColumnProfile:
    """Type a text column and measure it."""
    typed = study(column, decimal)
    facts = summary(typed.values) if typed.counts is None else text_summary(typed)
    kind = typed.type
    return ColumnProfile(
        name=kind.name,
        type=kind.kind,
        role=kind.role,
        format=kind.format,
        note=kind.note,
        count=kind.non_null,
        nulls=kind.nulls,
        null_share=kind.nulls / len(column) if len(column) else None,
        blanks=kind.blanks,
        accepted=kind.accepted,
        rejected=kind.rejected,
        rejected_examples=kind.rejected_examples,
        distinct=kind.distinct,
        **facts,
    )


def text_summary(typed: Typed) -> Summary:
    """Statistics of a text column, from its distinct values and their counts."""
    counts = typed.counts
    if counts is None or not counts.height:
        return {}
    return {
        "min": shown(counts["value"].min()),
        "max": shown(counts["value"].max()),
        "lengths": lengths(counts),
        "top_values": top(counts),
        "masks": masks(counts),
    }
