"""What happened and the duty to tell it stand or fall together, and one sender has it at a time."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from store import outbox

AGAIN_AT_ONCE = -1.0


@pytest.fixture
def database(store):
    return store.database


@pytest.fixture
def put(database):
    def put(key="job:1:1", **payload):
        with database.write() as connection:
            outbox.put(connection, key, "job", "ann", payload)

    return put


@pytest.fixture
def impatient(monkeypatch):
    """No pause between attempts."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)


def take(database, seconds=45.0):
    """Claim the one notification that is due."""
    (id,) = outbox.due(database, 10)
    return outbox.claim(database, id, seconds)


def test_nothing_is_told_about_what_was_rolled_back(database):
    with database.write() as connection:
        outbox.put(connection, "job:1:1", "job", "ann", {})
        connection.get_transaction().rollback()
    assert outbox.due(database, 10) == ()


def test_a_notification_comes_out_as_it_was_put_in(database, put):
    put(status="FAILED", seconds=1.5, error_code=None)
    told = take(database)
    assert (told.key, told.kind, told.owner, told.attempts) == ("job:1:1", "job", "ann", 1)
    assert told.payload == {"status": "FAILED", "seconds": 1.5, "error_code": None}
    assert told.accepted == ()


def test_the_same_key_is_told_once(database, put):
    put(status="FAILED")
    put(status="COMPLETED")
    assert take(database).payload == {"status": "FAILED"}
    assert outbox.due(database, 10) == ()


def test_a_key_that_was_sent_is_not_told_again(database, put):
    put()
    outbox.sent(database, take(database, AGAIN_AT_ONCE).id)
    put()
    assert outbox.due(database, 10) == ()


def test_of_many_senders_one_gets_it(database, put):
    put()
    (id,) = outbox.due(database, 10)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: outbox.claim(database, id, 45.0), range(16)))
    assert sum(claim is not None for claim in claims) == 1


def test_what_a_dead_sender_held_is_due_again_when_its_time_is_over(database, put):
    put()
    take(database, AGAIN_AT_ONCE)
    assert take(database).attempts == 2


def test_a_failure_is_tried_again_later_and_says_why(database, put, monkeypatch):
    put()
    outbox.failed(database, take(database), "Address 1 answered with HTTP status 500.")
    assert outbox.due(database, 10) == ()
    monkeypatch.setattr(database.__class__, "now", lambda *_: 4e9)
    assert take(database).attempts == 2


def test_pauses_grow_are_bounded_and_differ():
    pauses = [outbox.pause(attempts) for attempts in range(1, outbox.MOST_ATTEMPTS)]
    assert 11 < pauses[0] < 19
    assert all(before < after for before, after in pairwise(pauses[:6]))
    assert max(pauses) <= 1.25 * outbox.LONGEST_PAUSE
    assert 10 * 3600 < sum(pauses) < 24 * 3600
    assert len({outbox.pause(3) for _ in range(5)}) == 5


@pytest.mark.usefixtures("impatient")
def test_it_is_given_up_after_ten_attempts_and_kept_with_its_error(database, put):
    put()
    for _ in range(outbox.MOST_ATTEMPTS):
        assert outbox.given_up(database, 10) == ()
        outbox.failed(database, take(database), "Address 1 refused.")
    assert outbox.due(database, 10) == ()
    (lost,) = outbox.given_up(database, 10)
    assert (lost.key, lost.error_message) == ("job:1:1", "Address 1 refused.")


def test_one_that_kills_its_sender_each_time_is_given_up_too(database, put):
    put()
    for _ in range(outbox.MOST_ATTEMPTS):
        take(database, AGAIN_AT_ONCE)
    assert outbox.due(database, 10) == ()
    (lost,) = outbox.given_up(database, 10)
    assert "has ended" in lost.error_message


@pytest.mark.usefixtures("impatient")
def test_a_sender_that_is_late_does_not_take_it_from_its_successor(database, put):
    put()
    late = take(database, AGAIN_AT_ONCE)
    take(database)
    outbox.failed(database, late, "Address 1 refused.")
    assert outbox.due(database, 10) == ()


@pytest.mark.usefixtures("impatient")
def test_a_failure_that_comes_late_does_not_undo_that_it_was_sent(database, put):
    put()
    late = take(database)
    outbox.sent(database, late.id)
    outbox.failed(database, late, "Address 1 refused.")
    assert outbox.sweep(database, older_than_days=-1) == 1


@pytest.mark.usefixtures("impatient")
def test_who_has_accepted_is_remembered_beside_what_is_told(database, put):
    put(status="FAILED")
    outbox.failed(database, take(database), "Address 2 refused.", ["first"])
    again = take(database)
    assert (again.accepted, again.payload) == (("first",), {"status": "FAILED"})


def test_the_longest_due_comes_first_and_only_as_many_as_asked_for(database, put):
    for number in range(5):
        put(f"job:{number}:1")
    first = outbox.due(database, 2)
    assert [outbox.claim(database, id, 45.0).key for id in first] == ["job:0:1", "job:1:1"]
    assert len(outbox.due(database, 10)) == 3


@pytest.mark.usefixtures("impatient")
def test_what_is_over_is_swept_and_what_is_to_be_sent_stays(database, put):
    put("sent")
    outbox.sent(database, take(database).id)
    put("given up")
    for _ in range(outbox.MOST_ATTEMPTS):
        outbox.failed(database, take(database), "Address 1 refused.")
    put("waits")
    assert outbox.sweep(database, older_than_days=1) == 0
    assert outbox.sweep(database, older_than_days=-1) == 2
    assert take(database).key == "waits"
