"""Writes the change log with its proof: log and upload together give the table, and back."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import rapidfuzz

from core import Exhibit, Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from core.findings import MAX_EXHIBIT_RECORDS
from core.table import data_columns
from transformers.clean_my_data.edits import share
from transformers.clean_my_data.quarantine import quarantined
from transformers.clean_my_data.round_trip import net_changes, prove

RULES_VERSION = 1
"""Raised when a rule gives other proposals for the same table and parameters."""


class AuditParams(Params):
    """The audit cannot be tuned."""


@step("Audit", params=AuditParams, required=True)
def audit(work: Work, params: AuditParams) -> StepResult:
    """Prove that the change log explains every difference from the upload, and hand it over.

    Raises AssayError (PROCESSING_ERROR) when it does not.
    """
    changes = net_changes(work)
    prove(work, changes)
    aside = quarantined(work)
    return StepResult(
        work.table,
        findings=(proven(work, changes), *set_aside(aside, work.table.height)),
        exhibits=charts(work, changes),
        artifacts={
            "proposals.parquet": work.proposals,
            "changes.parquet": changes,
            "removed.parquet": work.removed,
            "quarantine.parquet": aside,
            "recipe.json": recipe(work),
        },
    )


def recipe(work: Work) -> str:
    """The run as JSON: how the file was read, steps, parameters, options, versions, columns."""
    skipped = work.recipe.get("skip", ())
    steps = [
        {"step": name, "enabled": name not in skipped, "params": params}
        for name, params in work.recipe.items()
        if isinstance(params, Mapping)
    ]
    document = {
        "tool": "clean-my-data",
        "versions": {
            "rules": RULES_VERSION,
            "polars": pl.__version__,
            "rapidfuzz": rapidfuzz.__version__,
        },
        "reading": {part: said for part, said in work.reading.items() if said is not None},
        "options": {k: v for k, v in work.recipe.items() if not isinstance(v, Mapping)},
        "steps": steps,
        "columns": data_columns(work.original),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def proven(work: Work, changes: Table) -> Finding:
    cells, removed = changes.height, work.removed.height
    total = work.original.height * len(data_columns(work.original))
    counts: dict[str, Any] = {
        "changed": cells,
        "cells": total,
        "removed": removed,
        "proposed": work.proposals.height,
        "rows": work.original.height,
    }
    return Finding(
        "audit.round-trip",
        Severity.INFO,
        f"{share(cells, total)} cells were changed and {removed:,} rows removed; the log replayed "
        "on the upload gives this table exactly, and undone gives the upload.",
        tuple(changes["column"].unique(maintain_order=True)),
        changes["row"].n_unique(),
        counts,
    )


def set_aside(aside: Table, rows: int) -> tuple[Finding, ...]:
    if not aside.height:
        return ()
    message = (
        f"{share(aside.height, rows)} rows have flags on at least half of their filled cells; "
        "they stay in the table and are listed in the quarantine file."
    )
    remedy = Remedy("Check the quarantined rows against their source.")
    severity = Severity.HIGH if aside.height > 0.15 * rows else Severity.MEDIUM
    return (Finding("audit.quarantined", severity, message, rows=aside.height, remedy=remedy),)


def charts(work: Work, changes: Table) -> tuple[Exhibit, ...]:
    """Changed cells per rule, and missing and distinct values of the changed columns."""
    if not changes.height:
        return ()
    rules = changes.group_by("rule").agg(value=pl.len()).sort("value", "rule", descending=True)
    names = changes["column"].unique(maintain_order=True).head(MAX_EXHIBIT_RECORDS).to_list()
    before, after = work.original, work.table
    missing = [record(n, before[n].null_count(), after[n].null_count()) for n in names]
    distinct = [record(n, before[n].n_unique(), after[n].n_unique()) for n in names]
    return (
        Exhibit(
            "changes-by-rule",
            "Cells changed per rule",
            "bars",
            tuple(rules.select("value", label="rule").to_dicts()),
        ),
        Exhibit("missing", "Missing cells of the changed columns", "comparison", tuple(missing)),
        Exhibit(
            "distinct", "Distinct values of the changed columns", "comparison", tuple(distinct)
        ),
    )


def record(column: str, before: int, after: int) -> dict[str, Any]:
    return {"label": column, "before": before, "after": after}
