"""The only code that knows RQ and Redis; pages hand in jobs here and workers perform them."""

import os

# Two BLAS threads on two busy cores made small dot products 15 times slower; numpy reads this once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from queue_jobs.job_queue import Doorbell, JobQueue, open_queue

__all__ = ["Doorbell", "JobQueue", "open_queue"]
