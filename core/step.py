"""A step: one pure function from work to result, with its parameters and its title."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from core.findings import Exhibit, Finding
from core.params import Options, Params
from core.table import Table, no_proposals, no_removals

P = TypeVar("P", bound=Params)

Artifact = Table | str
"""A named result of a step: a frame (written as Parquet) or a text (written as UTF-8)."""


@dataclass(frozen=True)
class Work:
    """What a step gets. Steps never change it; the loop makes the next one.

    `table` is the current state, `original` the table as it entered the chain, `reference` a
    second table (a baseline) or none. `proposals` holds everything proposed so far, `applied`
    what of it was written, in order; `removed` the rows that left. `artifacts` are the named
    results of earlier steps, `recipe` the effective parameters of the whole run as JSON, and
    `reading` the user's choices with which the file was read (none: everything was found out).
    """

    table: Table
    original: Table
    reference: Table | None = None
    findings: tuple[Finding, ...] = ()
    proposals: Table = field(default_factory=no_proposals)
    applied: Table = field(default_factory=no_proposals)
    removed: Table = field(default_factory=no_removals)
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    options: Options = Options()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        table: Table,
        reference: Table | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> "Work":
        """The work at the start of a chain."""
        return cls(table=table, original=table, reference=reference, reading=reading or {})


@dataclass(frozen=True)
class StepResult:
    """What a step returns; nothing else leaves it.

    A cleaning rule returns the table as it got it and puts its edits into `proposals` (columns
    of PROPOSAL_SCHEMA); the loop applies those of the accepted tiers. Rows to drop go into
    `removed` (REMOVED_SCHEMA), and the loop drops them. `artifacts` maps a file name to its
    content ("golden.parquet" → frame, "report.html" → text).
    """

    table: Table
    findings: tuple[Finding, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    proposals: Table | None = None
    removed: Table | None = None
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)


@dataclass(frozen=True)
class Step(Generic[P]):
    """A link of a chain. `name` is kebab case; `summary` is the first line of its docstring.

    A `required` step cannot be skipped: without it the chain's result would be incomplete.
    """

    name: str
    title: str
    summary: str
    params: type[P]
    run: Callable[[Work, P], StepResult]
    required: bool = False


def step(
    title: str, params: type[P], *, required: bool = False
) -> Callable[[Callable[[Work, P], StepResult]], Step[P]]:
    """Make a step of a function `(work, params) -> StepResult`. Nothing is registered anywhere."""

    def build(function: Callable[[Work, P], StepResult]) -> Step[P]:
        name = function.__name__.replace("_", "-")
        summary = (function.__doc__ or "").strip().split("\n")[0]
        return Step(name, title, summary, params, function, required)

    return build
