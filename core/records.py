"""What the store keeps about datasets and jobs, as plain values."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.status import Status

PAYLOAD_VERSION = 1
"""Raised when the meaning of a job's parameters changes; an older worker refuses a newer job."""


def new_id() -> str:
    """128 random bits, URL-safe: row key, RQ job id, folder name and URL parameter in one."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True)
class Dataset:
    """One upload. `reading` holds what the user chose (delimiter, encoding, header, sheet).

    `ingest_job_id` is the completed job that read it; `shape` is known from then on. `series_id`
    is the first dataset of a schedule that fetches the same source again and again. Times are
    seconds since the epoch by the database's clock; `files_deleted_at` is set by retention.
    """

    id: str
    owner: str
    name: str
    bytes: int
    sha256: str
    key: str
    reading: Mapping[str, Any]
    ingest_job_id: str | None
    rows: int | None
    columns: int | None
    created_at: float
    series_id: str | None = None
    files_deleted_at: float | None = None


@dataclass(frozen=True)
class Job:
    """One job. `lease_token` and `attempt` fence every write of the worker that runs it.

    `progress` is 0-100, `after_job_id` the job whose completion releases this one, and
    `input_job_id` the job whose table is read instead of the upload.
    """

    id: str
    owner: str
    dataset_id: str
    tool: str
    params: Mapping[str, Any]
    status: Status
    progress: float
    current_step: str | None
    steps_total: int
    steps_done: int
    after_job_id: str | None
    input_job_id: str | None
    reference_dataset_id: str | None
    attempt: int
    failures: int
    max_failures: int
    not_before: float
    lease_token: str | None
    lease_until: float | None
    beat: int
    worker: str | None
    priority: str
    payload_version: int
    artifact_folder: str | None
    error_code: str | None
    error_message: str | None
    summary: Mapping[str, Any]
    created_at: float
    queued_at: float | None
    started_at: float | None
    ended_at: float | None
    updated_at: float
    schedule_id: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One try at a job. `ending` is null while it runs."""

    job_id: str
    number: int
    worker: str
    started_at: float
    ended_at: float | None
    ending: str | None
    message: str | None


@dataclass(frozen=True)
class StepProgress:
    """Where one step of a job is: state waiting, running, done or failed; report as JSON."""

    job_id: str
    attempt: int
    position: int
    name: str
    title: str
    state: str
    seconds: float | None
    report: Mapping[str, Any] | None
