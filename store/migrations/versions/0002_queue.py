"""Schedules, outgoing messages, tallies, and what fair order and retention look up."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("dataset", sa.Column("series_id", sa.String(length=32), nullable=True))
    op.add_column("dataset", sa.Column("files_deleted_at", sa.Float(), nullable=True))
    op.create_index("ix_dataset_series", "dataset", ["series_id"], unique=False)
    op.add_column("job", sa.Column("schedule_id", sa.String(length=32), nullable=True))
    op.drop_index("ix_job_status", table_name="job")
    op.create_index(
        "ix_job_turn",
        "job",
        ["status", "owner", "priority", "queued_at", "not_before"],
        unique=False,
    )
    op.create_index("ix_job_owner_started", "job", ["owner", "started_at"], unique=False)
    op.create_index("ix_job_worker", "job", ["worker", "started_at"], unique=False)
    op.create_index("ix_job_ended", "job", ["ended_at"], unique=False)
    op.create_index("ix_job_schedule", "job", ["schedule_id"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("dataset_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("baseline_dataset_id", sa.String(length=32), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=True),
        sa.Column("last_job_id", sa.String(length=32), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_schedule_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_next", "schedule", ["next_at"], unique=False)
    op.create_index("ix_schedule_dataset", "schedule", ["dataset_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_sent", "outbox", ["sent_at", "not_before"], unique=False)
    op.create_table(
        "tally",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("labels", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_tally")),
    )


def downgrade() -> None:
    op.drop_table("tally")
    op.drop_index("ix_outbox_sent", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_schedule_dataset", table_name="schedule")
    op.drop_index("ix_schedule_next", table_name="schedule")
    op.drop_table("schedule")
    op.drop_index("ix_job_schedule", table_name="job")
    op.drop_index("ix_job_worker", table_name="job")
    op.drop_index("ix_job_ended", table_name="job")
    op.drop_index("ix_job_owner_started", table_name="job")
    op.drop_index("ix_job_turn", table_name="job")
    op.create_index("ix_job_status", "job", ["status"], unique=False)
    op.drop_column("job", "schedule_id")
    op.drop_index("ix_dataset_series", table_name="dataset")
    op.drop_column("dataset", "files_deleted_at")
    op.drop_column("dataset", "series_id")
