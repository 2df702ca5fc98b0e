"""The tables of the database. Migrations build them; this is what queries are written against."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

ID = String(32)

dataset = Table(
    "dataset",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("name", String(255), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("reading", JSON, nullable=False),
    Column("ingest_job_id", ID),
    Column("series_id", ID),
    Column("files_deleted_at", Float),
    Column("rows", Integer),
    Column("columns", Integer),
    Column("created_at", Float, nullable=False),
    Index("ix_dataset_owner_created", "owner", "created_at"),
    Index("ix_dataset_series", "series_id"),
)

job = Table(
    "job",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("dataset_id", ID, ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("params", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False, default=0.0),
    Column("current_step", String(128)),
    Column("steps_total", Integer, nullable=False, default=0),
    Column("steps_done", Integer, nullable=False, default=0),
    Column("after_job_id", ID),
    Column("input_job_id", ID),
    Column("reference_dataset_id", ID),
    Column("schedule_id", ID),
    Column("attempt", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("max_failures", Integer, nullable=False),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("lease_token", String(64)),
    Column("lease_until", Float),
    Column("beat", Integer, nullable=False, default=0),
    Column("worker", String(128)),
    Column("priority", String(16), nullable=False, default="default"),
    Column("payload_version", Integer, nullable=False),
    Column("artifact_folder", String(255)),
    Column("error_code", String(64)),
    Column("error_message", Text),
    Column("summary", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("queued_at", Float),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("updated_at", Float, nullable=False),
    Index("ix_job_turn", "status", "owner", "priority", "queued_at", "not_before"),
    Index("ix_job_owner_created", "owner", "created_at"),
    Index("ix_job_fingerprint", "fingerprint"),
    Index("ix_job_dataset", "dataset_id"),
    Index("ix_job_after", "after_job_id"),
    Index("ix_job_owner_started", "owner", "started_at"),
    Index("ix_job_worker", "worker", "started_at"),
    Index("ix_job_ended", "ended_at"),
    Index("ix_job_schedule", "schedule_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("job_id", ID, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("worker", String(128), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("ending", String(32)),
    Column("message", Text),
)

step_progress = Table(
    "step_progress",
    metadata,
    Column("job_id", ID, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("name", String(128), nullable=False),
    Column("title", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("seconds", Float),
    Column("report", JSON),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("user", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object_id", ID),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_event_at", "at"),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("dataset_id", ID, ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("rule", String(128), nullable=False),
    Column("params", JSON, nullable=False),
    Column("baseline_dataset_id", ID),
    Column("enabled", Boolean, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("last_at", Float),
    Column("last_job_id", ID),
    Column("missed", Integer, nullable=False, default=0),
    Column("error_message", Text),
    Column("created_at", Float, nullable=False),
    Index("ix_schedule_next", "next_at"),
    Index("ix_schedule_dataset", "dataset_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("owner", String(128)),
    Column("payload", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("sent_at", Float),
    Column("error_message", Text),
    Index("ix_outbox_sent", "sent_at", "not_before"),
)

tally = Table(
    "tally",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("labels", String(255), primary_key=True),
    Column("value", Float, nullable=False),
)
