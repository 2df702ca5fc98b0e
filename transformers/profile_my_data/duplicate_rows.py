"""Count the rows that repeat an earlier row cell by cell."""

from core import Finding, Params, Remedy, Severity, StepResult, Table, Work, data_columns, step


class DuplicateRowsParams(Params):
    """Nothing to set: rows are compared as they are written."""


@step("Duplicate rows", params=DuplicateRowsParams)
def duplicate_rows(work: Work, params: DuplicateRowsParams) -> StepResult:
    """Count the rows that repeat another row cell by cell; the first of each does not count."""
    surplus = surplus_rows(work.table)
    findings = (found(surplus, work.table.height),) if surplus else ()
    return StepResult(work.table, findings)


def surplus_rows(table: Table) -> int:
    """Rows that would go if of each set of equal rows one stayed; empty cells equal each other.

    Rows are compared by a 64-bit hash; the chance of any collision among 10 million rows is
    about 3 in a million.
    """
    columns = data_columns(table)
    if not columns or table.height < 2:
        return 0
    return table.height - table.select(columns).hash_rows().n_unique()


def found(surplus: int, rows: int) -> Finding:
    return Finding(
        "duplicate-rows.found",
        Severity.MEDIUM,
        f"{surplus:,} of {rows:,} rows ({surplus / rows:.1%}) repeat an earlier row cell by cell.",
        rows=surplus,
        evidence={"surplus": surplus, "rows": rows, "share": surplus / rows},
        remedy=Remedy("Remove the repeated rows.", "clean-my-data"),
    )
