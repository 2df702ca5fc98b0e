"""Finds words that stand for a missing value, such as "N/A", and proposes to empty those cells."""

import polars as pl
from pydantic import Field

from core import Columns, Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from transformers.clean_my_data.edits import chosen_columns, distinct_where, gather, share, spread

NULL_WORDS = (
    "n/a",
    "na",
    "null",
    "none",
    "nan",
    "#n/a",
    "#na",
    "(null)",
    "nil",
    "missing",
    "not available",
    "?",
    "--",
    "<na>",
)


class NullWordsParams(Params):
    """Which words count as missing, and where."""

    words: tuple[str, ...] = Field(
        NULL_WORDS,
        title="Words for missing",
        description="Cells that hold exactly one of these words, in any case, count as missing.",
    )
    columns: Columns = Field((), title="Columns", description="Columns to look at; empty = all.")


@step("Null words", params=NullWordsParams)
def null_words(work: Work, params: NullWordsParams) -> StepResult:
    """Propose to empty cells whose whole text is a word for a missing value.

    Always for review, one decision per word and column: the same word can be a real category or
    the owner's own mark.
    """
    words = sorted({word.strip().lower() for word in params.words})
    wanted = pl.col("old").str.strip_chars().str.to_lowercase().is_in(words)
    findings, proposals = [], []
    for column in chosen_columns(work.table, params.columns):
        found = distinct_where(work.table, column, wanted)
        filled = work.table.height - work.table[column].null_count()
        findings += [word_found(column, old, count, filled) for old, count in found.iter_rows()]
        proposals.append(spread(work.table, column, edits(found, filled)))
    return StepResult(work.table, findings=tuple(findings), proposals=gather(proposals))


def edits(found: Table, filled: int) -> Table:
    """An edit to null for each word found among `filled` cells."""
    return found.select(
        "old",
        new=pl.lit(None, pl.String),
        rule=pl.lit("null-word"),
        step=pl.lit("null-words"),
        confidence=0.9,
        tier=pl.lit("REVIEW"),
        evidence=pl.format(
            "'{}' is a common word for a missing value; {} of {} filled cells hold it.",
            pl.col("old").str.strip_chars(),
            "count",
            pl.lit(filled),
        ),
    )


def word_found(column: str, word: str, count: int, filled: int) -> Finding:
    return Finding(
        code="null-words.found",
        severity=Severity.MEDIUM if count >= 0.05 * filled else Severity.LOW,
        message=f"'{word.strip()}' stands in {share(count, filled)} filled cells of '{column}' "
        "and may mean that the value is missing.",
        columns=(column,),
        rows=count,
        evidence={"word": word, "count": count, "filled": filled},
        remedy=Remedy(f"Decide whether '{word.strip()}' in '{column}' means missing."),
    )
