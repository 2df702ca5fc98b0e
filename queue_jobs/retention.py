"""Deletes what is older than its retention: uploads, results, rows, and files without a row."""

from dataclasses import asdict, dataclass

from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from store import Artifacts, kept, outbox

DAY = 86_400.0


@dataclass(frozen=True)
class Deleted:
    """How many folders were deleted: of results, of uploads, of rows, and that no row named."""

    results: int
    uploads: int
    rows: int
    nameless: int

    @property
    def is_all(self) -> bool:
        """False when there may be more: so many go at a time."""
        return max(self.results, self.uploads, self.rows) < kept.MOST


def remove(artifacts: Artifacts, key: str) -> None:
    """Delete a folder; one that cannot be deleted now is no reason to keep the others."""
    try:
        artifacts.remove(key)
    except OSError as error:
        log.warning("files left", key=key, reason=error.strerror)


def retain(queue: JobQueue) -> Deleted:
    """Delete what has outlived the settings' RETENTION_* days. Raises Transient.

    First the rows say that files are gone, then the files go: what a killed process leaves
    between the two has no row and is found the next time.
    """
    database, settings, artifacts = queue.store.database, queue.settings, queue.store.artifacts
    results = kept.forget_results(database, settings.retention_output_days * DAY)
    uploads = kept.forget_uploads(database, settings.retention_input_days * DAY)
    rows = kept.forget_rows(database, settings.retention_metadata_days * DAY)
    nameless = kept.nameless(database, artifacts)
    if settings.retention_metadata_days:
        outbox.sweep(database, settings.retention_metadata_days)
    for key in {*results, *uploads, *rows, *nameless}:
        remove(artifacts, key)
    deleted = Deleted(len(results), len(uploads), len(rows), len(nameless))
    log.info("retention", **asdict(deleted))
    return deleted
