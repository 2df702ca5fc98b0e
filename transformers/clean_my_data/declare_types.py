"""Declares what each column holds, and marks the cells that do not fit."""

from typing import Any

import polars as pl
from pydantic import Field

from core import (
    ROW_ID,
    Columns,
    Exhibit,
    Finding,
    Params,
    Remedy,
    Severity,
    StepResult,
    Table,
    Work,
    step,
)
from transformers.clean_my_data.edits import chosen_columns, gather, share, spread
from transformers.columns import ColumnType, study


class DeclareTypesParams(Params):
    """Which columns to declare."""

    columns: Columns = Field((), title="Columns", description="Columns to declare; empty = all.")


@step("Types", params=DeclareTypesParams)
def declare_types(work: Work, params: DeclareTypesParams) -> StepResult:
    """Declare a type per column without touching a cell, and flag the cells that do not fit.

    Text stays as it was written, so leading zeros and spellings survive. A cell that is already
    proposed to become empty is not flagged again.
    """
    declared, findings, proposals = [], [], []
    for column in chosen_columns(work.table, params.columns):
        studied = study(work.table[column], work.options.decimal)
        declared.append(studied.type)
        if not studied.type.rejected:
            continue
        misfits = flags(work, column, studied.values, studied.type.kind)
        proposals.append(misfits)
        if misfits.height:
            findings.append(misfits_found(studied.type, misfits))
    exhibit = Exhibit("types", "Declared types", "table", tuple(map(record, declared[:1_000])))
    return StepResult(work.table, tuple(findings), (exhibit,), gather(proposals))


def flags(work: Work, column: str, values: pl.Series, kind: str) -> Table:
    """A flag for each filled cell of which the cast made nothing."""
    open_rows = work.proposals.filter(pl.col("column") == column, pl.col("new").is_null())["row"]
    texts = work.table[column]
    lost = (texts.str.strip_chars() != "") & values.is_null()
    rows = work.table.filter(lost, ~pl.col(ROW_ID).is_in(open_rows.implode()))
    edits = rows.select(
        old=pl.col(column).unique(maintain_order=True),
    ).with_columns(
        new=pl.lit(None, pl.String),
        rule=pl.lit("type-misfit"),
        step=pl.lit("declare-types"),
        confidence=0.9,
        tier=pl.lit("FLAG"),
        evidence=pl.format("'{}' is not " + NOUNS[kind] + " like the rest of the column.", "old"),
    )
    return spread(rows, column, edits)


NOUNS = {
    "boolean": "a yes or no",
    "integer": "a whole number",
    "float": "a number",
    "date": "a date",
    "timestamp": "a time stamp",
}


def record(type: ColumnType) -> dict[str, Any]:
    return {
        "column": type.name,
        "type": type.kind,
        "role": type.role,
        "fitting": type.accepted,
        "not fitting": type.rejected,
        "empty": type.nulls + type.blanks,
        "note": type.note,
    }


def misfits_found(type: ColumnType, misfits: Table) -> Finding:
    examples = misfits["old"].unique(maintain_order=True).head(3).to_list()
    quoted = ", ".join(f"'{example}'" for example in examples)
    filled = type.accepted + type.rejected
    return Finding(
        code="declare-types.misfit",
        severity=Severity.MEDIUM,
        message=f"{share(misfits.height, filled)} filled cells of '{type.name}' are not "
        f"{NOUNS[type.kind]}, such as {quoted}.",
        columns=(type.name,),
        rows=misfits.height,
        evidence={"type": type.kind, "fitting": type.accepted, "not_fitting": misfits.height},
        remedy=Remedy(f"Correct or empty the marked cells of '{type.name}'."),
    )
