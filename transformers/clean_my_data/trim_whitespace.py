"""Removes white space and invisible characters that no reader can see."""

import polars as pl
from pydantic import Field

from core import Columns, Exhibit, Finding, Params, Severity, StepResult, Table, Work, step
from transformers.clean_my_data.edits import chosen_columns, distinct_where, gather, share, spread

SPACE = r"\t\n\x0B\x0C\r \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F"
"""White space without U+0085, which is a damaged "…" more often than a line break, and without
the wide space of Japanese text, which is trimmed at the ends only."""

INVISIBLE = r"[\x00-\x08\x0E-\x1F\x7F\u200B\u2060\uFEFF]"
"""Control and zero-width characters. The joiners U+200C and U+200D carry meaning in Persian,
Indic scripts and emoji and go only where they follow plain ASCII."""

STRAY_JOINER = r"(^|[ -~])[\u200C\u200D]+"
TRIM = rf"^[{SPACE}\u3000]+|[{SPACE}\u3000]+$"
UNTIDY = rf"{INVISIBLE}|{STRAY_JOINER}|{TRIM}|[{SPACE}--[ ]]|  "


class TrimWhitespaceParams(Params):
    """Where to trim, and whether inside of values too."""

    inner: bool = Field(
        True,
        title="Collapse inner spaces",
        description="Write runs of spaces, tabs and line breaks inside a value as one space.",
    )
    columns: Columns = Field((), title="Columns", description="Columns to trim; empty = all.")


@step("White space", params=TrimWhitespaceParams)
def trim_whitespace(work: Work, params: TrimWhitespaceParams) -> StepResult:
    """Trim values, write inner white space as one space and drop invisible characters.

    A cell in which nothing remains is proposed to become empty, for review.
    """
    findings, proposals, changed = [], [], []
    untidy = pl.col("old").str.contains(UNTIDY) | (pl.col("old") == "")
    for column in chosen_columns(work.table, params.columns):
        found = edits(distinct_where(work.table, column, untidy), params.inner)
        proposed = spread(work.table, column, found)
        blank = proposed["new"].null_count()
        proposals.append(proposed)
        changed.append({"label": column, "value": proposed.height - blank})
        findings += observations(column, proposed.height - blank, blank, work.table.height)
    bars = tuple(bar for bar in changed if bar["value"])[:1_000]
    exhibit = Exhibit("trimmed", "Cells with untidy white space", "bars", bars)
    return StepResult(work.table, tuple(findings), (exhibit,) * bool(bars), gather(proposals))


def edits(found: Table, inner: bool) -> Table:
    """An edit for each value that is not tidy; a blank one becomes null."""
    blank = pl.col("tidy") == ""
    return (
        found.with_columns(tidy=tidied(pl.col("old"), inner))
        .filter(pl.col("tidy").ne(pl.col("old")) | blank)
        .select(
            "old",
            new=pl.when(blank).then(None).otherwise("tidy"),
            rule=pl.when(blank).then(pl.lit("blank")).otherwise(pl.lit("white-space")),
            step=pl.lit("trim-whitespace"),
            confidence=pl.when(blank).then(0.95).otherwise(1.0),
            tier=pl.when(blank).then(pl.lit("REVIEW")).otherwise(pl.lit("AUTO")),
            evidence=pl.when(blank)
            .then(pl.lit("The cell holds nothing that can be seen."))
            .otherwise(pl.lit("Only white space and invisible characters differ.")),
        )
    )


def tidied(text: pl.Expr, inner: bool) -> pl.Expr:
    """The text as a reader sees it."""
    text = text.str.replace_all(INVISIBLE, "").str.replace_all(STRAY_JOINER, "$1")
    text = text.str.replace_all(TRIM, "")
    return text.str.replace_all(f"[{SPACE}]+", " ") if inner else text


def observations(column: str, trimmed: int, blank: int, rows: int) -> list[Finding]:
    found = []
    if trimmed:
        message = (
            f"{share(trimmed, rows)} cells of '{column}' had white space or invisible "
            "characters that a reader cannot see; they were removed."
        )
        found.append(Finding("trim-whitespace.trimmed", Severity.LOW, message, (column,), trimmed))
    if blank:
        message = f"{share(blank, rows)} cells of '{column}' look empty but hold blank text."
        found.append(Finding("trim-whitespace.blank", Severity.LOW, message, (column,), blank))
    return found
