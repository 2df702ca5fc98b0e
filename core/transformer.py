"""A chain of steps and the only loop that runs it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import psutil

from core.errors import ParamsError, StepError
from core.findings import Finding
from core.params import Options, Params, effective, parse
from core.report import REPORT_VERSION, Report, StepReport
from core.step import Artifact, Step, StepResult, Work
from core.table import (
    PROPOSAL_SCHEMA,
    REMOVED_SCHEMA,
    ROW_ID,
    Table,
    apply_proposals,
    data_columns,
)

OnStep = Callable[[int, StepReport], None]
"""Called with the index of a step and its report once it is done; may raise to stop the run."""


def unobserved(index: int, report: StepReport) -> None:
    """The callback of a run that nobody watches."""


@dataclass(frozen=True)
class Choice:
    """The validated parameters of one run."""

    options: Options
    params: Mapping[str, Params]

    def document(self) -> dict[str, Any]:
        """The effective parameters as JSON, in the shape that `Transformer.choose` reads."""
        return self.options.model_dump(mode="json") | effective(self.params)


@dataclass(frozen=True)
class Outcome:
    """What a run gives back: the last state of the work, and the report."""

    work: Work
    report: Report

    @property
    def table(self) -> Table:
        """The table after the last step."""
        return self.work.table

    @property
    def artifacts(self) -> Mapping[str, Artifact]:
        """Named results of all steps."""
        return self.work.artifacts


@dataclass(frozen=True)
class Transformer:
    """A chain: its steps in the order in which they run, and the options of the whole chain."""

    name: str
    title: str
    summary: str
    steps: tuple[Step[Any], ...]
    options: type[Options] = Options

    def choose(self, document: Mapping[str, Any]) -> Choice:
        """Validate `{option: value, step name: {parameter: value}}`; absent means default.

        Raises ParamsError for an unknown name or a value out of bounds.
        """
        steps = {step.name: step for step in self.steps}
        options = {key: value for key, value in document.items() if key not in steps}
        chosen = parse(self.options, options, self.name)
        unknown = set(chosen.skip) - set(steps)
        if unknown:
            raise ParamsError(f"{self.name}: 'skip' names unknown steps: {sorted(unknown)}.")
        needed = [name for name in chosen.skip if steps[name].required]
        if needed:
            raise ParamsError(f"{self.name}: {', '.join(needed)} cannot be skipped.")
        params = {
            name: parse(step.params, document.get(name, {}), name) for name, step in steps.items()
        }
        return Choice(chosen, params)

    def run(self, work: Work, choice: Choice, on_step: OnStep = unobserved) -> Outcome:
        """Fold the steps over the work, measuring each.

        A step that needs something the data does not have (StepError) stops the chain.
        """
        started = time.perf_counter()
        rows_in = work.table.height
        work = replace(work, options=choice.options, recipe=choice.document())
        reports = []
        for index, step in enumerate(self.steps):
            if step.name in choice.options.skip:
                continue
            work, report = run_step(step, work, choice.params[step.name])
            reports.append(report)
            on_step(index, report)
        return Outcome(
            work,
            Report(
                self.name,
                REPORT_VERSION,
                choice.document(),
                rows_in,
                work.table.height,
                tuple(data_columns(work.table)),
                round(time.perf_counter() - started, 4),
                tuple(reports),
                confidence(work.findings),
            ),
        )


def confidence(findings: Sequence[Finding]) -> float | None:
    """The confidence that the last "….confidence" finding states, 0 to 1; None without one."""
    stated = [finding for finding in findings if finding.code.endswith(".confidence")]
    return float(stated[-1].evidence["confidence"]) if stated else None


def run_step(step: Step[Any], work: Work, params: Params) -> tuple[Work, StepReport]:
    """Run one step, apply what it proposed and removed, and measure it."""
    started = time.perf_counter()
    try:
        result = step.run(work, params)
    except pl.exceptions.ColumnNotFoundError as error:
        raise StepError(f"{step.title}: column {str(error).splitlines()[0]} is missing.") from error
    after, changed = absorb(work, result)
    report = StepReport(
        name=step.name,
        title=step.title,
        seconds=round(time.perf_counter() - started, 4),
        memory_mb=round(psutil.Process().memory_info().rss / 2**20, 1),
        rows_in=work.table.height,
        rows_out=after.table.height,
        cells_changed=changed,
        findings=result.findings,
        exhibits=result.exhibits,
    )
    return after, report


def absorb(work: Work, result: StepResult) -> tuple[Work, int]:
    """The work after a step, and the number of cells its proposals changed."""
    table, proposals, applied, removed = result.table, work.proposals, work.applied, work.removed
    changed = 0
    if result.proposals is not None and result.proposals.height:
        batch = result.proposals.select(
            pl.col(name).cast(dtype) for name, dtype in PROPOSAL_SCHEMA.items()
        )
        table, written = apply_proposals(table, batch, work.options.tiers)
        proposals, applied = pl.concat([proposals, batch]), pl.concat([applied, written])
        changed = written.height
    if result.removed is not None and result.removed.height:
        gone = result.removed.select(
            pl.col(name).cast(dtype) for name, dtype in REMOVED_SCHEMA.items()
        )
        table = table.join(gone.select(pl.col("row").alias(ROW_ID)), on=ROW_ID, how="anti")
        removed = pl.concat([removed, gone])
    after = replace(
        work,
        table=table,
        findings=work.findings + result.findings,
        proposals=proposals,
        applied=applied,
        removed=removed,
        artifacts={**work.artifacts, **result.artifacts},
    )
    return after, changed
