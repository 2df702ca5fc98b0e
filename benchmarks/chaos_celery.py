"""Celery as its documentation says for tasks that must not be lost; the rest is its default."""

import os

from celery import Celery  # type: ignore[import-untyped]

from benchmarks.chaos_tasks import BROKER, task
from benchmarks.queue_noop import noop

app = Celery("drill", broker=os.environ.get(BROKER), backend=os.environ.get(BROKER))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)

run = app.task(task, name="drill")
nothing = app.task(noop, name="noop", ignore_result=True)
