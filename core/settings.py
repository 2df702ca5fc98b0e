"""Settings, declared once: default, environment variable and help in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def setting(default: Any, env: str, help: str) -> Any:
    """Declare a setting with its default, its environment variable and one sentence of help."""
    return field(default=default, metadata={"env": env, "help": help})


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured, read once at start and passed down as a value."""

    data_dir: Path = setting(Path("data"), "DATA_DIR", "Folder for everything the app keeps.")
    redis_url: str = setting("", "REDIS_URL", "Redis of your own; empty starts the embedded one.")
    redis_ca_cert: str = setting("", "REDIS_CA_CERT", "CA file for rediss:// with a private CA.")
    database_url: str = setting("", "DATABASE_URL", "postgresql://…; empty means SQLite.")
    storage_url: str = setting("", "STORAGE_URL", "fsspec URL (s3://…); empty means a folder.")
    use_queue: bool = setting(True, "USE_QUEUE", "false runs jobs on a thread of the web process.")
    workers: int = setting(1, "WORKERS", "Worker processes that the app starts itself.")
    queue: str = setting("assay", "QUEUE", "Name of the RQ queue.")
    lease_seconds: int = setting(45, "LEASE_SECONDS", "A silent worker loses its job after this.")
    job_timeout: int = setting(1800, "JOB_TIMEOUT", "Seconds until a job is stopped.")
    max_failures: int = setting(3, "JOB_MAX_RETRIES", "Attempts that may fail before FAILED.")
    max_upload_mb: int = setting(200, "MAX_UPLOAD_MB", "Largest upload, in megabytes.")
    app_password: str = setting("", "APP_PASSWORD", "Password of the page; empty: this host only.")
    secret_key: str = setting("", "SECRET_KEY", "Signs links and cookies; empty: made and kept.")
    environment: str = setting("development", "ENVIRONMENT", "production writes JSON logs.")
    log_level: str = setting("INFO", "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.")

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
