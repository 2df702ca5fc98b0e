"""Figures about what is kept, sent and scheduled."""

import pytest

from core import new_id
from store import outbox, tally, upkeep
from store.schema import dataset as dataset_table
from store.schema import outbox as outbox_table
from store.schema import schedule as schedule_table
from store.upkeep import Outbox, Schedules, Uploads


def now(store):
    with store.database.read() as connection:
        return store.database.now(connection)


def test_an_empty_store_has_only_zeros(store):
    assert upkeep.uploads(store.database) == Uploads(0, 0, 0)
    assert upkeep.notifications(store.database) == Outbox(0, 0)
    assert upkeep.schedules(store.database) == Schedules(0, 0, 0, 0)
    assert upkeep.totals(store.database, ["jobs_retried_total"]) == {"jobs_retried_total": 0.0}


def test_uploads_are_those_whose_file_is_here(store, add_dataset):
    add_dataset(b"1234")
    today, earlier = add_dataset(b"12345"), add_dataset(b"123456")
    for row, hours in ((today, 1), (earlier, 30)):
        with store.database.write() as connection:
            gone = dataset_table.update().where(dataset_table.c.id == row.id)
            connection.execute(gone.values(files_deleted_at=now(store) - hours * 3600))
    assert upkeep.uploads(store.database) == Uploads(kept=1, bytes=4, deleted=1)


def test_an_upload_that_has_not_arrived_is_not_counted(store, add_dataset):
    add_dataset()
    with store.database.write() as connection:
        connection.execute(dataset_table.update().values(sha256=""))
    assert upkeep.uploads(store.database).kept == 0


def test_notifications_wait_until_they_are_sent_or_given_up(store):
    for number in range(4):
        with store.database.write() as connection:
            outbox.put(connection, f"job:{number}:1", "job", "ann", {})
    sent, given_up, *_ = outbox.due(store.database, 9)
    outbox.sent(store.database, sent)
    with store.database.write() as connection:
        row = outbox_table.update().where(outbox_table.c.id == given_up)
        connection.execute(row.values(attempts=outbox.MOST_ATTEMPTS))
    assert upkeep.notifications(store.database) == Outbox(waiting=2, given_up=1)


@pytest.fixture
def schedule(store, add_dataset):
    """Adds the row of a schedule."""

    def add(**values):
        row = {
            "id": new_id(),
            "owner": "ann",
            "dataset_id": add_dataset().id,
            "rule": "every 24 hours",
            "params": {},
            "enabled": True,
            "next_at": 1.0,
            "missed": 0,
            "created_at": 0.0,
        }
        with store.database.write() as connection:
            connection.execute(schedule_table.insert().values(row | values))

    return add


def test_schedules_say_how_many_are_paused_failing_and_missed(store, schedule):
    schedule(missed=2)
    schedule(enabled=False)
    schedule(error_message="The source did not answer.", missed=1)
    found = upkeep.schedules(store.database)
    assert found == Schedules(total=3, paused=1, failing=1, missed=3)


def test_a_total_adds_up_all_labels(store):
    tally.add(store.database, "reconciled_total", 2, what="rung")
    tally.add(store.database, "reconciled_total", 3, what="expired")
    tally.add(store.database, "bytes_ingested_total", 9)
    assert upkeep.totals(store.database, ["reconciled_total"]) == {"reconciled_total": 5.0}
