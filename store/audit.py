"""Who did what: an append-only log without any cell value."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from store.database import Database
from store.schema import audit_event as events


@dataclass(frozen=True)
class AuditEvent:
    """One action of a user on an object, at a time by the database's clock."""

    at: float
    user: str
    action: str
    object_id: str | None
    detail: dict[str, Any]


def record(
    database: Database, user: str, action: str, object_id: str | None = None, **detail: Any
) -> None:
    """Append one event; the detail holds names and counts, never data."""
    with database.write() as connection:
        append(connection, database.now(connection), user, action, object_id, **detail)


def append(
    connection: Connection,
    at: float,
    user: str,
    action: str,
    object_id: str | None = None,
    **detail: Any,
) -> None:
    """The same within a transaction."""
    values = {"at": at, "user": user, "action": action, "object_id": object_id, "detail": detail}
    connection.execute(events.insert().values(**values))


def recent(database: Database, limit: int = 100) -> tuple[AuditEvent, ...]:
    """The latest events, the newest first."""
    fields = [events.c[name] for name in AuditEvent.__dataclass_fields__]
    query = select(*fields).order_by(events.c.id.desc()).limit(limit)
    with database.read() as connection:
        return tuple(AuditEvent(**row._mapping) for row in connection.execute(query))
