"""Measure every column: type, role, missing and distinct cells, distribution, common values."""

from collections.abc import Iterator
from typing import Any

from core import Exhibit, Finding, Params, Remedy, Severity, StepResult, Work, step
from core.findings import MAX_EXHIBIT_RECORDS
from transformers.profile_my_data.facts import PROFILE_FILE, PROFILE_JSON, ColumnProfile, measure

CLEAN = "clean-my-data"


class ColumnStatisticsParams(Params):
    """Nothing to set: every figure is exact."""


@step("Column statistics", params=ColumnStatisticsParams)
def column_statistics(work: Work, params: ColumnStatisticsParams) -> StepResult:
    """Find the type of every column and count what it holds.

    Cells that do not fit the type of their column are counted and shown, never dropped.
    """
    profile = measure(work)
    overview = tuple(record(column, profile.rows) for column in profile.columns)
    exhibit = Exhibit("columns", "Columns", "columns", overview[:MAX_EXHIBIT_RECORDS])
    return StepResult(
        work.table,
        findings=tuple(found for column in profile.columns for found in observations(column)),
        exhibits=(exhibit,) if overview else (),
        artifacts={PROFILE_FILE: PROFILE_JSON.dump_json(profile).decode()},
    )


def record(column: ColumnProfile, rows: int) -> dict[str, Any]:
    """One line of the overview; `missing` is a share (0 to 1), the example the commonest value."""
    return {
        "column": column.name,
        "type": column.type,
        "role": column.role,
        "missing": column.missing / rows if rows else None,
        "distinct": column.distinct,
        "min": column.min,
        "max": column.max,
        "mean": column.mean,
        "example": column.top_values[0].value if column.top_values else None,
    }


def observations(column: ColumnProfile) -> Iterator[Finding]:
    """What an analyst should know about one column."""
    if column.role == "empty" and column.missing:
        yield empty(column)
    if column.role == "constant":
        yield constant(column)
    if column.rejected:
        yield rejected(column)
    if column.note == "ambiguous date":
        yield ambiguous_dates(column)
    if column.note == "mixed dates":
        yield mixed_dates(column)
    if column.note in {"leading zeros", "long digits"}:
        yield kept_as_text(column)


def empty(column: ColumnProfile) -> Finding:
    return Finding(
        "column-statistics.empty-column",
        Severity.MEDIUM,
        f"'{column.name}' is empty in all {column.missing:,} rows.",
        columns=(column.name,),
        rows=column.missing,
        evidence={"missing": column.missing},
        remedy=Remedy("Ask the source for this column, or drop it."),
    )


def constant(column: ColumnProfile) -> Finding:
    value = column.top_values[0].value
    return Finding(
        "column-statistics.constant-column",
        Severity.LOW,
        f"'{column.name}' holds the same value in all {column.accepted:,} filled rows: '{value}'.",
        columns=(column.name,),
        rows=column.accepted,
        evidence={"value": value, "accepted": column.accepted},
        remedy=Remedy("Drop the column if it tells nothing."),
    )


def rejected(column: ColumnProfile) -> Finding:
    examples = ", ".join(f"'{example[:40]}'" for example in column.rejected_examples[:3])
    return Finding(
        "column-statistics.rejected-cells",
        Severity.MEDIUM,
        f"'{column.name}' is {column.type}, but {column.rejected:,} of {column.filled:,} filled"
        f" cells are not: {examples}.",
        columns=(column.name,),
        rows=column.rejected,
        evidence={
            "type": column.type,
            "rejected": column.rejected,
            "filled": column.filled,
            "examples": list(column.rejected_examples),
        },
        remedy=Remedy("Correct these cells or declare them missing.", CLEAN),
    )


def ambiguous_dates(column: ColumnProfile) -> Finding:
    return Finding(
        "column-statistics.ambiguous-dates",
        Severity.MEDIUM,
        f"'{column.name}' holds {column.filled:,} dates in which day and month cannot be told"
        " apart, so they stay text.",
        columns=(column.name,),
        rows=column.filled,
        evidence={"filled": column.filled},
        remedy=Remedy("Say whether the day or the month comes first.", CLEAN),
    )


def mixed_dates(column: ColumnProfile) -> Finding:
    return Finding(
        "column-statistics.mixed-dates",
        Severity.MEDIUM,
        f"'{column.name}' writes its {column.filled:,} dates in more than one format, so they stay"
        " text.",
        columns=(column.name,),
        rows=column.filled,
        evidence={"filled": column.filled},
        remedy=Remedy("Bring the dates to one format.", CLEAN),
    )


def kept_as_text(column: ColumnProfile) -> Finding:
    return Finding(
        "column-statistics.codes-kept-as-text",
        Severity.INFO,
        f"'{column.name}' looks like numbers, but its {column.filled:,} values stay text because"
        f" {column.note} would be lost.",
        columns=(column.name,),
        rows=column.filled,
        evidence={"reason": column.note, "filled": column.filled},
    )
