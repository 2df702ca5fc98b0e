"""Exact duplicates leave with a record; nothing else leaves."""

import pytest

from core import Severity, with_row_ids
from tests.tables import after, assert_table, run, table, values
from transformers.clean_my_data.duplicate_rows import duplicate_rows


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ["a"],
        ["a", "A", "a ", "b"],
        [None, ""],
        [None, None],
    ],
)
def test_nothing_leaves(rows: list[str | None]) -> None:
    before = table(name=rows)
    assert_table(after(duplicate_rows, before), before)


def test_a_table_without_columns_is_left_alone() -> None:
    before = with_row_ids(table(name=["a", "a"]).select())
    assert_table(after(duplicate_rows, before), before)


def test_the_first_row_stays_and_is_named() -> None:
    removed = run(duplicate_rows, table(a=["x", "y", "x", "x"], b=["1", "1", "1", None])).removed
    assert removed.rows() == [(2, "exact duplicate", 0)]


def test_null_and_empty_text_are_not_equal() -> None:
    assert run(duplicate_rows, table(a=["x", "x"], b=[None, ""])).removed.is_empty()


def test_order_and_row_ids_survive() -> None:
    cleaned = after(duplicate_rows, table(a=["x", "x", "y"]))
    assert values(cleaned, "__row_id") == [0, 2]


def test_rows_without_values_are_counted_and_kept() -> None:
    result = run(duplicate_rows, table(a=[None, None, "x"]))
    assert [(f.code, f.rows) for f in result.findings] == [("duplicate-rows.empty", 2)]


def test_duplicates_can_be_counted_only() -> None:
    result = run(duplicate_rows, table(a=["x", "x"]), remove=False)
    assert result.removed is None
    assert result.findings[0].rows == 1


@pytest.mark.parametrize(
    ("copies", "severity"), [(1, Severity.LOW), (3, Severity.MEDIUM), (10, Severity.HIGH)]
)
def test_severity_follows_the_share(copies: int, severity: Severity) -> None:
    rows = [*(str(number) for number in range(15)), *["0"] * copies]
    assert run(duplicate_rows, table(a=rows)).findings[0].severity is severity
