"""Structured logs: one line per job event, JSON in production and readable on a terminal."""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

from core import AssayError, Job, Settings

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
            where_it_broke,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def where_it_broke(logger: Any, method: str, event: EventDict) -> EventDict:
    """The type of an exception and where it came from; its text may quote cell values."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        frames = "".join(traceback.format_tb(error.__traceback__))
        said = error.message if isinstance(error, AssayError) else "(text withheld)"
        event["exception"] = f"{frames}{type(error).__name__}: {said}"
    return event


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
