"""Finds letters written as a base letter plus a loose accent, and proposes the composed form."""

import polars as pl
from pydantic import Field

from core import Columns, Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from transformers.clean_my_data.edits import chosen_columns, distinct_where, gather, share, spread


class ComposeUnicodeParams(Params):
    """Where to look."""

    columns: Columns = Field((), title="Columns", description="Columns to look at; empty = all.")


@step("Composed letters", params=ComposeUnicodeParams)
def compose_unicode(work: Work, params: ComposeUnicodeParams) -> StepResult:
    """Propose Unicode normal form C, so that two spellings of "é" compare as equal.

    Source: Unicode Standard Annex 15. For review, because bytes change though nothing visible
    does.
    """
    findings, proposals = [], []
    not_ascii = pl.col("old").str.len_bytes() != pl.col("old").str.len_chars()
    for column in chosen_columns(work.table, params.columns):
        proposed = spread(work.table, column, edits(distinct_where(work.table, column, not_ascii)))
        proposals.append(proposed)
        if proposed.height:
            findings.append(decomposed(column, proposed.height, work.table.height))
    return StepResult(work.table, findings=tuple(findings), proposals=gather(proposals))


def edits(found: Table) -> Table:
    return (
        found.with_columns(new=pl.col("old").str.normalize("NFC"))
        .filter(pl.col("new") != pl.col("old"))
        .select(
            "old",
            "new",
            rule=pl.lit("unicode-nfc"),
            step=pl.lit("compose-unicode"),
            confidence=0.99,
            tier=pl.lit("REVIEW"),
            evidence=pl.lit("Looks the same, but its accents are written as separate characters."),
        )
    )


def decomposed(column: str, count: int, rows: int) -> Finding:
    return Finding(
        code="compose-unicode.decomposed",
        severity=Severity.LOW,
        message=f"{share(count, rows)} cells of '{column}' write accents as separate characters, "
        "so equal-looking values do not match.",
        columns=(column,),
        rows=count,
        remedy=Remedy(f"Accept the composed spelling of '{column}'."),
    )
