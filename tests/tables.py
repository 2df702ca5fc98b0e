"""Three helpers that make step tests readable: table(), run(), assert_table()."""

from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from core import ROW_ID, Options, Step, StepResult, Table, Work, data_columns, with_row_ids
from core.transformer import absorb


def table(**columns: list[str | None]) -> Table:
    """A small text table with row ids 0, 1, 2 …"""
    return with_row_ids(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))


def run(step: Step[Any], before: Table | Work, **params: Any) -> StepResult:
    """Run one step with the given parameters, nothing applied."""
    work = before if isinstance(before, Work) else Work.of(before)
    return step.run(work, step.params(**params))


def after(step: Step[Any], before: Table, options: Options | None = None, **params: Any) -> Table:
    """The table after the step's accepted proposals and removals were applied by the loop."""
    work = Work(before, before, options=options or Options())
    return absorb(work, run(step, work, **params))[0].table


def assert_table(actual: Table, expected: Table) -> None:
    """Both tables hold the same columns, values and row ids in the same order."""
    assert actual.columns == expected.columns, (actual.columns, expected.columns)
    assert_frame_equal(actual, expected)


def values(actual: Table, column: str) -> list[Any]:
    """The values of one column."""
    assert column in [*data_columns(actual), ROW_ID]
    return actual[column].to_list()
