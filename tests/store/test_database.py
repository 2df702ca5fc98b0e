"""The schema comes from migrations, writers wait for each other, the clock is the database's."""

import threading
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from core import AssayError, Transient
from store import database as database_module
from store import jobs, open_database
from store.jobs import JobRequest
from store.schema import metadata


def test_migrations_build_exactly_the_schema(store):
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_twice_migrates_once(settings, store):
    again = open_database(settings)
    with again.read() as connection:
        assert connection.execute(text("select count(*) from alembic_version")).scalar() == 1


def test_many_processes_may_open_a_new_database_at_once(settings):
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(open_database(settings))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 5


def test_the_clock_runs_in_fractions_of_a_second(store):
    with store.database.read() as connection:
        assert store.database.now(connection) == pytest.approx(time.time(), abs=2)
        assert store.database.now(connection) % 1 != 0


@pytest.fixture
def sqlite(store):
    if not store.database.is_sqlite:
        pytest.skip("Postgres locks rows, not the database")
    return store


def test_a_writer_waits_for_the_writer_before_it(sqlite):
    store = sqlite
    entered = []

    def write():
        with store.database.write():
            entered.append(time.monotonic())

    with store.database.write():
        other = threading.Thread(target=write)
        other.start()
        time.sleep(0.3)
        released = time.monotonic()
        assert entered == []
    other.join()
    assert entered[0] >= released


def test_readers_go_on_during_a_write(store):
    with store.database.write(), store.database.read() as connection:
        assert store.database.now(connection) > 0


def test_a_lock_that_never_comes_is_a_sentence(settings, sqlite, monkeypatch):
    store = sqlite
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0)
    impatient = open_database_without_migration(settings)
    with store.database.write(), pytest.raises(Transient, match="busy"), impatient.write():
        pass


def open_database_without_migration(settings):
    from sqlalchemy import create_engine, event

    engine = create_engine(database_module.sqlite_url(settings.data_dir))
    event.listen(engine, "connect", database_module.prepare_sqlite)
    event.listen(engine, "begin", database_module.begin_sqlite)
    return database_module.Database(engine)


def test_foreign_keys_are_enforced(store):
    from sqlalchemy.exc import IntegrityError

    from store.schema import attempt

    with pytest.raises(IntegrityError), store.database.write() as connection:
        connection.execute(attempt.insert().values(job_id="no", number=1, worker="w", started_at=0))


def test_a_migration_that_rebuilds_a_table_keeps_the_rows_that_refer_to_it(sqlite, add_dataset):
    database = sqlite.database
    job = jobs.submit(database, JobRequest("local", add_dataset().id, "profile-my-data"))
    with database_module.foreign_keys_off(database) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("dataset", recreate="always") as batch:
            batch.alter_column("name", nullable=True)
    assert jobs.load(database, job.id).id == job.id


def test_a_database_of_a_newer_version_is_a_sentence(settings, store):
    with store.database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(AssayError, match="newer version"):
        open_database(settings)
