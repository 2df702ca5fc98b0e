"""What can go wrong, as one tree; every message is a sentence a user can act on.

AssayError                 safe to show; carries an error code
├── DatasetError           the file cannot be used as it is
│   └── UnreadableFile       refused before or while reading, with a reason word
├── NotFound               unknown id, or somebody else's
├── ParamsError            a parameter is out of its bounds
├── StepError              a step met a broken contract (a column that is not there)
├── IllegalTransition      the job is not in a state that allows this
├── LeaseLost              another attempt owns the job now
└── Transient              storage or network failed; the same job may succeed later
    └── QueueUnavailable     the doorbell cannot be reached
"""

from typing import Literal

Reason = Literal[
    "empty",
    "not_a_table",
    "invalid_json",
    "corrupt",
    "encrypted",
    "wrong_type",
    "unsupported_type",
    "binary",
    "encoding",
    "too_large",
    "too_large_uncompressed",
    "too_many_columns",
    "line_too_long",
    "too_deep",
    "no_such_sheet",
    "no_such_part",
    "xml_bomb",
    "timeout",
    "out_of_memory",
    "reader_crashed",
    "disk_full",
    "source_refused",
    "source_unavailable",
]

REASON_CODES: dict[str, str] = {
    "too_large": "FILE_TOO_LARGE",
    "timeout": "HARD_TIMEOUT",
    "out_of_memory": "OUT_OF_MEMORY",
    "reader_crashed": "READER_CRASHED",
    "disk_full": "DISK_FULL",
    "source_refused": "SOURCE_REFUSED",
    "source_unavailable": "SOURCE_UNAVAILABLE",
}
"""The error codes of jobs for reasons that are not about what is in the file."""


class AssayError(Exception):
    """A failure with a sentence for the user and a stable code for machines."""

    code = "PROCESSING_ERROR"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class DatasetError(AssayError):
    """The dataset cannot be used: "No rows are left after the filter."."""

    code = "FILE_UNREADABLE"


class UnreadableFile(DatasetError):
    """The file was refused; `reason` is a stable word, the message says what to do."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, code=REASON_CODES.get(reason))
        self.reason = reason


class NotFound(AssayError):
    """An unknown id and somebody else's id answer alike."""

    code = "JOB_NOT_FOUND"


class ParamsError(AssayError):
    """A parameter outside its declaration; the message names the field and its bounds."""

    code = "INVALID_PARAMETERS"


class StepError(AssayError):
    """A step cannot run on this table: "Column 'emial' is not there. Did you mean 'email'?"."""

    code = "STEP_ERROR"


class IllegalTransition(AssayError):
    """The job's status does not allow what was asked."""

    code = "INVALID_JOB_STATE"


class LeaseLost(AssayError):
    """This attempt no longer owns the job; its files must be deleted, nothing published."""

    code = "WORKER_LOST"


class Transient(AssayError):
    """A connection or storage failed; the job is retried with back-off."""

    code = "TRANSIENT_ERROR"


class QueueUnavailable(Transient):
    """Redis cannot be reached; the job row stays QUEUED and is rung again later."""

    code = "QUEUE_UNAVAILABLE"
