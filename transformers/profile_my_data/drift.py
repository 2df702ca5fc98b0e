"""Compare the table with a baseline: what moved further than chance explains."""

from collections.abc import Iterator, Sequence
from typing import Any

from core import (
    Exhibit,
    Finding,
    Params,
    Remedy,
    Severity,
    StepResult,
    Table,
    Work,
    data_columns,
    step,
)
from core.findings import MAX_EXHIBIT_RECORDS
from transformers.profile_my_data.drift_columns import ColumnDrift, Unseen, compare
from transformers.profile_my_data.drift_measures import shares

MODERATE, MAJOR = 0.1, 0.25
"""The population stability index from which a shift is worth a look, and from which a lot."""

LEAST_ROWS = 50
CHANCE = 1e-4
"""Probability that any column of an unchanged table is an alert; divided among the columns."""

MISFITS, NEW_VALUES = 0.1, 0.05
"""Shares of the cells from which a change of type, or values that are new or gone, are alerts."""

ROWS_FACTOR = 2

ACCEPT = Remedy("Ask the source what changed; if it is right, accept this table as the baseline.")
VERDICTS = {Severity.MEDIUM: "moderate drift", Severity.HIGH: "major drift"}


class DriftParams(Params):
    """Nothing to set: the limits are those of the field, and chance is reckoned with."""


@step("Drift", params=DriftParams)
def drift(work: Work, params: DriftParams) -> StepResult:
    """Compare every column with the same column of the baseline, when there is one.

    Each column is read as its type in the baseline. Its cells are counted in bins (deciles or
    common values of the baseline, cells that do not fit, missing cells) and measured by the
    population stability index. A shift is an alert from 0.1 (medium) or 0.25 (high), if the
    chi-square test of the same bins also finds it beyond chance.
    """
    if work.reference is None:
        return StepResult(work.table)
    before, after = work.reference, work.table
    shared = [name for name in data_columns(before) if name in after.columns]
    chance = CHANCE / max(1, len(shared))
    columns = [compare(before[n], after[n], chance, work.options.decimal) for n in shared]
    columns.sort(key=lambda column: -column.psi)
    enough = min(before.height, after.height) >= LEAST_ROWS
    findings = [*table_findings(before, after)]
    if enough:
        findings += [found for column in columns for found in column_findings(column, chance)]
    return StepResult(
        work.table,
        findings=(verdict(columns, findings, before, after), *findings),
        exhibits=tuple(exhibits(columns, chance if enough else 0.0)),
    )


def table_findings(before: Table, after: Table) -> Iterator[Finding]:
    """What became of columns and rows as a whole."""
    old, new = data_columns(before), data_columns(after)
    gone = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    if gone:
        yield columns_gone(gone)
    if added:
        yield columns_added(added)
    if before.height != after.height:
        yield rows_changed(before.height, after.height)


def column_findings(column: ColumnDrift, chance: float) -> Iterator[Finding]:
    """What an analyst should know about one column."""
    if is_misfit(column, chance):
        yield type_changed(column)
    elif severity := level(column, chance):
        yield shifted(column, severity)
    if column.new is not None:
        yield unseen(column, column.new, "new-values", now=True)
    if column.lost is not None:
        yield unseen(column, column.lost, "lost-values", now=False)


def level(column: ColumnDrift, chance: float) -> Severity | None:
    """How grave a shift is; None while it is small or may be chance.

    The index alone is no measure of alarm: of two samples from the same population it is about
    (bins - 1) x (1/n + 1/m), which is large for small samples (Yurdakul, "Statistical properties
    of the population stability index", 2018).
    """
    if column.psi < MODERATE or column.p_value >= chance:
        return None
    return Severity.HIGH if column.psi >= MAJOR else Severity.MEDIUM


def is_misfit(column: ColumnDrift, chance: float) -> bool:
    """True when many more cells than before are none of the type."""
    more = column.after.unreadable_share - column.before.unreadable_share
    return more >= MISFITS and column.misfit_p_value < chance


def word(column: ColumnDrift, chance: float) -> str:
    """The verdict on one column."""
    if is_misfit(column, chance):
        return "type changed"
    grade = level(column, chance)
    return VERDICTS[grade] if grade else "may be chance" if column.psi >= MODERATE else "stable"


def verdict(
    columns: Sequence[ColumnDrift], findings: Sequence[Finding], before: Table, after: Table
) -> Finding:
    """One sentence about the whole table; `evidence["verdict"]` is what lists show."""
    alerts = [finding.severity for finding in findings if finding.is_alert]
    said = VERDICTS[max(alerts, key=lambda severity: severity.rank)] if alerts else "stable"
    figures = f"{plural(len(columns), 'column')} compared, {plural(len(alerts), 'alert')}"
    if columns:
        figures += f", the largest index is {columns[0].psi:.3f} of '{columns[0].name}'"
    sentence = f"Against the baseline: {said}; {figures}."
    if min(before.height, after.height) < LEAST_ROWS:
        said = said if alerts else "too few rows"
        sentence = (
            f"The baseline has {plural(before.height, 'row')}, this table"
            f" {plural(after.height, 'row')}; fewer than {LEAST_ROWS} cannot tell drift from luck."
        )
    evidence = {
        "verdict": said,
        "alerts": len(alerts),
        "columns": len(columns),
        "largest_psi": columns[0].psi if columns else None,
        "rows": [before.height, after.height],
    }
    return Finding("drift.verdict", Severity.INFO, sentence, evidence=evidence)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def columns_gone(names: list[str]) -> Finding:
    return Finding(
        "drift.columns-gone",
        Severity.HIGH,
        f"Gone since the baseline: {plural(len(names), 'column')}, {listed(names)}.",
        evidence={"columns": names},
        remedy=ACCEPT,
    )


def columns_added(names: list[str]) -> Finding:
    return Finding(
        "drift.columns-added",
        Severity.LOW,
        f"New since the baseline: {plural(len(names), 'column')}, {listed(names)}.",
        columns=tuple(names),
        evidence={"columns": names},
    )


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:40]}'" for name in names[:5]) + (" …" if len(names) > 5 else "")


def rows_changed(before: int, after: int) -> Finding:
    """Half as many rows as before, or twice as many, are an alert unless there were few."""
    factor = max(before, after) / max(1, min(before, after))
    is_alert = factor >= ROWS_FACTOR and max(before, after) >= LEAST_ROWS
    change = f" ({after / before - 1:+.1%})" if before else ""
    return Finding(
        "drift.rows-changed",
        Severity.MEDIUM if is_alert else Severity.INFO,
        f"The table has {plural(after, 'row')}, the baseline {before:,}{change}.",
        rows=after,
        evidence={"before": before, "after": after},
        remedy=ACCEPT if is_alert else None,
    )


def type_changed(column: ColumnDrift) -> Finding:
    before, after = column.before.unreadable_share, column.after.unreadable_share
    return Finding(
        "drift.type-changed",
        Severity.HIGH,
        f"'{column.name}' is {column.kind} in the baseline, but {after:.1%} of its filled cells are"
        f" not any more ({before:.1%} before).",
        columns=(column.name,),
        rows=column.after.unreadable,
        evidence=figures(column),
        remedy=ACCEPT,
    )


def shifted(column: ColumnDrift, severity: Severity) -> Finding:
    label, before, after = column.largest_change
    return Finding(
        "drift.shifted",
        severity,
        f"'{column.name}' has shifted: PSI {column.psi:.3f} over {len(column.bins.labels)} bins"
        f" ({chance_of(column.p_value)}), most in '{label[:40]}' from {before:.1%} to {after:.1%}"
        f"{in_moments(column)}.",
        columns=(column.name,),
        rows=column.after.rows,
        evidence=figures(column),
        remedy=ACCEPT,
    )


def chance_of(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.4f}"


def in_moments(column: ColumnDrift) -> str:
    """How the mean and the spread of numbers moved, to end a sentence with."""
    if column.moments is None or column.ks is None:
        return ""
    old, new = column.moments
    if None in (old.mean, new.mean):
        return ""
    spread = f", deviation {old.std:.4g} to {new.std:.4g}" if old.std and new.std else ""
    return f"; mean {old.mean:.4g} to {new.mean:.4g}{spread}, KS {column.ks[0]:.3f}"


def unseen(column: ColumnDrift, found: Unseen, code: str, *, now: bool) -> Finding:
    """Values that are new or lost; an alert when too many cells hold them to be chance."""
    cells = column.after if now else column.before
    is_alert = found.surprising >= NEW_VALUES * cells.rows
    what = "that the baseline does not have" if now else "of the baseline no more"
    named = ", ".join(f"'{value[:40]}' ({count:,})" for value, count in found.examples)
    return Finding(
        f"drift.{code}",
        Severity.MEDIUM if is_alert else Severity.LOW,
        f"'{column.name}' holds {plural(found.values, 'value')} {what}, {found.rows:,} of"
        f" {cells.rows:,} cells ({found.rows / cells.rows:.1%}): {named}.",
        columns=(column.name,),
        rows=found.rows,
        evidence={"values": found.values, "cells": found.rows, "surprising": found.surprising},
        remedy=ACCEPT if is_alert else None,
    )


def figures(column: ColumnDrift) -> dict[str, Any]:
    """The numbers of a column as JSON."""
    return {
        "psi": column.psi,
        "jensen_shannon": column.distance,
        "p_value": column.p_value,
        "cramers_v": column.effect,
        "ks": column.ks[0] if column.ks else None,
        "ks_p_value": column.ks[1] if column.ks else None,
        "missing": [column.before.missing, column.after.missing],
        "unreadable": [column.before.unreadable, column.after.unreadable],
        "moments": [vars(part) for part in column.moments or ()],
    }


def exhibits(columns: Sequence[ColumnDrift], chance: float) -> Iterator[Exhibit]:
    """All columns as a table, and the bins of the one that moved most."""
    if columns:
        lines = tuple(line(column, chance) for column in columns[:MAX_EXHIBIT_RECORDS])
        yield Exhibit("drift", "Drift against the baseline", "table", lines)
    moved = next((column for column in columns if level(column, chance)), None)
    if moved is not None:
        sides = percent(moved.bins.before), percent(moved.bins.after)
        shown = zip(moved.bins.labels, *sides, strict=True)
        bars = tuple({"label": n, "before": old, "after": new} for n, old, new in shown)
        title = f"'{moved.name}' in the baseline (before) and now (after), % of the cells"
        yield Exhibit("drift-bins", title, "comparison", bars)


def percent(counts: Any) -> list[float]:
    return [round(100 * float(share), 2) for share in shares(counts)]


def line(column: ColumnDrift, chance: float) -> dict[str, Any]:
    """One line of the table; moments before and now, for numbers."""
    old, new = column.moments or (None, None)
    return {
        "column": column.name,
        "type": column.kind,
        "verdict": word(column, chance),
        "psi": round(column.psi, 4),
        "p": round(column.p_value, 6),
        "jensen-shannon": round(column.distance, 4),
        "ks": round(column.ks[0], 4) if column.ks else None,
        "mean before": old.mean if old else None,
        "mean now": new.mean if new else None,
        "missing before": column.before.missing,
        "missing now": column.after.missing,
    }
