"""Add the HTML report of ydata-profiling, on a safe and limited copy of the table."""

from typing import Literal

import polars as pl
from pydantic import Field

from core import Finding, Params, Severity, StepResult, Work, step
from transformers.columns import cast_column
from transformers.profile_my_data.facts import Profile, profile_of
from transformers.profile_my_data.safe_frame import safe_frame

REPORT_FILE = "report.html"

CRASHES = (
    *(ValueError, TypeError, ArithmeticError, NotImplementedError, LookupError),
    *(AttributeError, RuntimeError, AssertionError),
)
"""What ydata raises on tables it cannot digest; OverflowError and UnicodeError are among them."""


class FullReportParams(Params):
    """How much of the table the report covers."""

    mode: Literal["minimal", "full", "off"] = Field(
        "minimal",
        title="Report",
        description="Full adds correlations and missing-value pictures and takes much longer.",
    )
    max_rows: int = Field(
        100_000,
        ge=100,
        le=1_000_000,
        title="Rows at most",
        description="A larger table is sampled down to this many rows.",
    )
    max_columns: int = Field(
        100,
        ge=1,
        le=500,
        title="Columns at most",
        description="Of a wider table the first columns are shown.",
    )


@step("Full report", params=FullReportParams)
def full_report(work: Work, params: FullReportParams) -> StepResult:
    """Write the detailed HTML report of ydata-profiling.

    The other steps stand on their own: if this one fails, the profile is complete without it.
    """
    if params.mode == "off":
        return StepResult(work.table)
    profile = profile_of(work)
    if not profile.rows or not profile.columns:
        return StepResult(work.table, findings=(nothing_to_show(),))
    # The import takes seconds and pulls in pandas and matplotlib: no other process shall pay it.
    from transformers.profile_my_data import ydata

    try:
        html = ydata.full_html(limited(work, profile, params), params.mode)
    except CRASHES as error:
        return StepResult(work.table, findings=(failed(error),))
    findings = (*limits(profile, params),)
    return StepResult(work.table, findings, artifacts={REPORT_FILE: html})


def limited(work: Work, profile: Profile, params: FullReportParams) -> pl.DataFrame:
    """A sample of the rows and the first columns, typed and made safe."""
    table = work.table
    if table.height > params.max_rows:
        table = table.sample(params.max_rows, seed=0)
    columns = profile.columns[: params.max_columns]
    return safe_frame(cast_column(table[c.name], c.column_type) for c in columns)


def limits(profile: Profile, params: FullReportParams) -> list[Finding]:
    """What the report does not cover."""
    rows, columns = profile.rows, len(profile.columns)
    findings = []
    if rows > params.max_rows:
        findings.append(not_all("rows", rows, params.max_rows, "a random sample of"))
    if columns > params.max_columns:
        findings.append(not_all("columns", columns, params.max_columns, "the first"))
    return findings


def not_all(what: str, there: int, shown: int, how: str) -> Finding:
    return Finding(
        f"full-report.not-all-{what}",
        Severity.INFO,
        f"The full report covers {how} {shown:,} of {there:,} {what}; all other figures are exact.",
        evidence={"there": there, "shown": shown},
    )


def nothing_to_show() -> Finding:
    return Finding(
        "full-report.nothing-to-show",
        Severity.INFO,
        "There is no full report, because the table has no rows or no columns.",
    )


def failed(error: Exception) -> Finding:
    reason = (str(error).splitlines() or [""])[0][:200]
    return Finding(
        "full-report.failed",
        Severity.LOW,
        f"The full report could not be made ({type(error).__name__}); every other figure stands.",
        evidence={"error": type(error).__name__, "reason": reason},
    )
