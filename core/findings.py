"""What a step has to say: findings in sentences, exhibits as chart data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

MAX_EXHIBIT_RECORDS = 1_000

Kind = Literal["bars", "columns", "comparison", "gauge", "heatmap", "histogram", "table"]


class Severity(StrEnum):
    """One vocabulary for all findings, mildest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical, so that findings can be sorted."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Remedy:
    """What to do about a finding: advice that starts with a verb, and the chain that does it."""

    advice: str
    tool: str | None = None


@dataclass(frozen=True)
class Finding:
    """One observation about the data.

    `code` is stable kebab case, prefixed with its step: "null-words.found". `message` is one
    sentence with column and numbers. `rows` counts the rows concerned. `evidence` repeats the
    numbers for tests and charts and must be JSON.
    """

    code: str
    severity: Severity
    message: str
    columns: tuple[str, ...] = ()
    rows: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: Remedy | None = None

    @property
    def is_alert(self) -> bool:
        """An alert is a finding of medium severity or worse."""
        return self.severity.rank >= Severity.MEDIUM.rank


@dataclass(frozen=True)
class Exhibit:
    """Chart data only: at most 1,000 flat records. `ui/charts.py` draws one function per kind.

    Fields by kind: bars {label, value}; histogram {column, start, end, count}; heatmap {x, y,
    value}; gauge {label, value (0-100)}; comparison {label, before, after}; columns one record
    per column of the dataset; table any flat records.
    """

    name: str
    title: str
    kind: Kind
    records: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        if len(self.records) > MAX_EXHIBIT_RECORDS:
            raise ValueError(f"exhibit '{self.name}' has {len(self.records)} records, over 1,000")
