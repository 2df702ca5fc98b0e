"""The only code that knows RQ and Redis; pages hand in jobs here and workers perform them."""

from queue_jobs.job_queue import Doorbell, JobQueue, open_queue

__all__ = ["Doorbell", "JobQueue", "open_queue"]
