"""Find out what each column holds and which columns tell records apart."""

from typing import Annotated, Any

import polars as pl
from pydantic import Field

from core import (
    ColumnPicker,
    Exhibit,
    Finding,
    Params,
    Remedy,
    Severity,
    StepError,
    StepResult,
    Table,
    Work,
    data_columns,
    step,
)
from transformers.master_my_data.column_types import column_type
from transformers.master_my_data.header_words import NEVER_COMPARED, names_an_id, role_by_header

ROLES_SCHEMA = {
    "column": pl.String,
    "type": pl.String,
    "role": pl.String,
    "compared": pl.Boolean,
    "why": pl.String,
}

SPELT = ("given name", "surname", "full name", "street", "city", "organisation")
"""Roles whose values have spelling variants, so that few different ones make no category."""


class ColumnRolesParams(Params):
    """Which columns are compared; without a choice the step decides."""

    compare: Annotated[tuple[str, ...], ColumnPicker()] = Field(
        (),
        title="Compare only",
        description="Columns that tell records apart; empty lets the step choose.",
    )
    ignore: Annotated[tuple[str, ...], ColumnPicker()] = Field(
        (), title="Never compare", description="Columns that say nothing about who a record is."
    )


@step("Recognise column roles", params=ColumnRolesParams, required=True)
def column_roles(work: Work, params: ColumnRolesParams) -> StepResult:
    """Recognise types and roles of columns, and choose the columns to compare."""
    check_names(work.table, (*params.compare, *params.ignore))
    rows = [describe(work.table[name], params) for name in data_columns(work.table)]
    return StepResult(
        work.table,
        findings=findings_of(rows),
        exhibits=(
            Exhibit("column-roles.roles", "Columns and their roles", "table", tuple(rows[:1000])),
        ),
        artifacts={"roles.parquet": pl.DataFrame(rows, schema=ROLES_SCHEMA)},
    )


def check_names(table: Table, names: tuple[str, ...]) -> None:
    """Raises StepError for a chosen column that the table does not have."""
    unknown = [name for name in names if name not in data_columns(table)]
    if unknown:
        raise StepError(f"Recognise column roles: column '{unknown[0]}' is not in the table.")


def describe(values: pl.Series, params: ColumnRolesParams) -> dict[str, Any]:
    """One row of roles.parquet."""
    kind = column_type(values)
    role = role_of(values, kind)
    if kind == "cat" and role in SPELT:
        kind = "name"
    compared, why = verdict(values, role, params)
    return {"column": values.name, "type": kind, "role": role, "compared": compared, "why": why}


def role_of(values: pl.Series, kind: str) -> str:
    """The role of a column by its header words, its type and its values."""
    filled = values.drop_nulls()
    unique = filled.len() > 1 and filled.n_unique() == filled.len()
    if unique and (names_an_id(values.name) or counts_up(filled)):
        return "record id"
    role = role_by_header(values.name) or "other"
    if role == "last update" and kind not in ("date", "code"):
        return "other"
    if role == "source" and filled.n_unique() > max(2, 0.05 * filled.len()):
        return "other"
    return "email" if kind == "email" else role


def counts_up(filled: pl.Series) -> bool:
    """True when ten or more different values are just the numbers from a first to a last."""
    numbers = filled.cast(pl.Int64, strict=False)
    if filled.len() < 10 or numbers.null_count():
        return False
    return int(numbers.max()) - int(numbers.min()) + 1 == filled.len()  # type: ignore[arg-type]


def verdict(values: pl.Series, role: str, params: ColumnRolesParams) -> tuple[bool, str]:
    """Whether a column is compared, and why. The user's choice beats the rules."""
    if values.name in params.ignore:
        return False, "you chose never to compare it"
    if params.compare:
        chosen = values.name in params.compare
        return chosen, "you chose it" if chosen else "you chose other columns"
    if role in NEVER_COMPARED:
        return False, f"a {role} says nothing about who the record is"
    filled = values.len() - values.null_count()
    least = max(2, min(10, values.len() // 4), values.len() / 100)
    if filled < least:
        return False, f"only {filled:,} of {values.len():,} values are filled"
    if values.drop_nulls().n_unique() == 1:
        return False, "every filled value is the same"
    return True, "its values tell records apart"


def findings_of(rows: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """How many columns are compared, or that none can be."""
    compared = tuple(str(row["column"]) for row in rows if row["compared"])
    if compared:
        return (
            Finding(
                "column-roles.chosen",
                Severity.INFO,
                f"{len(compared)} of {len(rows)} columns are compared to recognise records.",
                compared,
                evidence={"compared": len(compared), "columns": len(rows)},
            ),
        )
    return (
        Finding(
            "column-roles.nothing-to-compare",
            Severity.HIGH,
            f"None of the {len(rows)} columns can tell records apart, so no rows are merged.",
            evidence={"compared": 0, "columns": len(rows)},
            remedy=Remedy("Choose the columns to compare in 'Compare only'."),
        ),
    )
