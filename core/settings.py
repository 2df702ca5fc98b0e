"""Settings, declared once: default, environment variable and help in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def setting(default: Any, env: str, help: str, *, secret: bool = False) -> Any:
    """Declare a setting with its default, its environment variable and one sentence of help.

    A `secret` one, or one that may hold a password, is left out of the settings' repr.
    """
    return field(default=default, repr=not secret, metadata={"env": env, "help": help})


BOX_MB = 200


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured, read once at start and passed down as a value."""

    data_dir: Path = setting(Path("data"), "DATA_DIR", "Folder for everything the app keeps.")
    redis_url: str = setting(
        "", "REDIS_URL", "Redis of your own; empty starts the embedded one.", secret=True
    )
    redis_ca_cert: str = setting("", "REDIS_CA_CERT", "CA file for rediss:// with a private CA.")
    database_url: str = setting(
        "", "DATABASE_URL", "postgresql://…; empty means SQLite.", secret=True
    )
    storage_url: str = setting("", "STORAGE_URL", "fsspec URL (s3://…); empty means a folder.")
    use_queue: bool = setting(True, "USE_QUEUE", "false runs jobs on a thread of the web process.")
    workers: int = setting(1, "WORKERS", "Worker processes that the app starts itself.")
    queue: str = setting("assay", "QUEUE", "Name of the RQ queue.")
    lease_seconds: int = setting(25, "LEASE_SECONDS", "A silent worker loses its job after this.")
    job_soft_timeout: int = setting(
        1500, "JOB_SOFT_TIMEOUT", "Seconds until a job is asked to stop, between two instructions."
    )
    job_timeout: int = setting(1800, "JOB_TIMEOUT", "Seconds until a job is killed.")
    max_failures: int = setting(3, "JOB_MAX_RETRIES", "Attempts that may fail before FAILED.")
    jobs_per_user: int = setting(0, "JOBS_PER_USER", "Jobs of one user at once; 0: no limit.")
    queue_expiry_h: int = setting(
        24, "QUEUE_EXPIRY_H", "Hours until a waiting job expires; 0: never."
    )
    retention_input_days: int = setting(
        7, "RETENTION_INPUT_DAYS", "Days until an upload that nobody used is deleted; 0: never."
    )
    retention_output_days: int = setting(
        30, "RETENTION_OUTPUT_DAYS", "Days until results are deleted; 0: never."
    )
    retention_metadata_days: int = setting(
        365, "RETENTION_METADATA_DAYS", "Days until ended jobs are forgotten; 0: never."
    )
    worker_max_jobs: int = setting(
        100, "WORKER_MAX_JOBS", "Jobs after which the process that runs them is replaced; 0: never."
    )
    worker_max_memory_mb: int = setting(
        1500,
        "WORKER_MAX_MEMORY_MB",
        "Megabytes after which it is replaced, too; 0: any.",
    )
    job_memory_mb: int = setting(
        0,
        "JOB_MEMORY_MB",
        "Megabytes that one job may take; 0: its share of what is there.",
    )
    shutdown_seconds: int = setting(
        6,
        "SHUTDOWN_SECONDS",
        "Seconds that a job may go on after SIGTERM, then it is queued again.",
    )
    metrics_port: int = setting(
        0, "METRICS_PORT", "Port of a worker's own /metrics on METRICS_HOST; 0: none."
    )
    metrics_host: str = setting("127.0.0.1", "METRICS_HOST", "Address of a worker's /metrics.")
    metrics_token: str = setting(
        "", "METRICS_TOKEN", "Bearer token for /metrics; empty: this host only.", secret=True
    )
    notify_urls: str = setting(
        "", "NOTIFY_URLS", "Apprise URLs (webhook, e-mail) for ended jobs and alerts.", secret=True
    )
    max_upload_mb: int = setting(8192, "MAX_UPLOAD_MB", "Largest upload, in megabytes.")
    upload_quota_mb: int = setting(51200, "UPLOAD_QUOTA_MB", "Megabytes of one user's uploads.")
    upload_expiry_min: int = setting(15, "UPLOAD_EXPIRY_MIN", "Minutes an upload may stand still.")
    read_memory_mb: int = setting(1500, "READ_MEMORY_MB", "Memory for reading a file, megabytes.")
    read_seconds: int = setting(600, "READ_SECONDS", "Seconds until reading a file is stopped.")
    source_hosts: str = setting("", "SOURCE_HOSTS", "Hosts that files may be fetched from.")
    source_buckets: str = setting("", "SOURCE_BUCKETS", "S3 buckets that files may come from.")
    s3_endpoint_url: str = setting("", "S3_ENDPOINT_URL", "S3 server of SOURCE_BUCKETS if not AWS.")
    source_databases: str = setting(
        "", "SOURCE_DATABASES", "JSON: name to URL, to be queried.", secret=True
    )
    source_seconds: int = setting(600, "SOURCE_SECONDS", "Seconds until a fetch is stopped.")
    source_rows: int = setting(5_000_000, "SOURCE_ROWS", "Most rows of a query.")
    app_password: str = setting(
        "", "APP_PASSWORD", "Password of the page; empty: this host only.", secret=True
    )
    secret_key: str = setting(
        "", "SECRET_KEY", "Signs links and cookies; empty: made and kept.", secret=True
    )
    environment: str = setting("development", "ENVIRONMENT", "production writes JSON logs.")
    log_level: str = setting("INFO", "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.")

    @property
    def box_upload_mb(self) -> int:
        """Megabytes for Streamlit's upload box, which keeps a file in memory, unlike chunks."""
        return min(self.max_upload_mb, BOX_MB)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; an empty variable counts as absent.

        Raises ValueError with the variable's name when a number or a switch is none.
        """
        values: dict[str, Any] = {
            item.name: read(item.metadata["env"], environ[item.metadata["env"]], item.default)
            for item in fields(cls)
            if environ.get(item.metadata["env"])
        }
        return cls(**values)


def read(env: str, text: str, default: object) -> bool | int | str | Path:
    """Convert the text of an environment variable to the type of its default."""
    if isinstance(default, bool):
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ValueError(f"{env} must be true or false, not {text!r}.")
        return text.lower() in {"true", "1"}
    if isinstance(default, int):
        if not text.isdigit():
            raise ValueError(f"{env} must be a whole number, not {text!r}.")
        return int(text)
    return Path(text) if isinstance(default, Path) else text
