"""A job that only notes that it began, and our worker made to accept it.

python -m benchmarks.queue_noop   one worker of ours for jobs without a row: what the row costs
                                  is the difference to a drill

Other queues import this module for each job, so that it imports next to nothing itself.
"""

from benchmarks.run_log import note_run

NOOP = "benchmarks.queue_noop.noop"


def noop(label: str) -> None:
    """Append label, process id and time to the run log."""
    note_run(label)


def accept_jobs_without_row() -> None:
    """Allow this function instead of ours, and do not take such jobs out of the queue."""
    from queue_jobs import bell_worker, doorbell

    doorbell.PERFORM = NOOP
    bell_worker.maintain = lambda house: None


if __name__ == "__main__":
    from core import Settings
    from queue_jobs.worker import run_worker

    accept_jobs_without_row()
    run_worker(Settings.from_environment())
