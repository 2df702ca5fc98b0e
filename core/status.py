"""The life of a job: nine statuses, and the one table of what may follow what."""

from enum import StrEnum

from core.errors import IllegalTransition


class Status(StrEnum):
    """Where a job is in its life."""

    CREATED = "CREATED"
    UPLOADING = "UPLOADING"
    UPLOAD_FAILED = "UPLOAD_FAILED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_final(self) -> bool:
        """True when nothing will happen any more, unless the user asks for a retry."""
        return self in FINAL


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    # A job on a dataset that is already held goes straight to QUEUED; a chained one waits in
    # CREATED until the job before it has completed.
    Status.CREATED: frozenset({Status.UPLOADING, Status.QUEUED, Status.CANCELLED, Status.EXPIRED}),
    Status.UPLOADING: frozenset(
        {Status.UPLOAD_FAILED, Status.QUEUED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.UPLOAD_FAILED: frozenset(
        {Status.UPLOADING, Status.QUEUED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.QUEUED: frozenset({Status.PROCESSING, Status.FAILED, Status.CANCELLED, Status.EXPIRED}),
    Status.PROCESSING: frozenset(
        {Status.COMPLETED, Status.FAILED, Status.QUEUED, Status.CANCELLED}
    ),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


def sources(target: Status) -> tuple[Status, ...]:
    """The statuses from which a job may go to `target`."""
    return tuple(status for status, allowed in TRANSITIONS.items() if target in allowed)


def check_transition(before: Status, after: Status) -> None:
    """Raise IllegalTransition unless a job may go from `before` to `after`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"A job that is {before} cannot become {after}.")
