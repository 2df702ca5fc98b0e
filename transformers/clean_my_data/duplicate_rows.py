"""Removes rows that repeat an earlier row exactly."""

import polars as pl
from pydantic import Field

from core import (
    ROW_ID,
    Exhibit,
    Finding,
    Params,
    Remedy,
    Severity,
    StepResult,
    Table,
    Work,
    data_columns,
    step,
)
from core.table import no_removals
from transformers.clean_my_data.edits import share


class DuplicateRowsParams(Params):
    """Whether duplicates leave the table."""

    remove: bool = Field(
        True,
        title="Remove exact duplicates",
        description="Keep the first row of each group of equal rows; off only counts them.",
    )


@step("Duplicate rows", params=DuplicateRowsParams)
def duplicate_rows(work: Work, params: DuplicateRowsParams) -> StepResult:
    """Remove each row whose cells all equal those of an earlier row, and name that row.

    Rows without any value are no evidence of repetition; they are counted and kept.
    """
    table = work.table
    empty = empty_rows(table)
    repeated = repeats(table.filter(~empty))
    findings = [*duplicates_found(repeated, table.height, params.remove), *empty_found(empty)]
    groups = largest_groups(repeated)
    exhibit = Exhibit("duplicate-groups", "Rows with the most copies", "table", groups)
    return StepResult(
        table,
        findings=tuple(findings),
        exhibits=(exhibit,) * bool(groups),
        removed=repeated if params.remove else None,
    )


def empty_rows(table: Table) -> pl.Series:
    """Which rows hold no value at all."""
    return table.select(
        pl.all_horizontal(pl.lit(True), pl.exclude(ROW_ID).is_null()).alias("empty")
    ).to_series()


def repeats(table: Table) -> Table:
    """The rows that repeat an earlier one, as removals.

    Hashes only narrow the search; rows are grouped by their real values.
    """
    columns = data_columns(table)
    if not columns or not table.height:
        return no_removals()
    suspects = table.filter(table.select(columns).hash_rows().is_duplicated())
    first = pl.col("row").first().over([f"__{index}" for index in range(len(columns))])
    return (
        suspects.select(
            pl.col(ROW_ID).alias("row"),
            *(pl.col(name).alias(f"__{index}") for index, name in enumerate(columns)),
        )
        .select("row", reason=pl.lit("exact duplicate"), survivor=first)
        .filter(pl.col("row") != pl.col("survivor"))
    )


def largest_groups(repeated: Table) -> tuple[dict[str, int], ...]:
    copies = repeated.group_by("survivor").agg(copies=pl.len())
    top = copies.sort(["copies", "survivor"], descending=[True, False]).head(50)
    return tuple(top.rename({"survivor": "row"}).to_dicts())


def duplicates_found(repeated: Table, rows: int, remove: bool) -> list[Finding]:
    count, groups = repeated.height, repeated["survivor"].n_unique()
    if not count:
        return []
    ratio = count / rows
    severity = Severity.HIGH if ratio > 0.3 else Severity.MEDIUM if ratio > 0.1 else Severity.LOW
    done = "they were removed and the first of each group stayed" if remove else "all were kept"
    message = f"{share(count, rows)} rows repeat one of {groups:,} earlier rows exactly; {done}."
    remedy = None if remove else Remedy("Switch on the removal of exact duplicates.")
    evidence = {"duplicates": count, "groups": groups, "rows": rows, "removed": remove}
    return [Finding("duplicate-rows.found", severity, message, (), count, evidence, remedy)]


def empty_found(empty: pl.Series) -> list[Finding]:
    count = int(empty.sum())
    if not count:
        return []
    message = f"{share(count, empty.len())} rows hold no value at all; they were kept."
    remedy = Remedy("Remove the empty rows from the source if nothing belongs there.")
    return [Finding("duplicate-rows.empty", Severity.LOW, message, rows=count, remedy=remedy)]
