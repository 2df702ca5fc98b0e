"""Structured logs: one line per job event, JSON in production and readable on a terminal."""

import logging
import sys
from typing import Any

import structlog

from core import Job, Settings

log = structlog.get_logger("assay")


def configure(settings: Settings) -> None:
    """Send all logs to standard error in the form that the environment asks for."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    production = settings.environment == "production"
    last = (
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def log_job(event: str, job: Job, **more: Any) -> None:
    """One line about a job; never a cell value, never a secret."""
    log.info(
        f"job {event}",
        job=job.id,
        tool=job.tool,
        dataset=job.dataset_id,
        user=job.owner,
        status=str(job.status),
        attempt=job.attempt,
        **more,
    )
