"""The vocabulary of the house; everything above speaks it, and it knows nothing above itself."""

from core.errors import (
    AssayError,
    DatasetError,
    IllegalTransition,
    LeaseLost,
    NotFound,
    ParamsError,
    QueueUnavailable,
    StepError,
    Transient,
    UnreadableFile,
)
from core.findings import Exhibit, Finding, Remedy, Severity
from core.params import Column, ColumnPicker, Columns, Hidden, Options, Params
from core.records import Attempt, Dataset, Job, StepProgress, new_id
from core.report import REPORT_JSON, STEP_REPORT_JSON, Report, StepReport
from core.settings import Settings
from core.status import Status
from core.step import Artifact, Step, StepResult, Work, step
from core.table import (
    PROPOSAL_SCHEMA,
    QUARANTINE_SCHEMA,
    REMOVED_SCHEMA,
    ROW_ID,
    Table,
    data_columns,
    patch,
    with_row_ids,
)
from core.transformer import Choice, Outcome, Transformer

__all__ = [
    "PROPOSAL_SCHEMA",
    "QUARANTINE_SCHEMA",
    "REMOVED_SCHEMA",
    "REPORT_JSON",
    "ROW_ID",
    "STEP_REPORT_JSON",
    "Artifact",
    "AssayError",
    "Attempt",
    "Choice",
    "Column",
    "ColumnPicker",
    "Columns",
    "Dataset",
    "DatasetError",
    "Exhibit",
    "Finding",
    "Hidden",
    "IllegalTransition",
    "Job",
    "LeaseLost",
    "NotFound",
    "Options",
    "Outcome",
    "Params",
    "ParamsError",
    "QueueUnavailable",
    "Remedy",
    "Report",
    "Settings",
    "Severity",
    "Status",
    "Step",
    "StepError",
    "StepProgress",
    "StepReport",
    "StepResult",
    "Table",
    "Transformer",
    "Transient",
    "UnreadableFile",
    "Work",
    "data_columns",
    "new_id",
    "patch",
    "step",
    "with_row_ids",
]
