"""What a run leaves to read: one report per chain, one part per step, all JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from core.findings import Exhibit, Finding

REPORT_VERSION = 1


@dataclass(frozen=True)
class StepReport:
    """What one step did. `memory_mb` is the resident size of the process after the step."""

    name: str
    title: str
    seconds: float
    memory_mb: float
    rows_in: int
    rows_out: int
    cells_changed: int
    findings: tuple[Finding, ...]
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True)
class Report:
    """What one run of a chain did. `params` are the effective ones, defaults filled in.

    `confidence` is that of a chain that states one (mastering), 0 to 1.
    """

    transformer: str
    version: int
    params: Mapping[str, Any]
    rows_in: int
    rows_out: int
    columns: tuple[str, ...]
    seconds: float
    steps: tuple[StepReport, ...]
    confidence: float | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the most severe first, in step order within a severity."""
        every = [finding for part in self.steps for finding in part.findings]
        return tuple(sorted(every, key=lambda finding: -finding.severity.rank))

    @property
    def alerts(self) -> tuple[Finding, ...]:
        """Findings of medium severity or worse."""
        return tuple(finding for finding in self.findings if finding.is_alert)

    @property
    def recommendations(self) -> tuple[Finding, ...]:
        """Findings that say what to do."""
        return tuple(finding for finding in self.findings if finding.remedy)

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits in step order."""
        return tuple(exhibit for part in self.steps for exhibit in part.exhibits)


REPORT_JSON = TypeAdapter(Report)
STEP_REPORT_JSON = TypeAdapter(StepReport)
