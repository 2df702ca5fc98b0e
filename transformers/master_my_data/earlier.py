"""Read what earlier steps of the chain left."""

from typing import Any

import polars as pl

from core import StepError, Table, Work

MADE_BY = {
    "roles.parquet": "column-roles",
    "candidates.parquet": "block",
    "pairs.parquet": "score-pairs",
    "crosswalk.parquet": "cluster",
}


def frame(work: Work, name: str) -> Table:
    """A frame that an earlier step made. Raises StepError when that step was skipped."""
    found = work.artifacts.get(name)
    if not isinstance(found, pl.DataFrame):
        raise StepError(f"{name} is missing: do not skip the step '{MADE_BY[name]}'.")
    return found


def evidence(work: Work, key: str, otherwise: Any) -> Any:
    """What the last finding says whose evidence holds the key."""
    told = [found.evidence[key] for found in work.findings if key in found.evidence]
    return told[-1] if told else otherwise
