"""The one door to the database: SQLite by default, Postgres by DATABASE_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from core import AssayError, Settings, Transient
from store import additions

BUSY_SECONDS = 15

# SQLite before 3.42 has no unixepoch('subsec'): it answers NULL, and a lease would never expire.
SQLITE_NOW = text("SELECT (julianday('now') - 2440587.5) * 86400.0")
POSTGRES_NOW = text("SELECT extract(epoch from clock_timestamp())::float8")


@dataclass(frozen=True)
class Database:
    """An engine, with transactions that wait for the lock instead of failing at once.

    `notifies`: the end of a job also writes a message into the outbox.
    """

    engine: Engine
    notifies: bool = False

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded default."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; in SQLite it goes on during a write.

        Raises Transient when the database cannot be reached.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes. SQLite takes the write lock at once (BEGIN IMMEDIATE).

        A deferred transaction that reads and then writes fails without waiting as soon as
        another writer came first. Raises Transient when the lock is not had in 15 seconds.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            additions.collect(connection)
            yield connection
            additions.write(connection)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                connection = connection.execution_options(sqlite_begin=begin)
                with connection.begin():
                    yield connection
        except OperationalError as error:
            raise Transient("The database is busy or cannot be reached; try again.") from error

    def now(self, connection: Connection) -> float:
        """Seconds since the epoch by the database's own clock."""
        clock = SQLITE_NOW if self.is_sqlite else POSTGRES_NOW
        return float(connection.execute(clock).scalar_one())


def open_database(settings: Settings, *, pooled: bool = True) -> Database:
    """Connect and bring the schema up to date.

    `pooled=False` opens a connection per transaction: for a process that forks, since a
    connection must never cross a fork.
    """
    url = settings.database_url or sqlite_url(settings.data_dir)
    # A server may have been restarted since a connection of the pool was used last.
    options: dict[str, Any] = {"pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    engine = create_engine(
        url.replace("postgres://", "postgresql://", 1), hide_parameters=True, **options
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "begin", begin_sqlite)
    database = Database(engine, bool(settings.notify_urls))
    migrate(database)
    return database


def sqlite_url(folder: Path) -> str:
    """The URL of the embedded database; its folder is made, for this user only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{(folder / 'assay.sqlite3').resolve()}"


def prepare_sqlite(connection: Any, record: Any) -> None:
    """Settings of each SQLite connection; our own BEGIN instead of the driver's."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def begin_sqlite(connection: Connection) -> None:
    """Begin as the execution option says."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN IMMEDIATE"))


def migrate(database: Database) -> None:
    """Apply missing migrations under the database's write lock, one process at a time.

    Raises AssayError when a newer version of Assay has migrated the database further.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
        raise AssayError("The database was made by a newer version of Assay; update this one.")
    with foreign_keys_off(database) as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(7303014)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def foreign_keys_off(database: Database) -> Iterator[Connection]:
    """A writing transaction in which SQLite may rebuild a table.

    A rebuild drops the old table, and with foreign keys on that deletes all rows that refer to
    it. The switch is ignored within a transaction, so it is set on the bare connection before.
    """
    if not database.is_sqlite:
        with database.write() as connection:
            yield connection
        return
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            connection = connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise AssayError(f"A migration would lose rows that {broken[0]} refers to.")
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
