"""Writes what a person decided: corrected cells, and rows confirmed to be right as they came."""

from typing import Annotated

import polars as pl
from pydantic import Field

from core import (
    PROPOSAL_SCHEMA,
    ROW_ID,
    Finding,
    Hidden,
    Params,
    ParamsError,
    Severity,
    StepError,
    StepResult,
    Table,
    Work,
    data_columns,
    step,
)
from transformers.clean_my_data.edits import chosen_columns, gather

WANTED = {"row": pl.UInt32, "column": pl.String, "new": pl.String, "evidence": pl.String}


class Correction(Params):
    """One cell as a person wants it; null empties it."""

    row: int = Field(0, ge=0, title="Row", description="Row id: position in the upload, from 0.")
    column: str = Field("", title="Column", description="Name of the column.")
    value: str | None = Field(None, title="Value", description="The right text; null = empty.")


class TeachParams(Params):
    """The decisions of a person."""

    confirmed_rows: Annotated[tuple[int, ...], Hidden()] = Field(
        (),
        title="Confirmed rows",
        description="Ids of rows whose cells are right as uploaded, unless corrected.",
    )
    corrections: Annotated[tuple[Correction, ...], Hidden()] = Field(
        (), title="Corrections", description="Cells with the value they shall have."
    )


@step("Corrections by hand", params=TeachParams)
def teach(work: Work, params: TeachParams) -> StepResult:
    """Write the corrected cells, and give confirmed rows back their uploaded text.

    A person's word wins over every rule, so this is the last step that writes cells.
    Raises StepError for an unknown row or column, ParamsError when a cell has two corrections.
    """
    corrected = corrected_cells(work.table, params.corrections)
    check_rows(work.table, [*params.confirmed_rows, *(cell.row for cell in params.corrections)])
    confirmed = confirmed_cells(work, params.confirmed_rows)
    wanted = pl.concat([corrected, confirmed]).unique(
        ["row", "column"], keep="first", maintain_order=True
    )
    proposals = gather(
        decided(work.table, str(name), cells)
        for (name,), cells in wanted.group_by("column", maintain_order=True)
    )
    return StepResult(work.table, findings=taught(params, proposals), proposals=proposals)


def check_rows(table: Table, rows: list[int]) -> None:
    unknown = sorted(set(rows) - set(table[ROW_ID].filter(table[ROW_ID].is_in(rows)).to_list()))
    if unknown:
        raise StepError(f"Row {unknown[0]:,} was corrected or confirmed, but is not in the table.")


def corrected_cells(table: Table, corrections: tuple[Correction, ...]) -> Table:
    """The corrections as a frame of row, column, new and evidence."""
    chosen_columns(table, [cell.column for cell in corrections])
    places = [(cell.row, cell.column) for cell in corrections]
    if len(set(places)) < len(places):
        row, column = next(place for place in places if places.count(place) > 1)
        raise ParamsError(f"Row {row:,} of '{column}' has more than one correction.")
    return pl.DataFrame(
        [(cell.row, cell.column, cell.value, "A person corrected it.") for cell in corrections],
        schema=WANTED,
        orient="row",
    )


def confirmed_cells(work: Work, rows: tuple[int, ...]) -> Table:
    """The uploaded text of every cell in the confirmed rows."""
    confirmed = work.original.filter(pl.col(ROW_ID).is_in(rows))
    cells = [
        confirmed.select(
            row=pl.col(ROW_ID),
            column=pl.lit(name),
            new=pl.col(name),
            evidence=pl.lit("A person confirmed the uploaded value."),
        )
        for name in data_columns(work.original)
    ]
    return pl.concat([pl.DataFrame(schema=WANTED), *cells])


def decided(table: Table, column: str, cells: Table) -> Table:
    """Proposals for the cells of one column that are not yet as a person wants them."""
    held = table.select(row=pl.col(ROW_ID), old=pl.col(column))
    return (
        cells.join(held, on="row", how="inner", maintain_order="left")
        .filter(pl.col("old").ne_missing(pl.col("new")))
        .with_columns(
            rule=pl.lit("teach"), step=pl.lit("teach"), confidence=1.0, tier=pl.lit("AUTO")
        )
        .select(*PROPOSAL_SCHEMA)
    )


def taught(params: TeachParams, proposals: Table) -> tuple[Finding, ...]:
    if not params.confirmed_rows and not params.corrections:
        return ()
    message = (
        f"{len(params.corrections):,} corrections by hand and {len(params.confirmed_rows):,} "
        f"confirmed rows changed {proposals.height:,} cells."
    )
    columns = tuple(proposals["column"].unique(maintain_order=True))
    rows = proposals["row"].n_unique()
    return (Finding("teach.applied", Severity.INFO, message, columns, rows),)
