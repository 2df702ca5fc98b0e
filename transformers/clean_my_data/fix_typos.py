"""Finds rare values that are a slip of the keys away from a frequent value of the same column."""

import polars as pl
from pydantic import Field

from core import Columns, Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from transformers.clean_my_data.edits import chosen_columns, gather, spread
from transformers.clean_my_data.spelling import (
    has_vocabulary,
    pairs_to_compare,
    typos,
    value_counts,
    words,
)

MAX_PAIRS = 5_000_000
"""Comparisons per column, about a second of one core; a column with more is left out and named."""


class FixTyposParams(Params):
    """Where to look, and how often the right spelling must occur."""

    support: int = Field(
        5,
        ge=2,
        le=1_000,
        title="Support",
        description="A value can replace another only if it occurs at least this often.",
    )
    columns: Columns = Field((), title="Columns", description="Columns to look at; empty = all.")


@step("Typing errors", params=FixTyposParams)
def fix_typos(work: Work, params: FixTyposParams) -> StepResult:
    """Replace a rare value by a frequent one that differs by a slip of the keys.

    Distance is optimal string alignment (an adjacent swap costs 1). Looks only at columns whose
    frequent values cover 80 % of the cells. Applied without asking only where two real values are
    unlikely to be that close: no digits, 8 letters or more, one slip, not a plural, at most 3
    against 20 times as many. There is no list of known words, so all other finds, names of people
    above all, are for review.
    """
    findings, proposals = [], []
    for column in chosen_columns(work.table, params.columns):
        counts = value_counts(work.table, column)
        if not has_vocabulary(counts, params.support):
            continue
        known = words(counts)
        if (pairs := pairs_to_compare(known, params.support)) > MAX_PAIRS:
            findings.append(left_out(column, pairs))
            continue
        proposed = spread(work.table, column, typos(known, params.support))
        proposals.append(proposed)
        findings += typos_found(column, proposed)
    return StepResult(work.table, findings=tuple(findings), proposals=gather(proposals))


def typos_found(column: str, proposed: Table) -> list[Finding]:
    if not proposed.height:
        return []
    old, new = proposed.select("old", "new").row(0)
    sure = proposed.filter(pl.col("tier") == "AUTO").height
    message = (
        f"{proposed.height:,} cells of '{column}' hold a rare spelling of a frequent value, "
        f"such as '{old}' for '{new}'; {sure:,} are sure and {proposed.height - sure:,} for review."
    )
    return [
        Finding(
            "fix-typos.found",
            Severity.LOW,
            message,
            (column,),
            proposed.height,
            {"sure": sure, "for_review": proposed.height - sure},
            Remedy(f"Review the proposed spellings of '{column}'."),
        )
    ]


def left_out(column: str, pairs: int) -> Finding:
    message = (
        f"'{column}' has too many distinct values to look for typing errors "
        f"({pairs:,} comparisons, at most {MAX_PAIRS:,})."
    )
    return Finding("fix-typos.left-out", Severity.INFO, message, (column,))
