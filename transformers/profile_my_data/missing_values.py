"""Show which columns have gaps, and how many."""

from pydantic import Field

from core import Exhibit, Finding, Params, Remedy, Severity, StepResult, Work, step
from transformers.profile_my_data.facts import ColumnProfile, profile_of

BARS = 50


class MissingValuesParams(Params):
    """When gaps become an alert."""

    alert_above: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Alert above",
        description="Share of missing cells beyond which a column is an alert (0 to 1).",
    )


@step("Missing values", params=MissingValuesParams)
def missing_values(work: Work, params: MissingValuesParams) -> StepResult:
    """Count the missing cells of every column; empty and blank cells both are missing."""
    gaps = [column for column in profile_of(work).columns if column.missing]
    gaps.sort(key=lambda column: -column.missing)
    rows = work.table.height
    bars = tuple({"label": gap.name, "value": gap.missing / rows} for gap in gaps[:BARS])
    many = [gap for gap in gaps if gap.filled and gap.missing > params.alert_above * rows]
    few = [gap for gap in gaps if gap.missing <= params.alert_above * rows]
    return StepResult(
        work.table,
        findings=(*(mostly_missing(gap, rows) for gap in many), *some_missing(few, rows)),
        exhibits=(Exhibit("missing", "Share of missing cells", "bars", bars),) if bars else (),
    )


def mostly_missing(column: ColumnProfile, rows: int) -> Finding:
    share = column.missing / rows
    return Finding(
        "missing-values.mostly-missing",
        Severity.MEDIUM,
        f"'{column.name}' is missing in {column.missing:,} of {rows:,} rows ({share:.1%}).",
        columns=(column.name,),
        rows=column.missing,
        evidence={"missing": column.missing, "blank": column.blanks, "share": share},
        remedy=Remedy("Ask the source for this column, or drop it."),
    )


def some_missing(columns: list[ColumnProfile], rows: int) -> list[Finding]:
    """One note for all columns with a few gaps, the worst first."""
    if not columns:
        return []
    worst, count = columns[0], len(columns)
    gaps = f"{worst.missing:,} of {rows:,} rows ({worst.missing / rows:.1%})"
    one = f"'{worst.name}' is missing in {gaps}."
    several = f"{count:,} columns have gaps, most of them '{worst.name}' with {gaps}."
    return [
        Finding(
            "missing-values.some-missing",
            Severity.INFO,
            several if count > 1 else one,
            columns=tuple(column.name for column in columns),
            rows=worst.missing,
            evidence={column.name: column.missing for column in columns},
        )
    ]
