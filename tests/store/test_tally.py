"""Counters are exact, whoever counts, and grow only with what they count."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import inf

import pytest

from store import tally


def value(store, name, **labels):
    (number,) = (count for known, count in tally.read(store.database)[name] if known == labels)
    return number


def test_a_counter_starts_at_nothing_and_grows(store):
    assert tally.read(store.database) == {}
    tally.add(store.database, "jobs_total", tool="clean")
    tally.add(store.database, "jobs_total", 2, tool="clean")
    tally.add(store.database, "jobs_total", tool="master")
    assert value(store, "jobs_total", tool="clean") == 3
    assert value(store, "jobs_total", tool="master") == 1


def count_and_break(store):
    with store.database.write() as connection:
        tally.count(connection, "jobs_total")
        raise RuntimeError


def test_nothing_is_counted_when_what_it_counts_did_not_happen(store):
    with pytest.raises(RuntimeError):
        count_and_break(store)
    assert tally.read(store.database) == {}


def test_no_count_is_lost_between_threads(store):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tally.add(store.database, "jobs_total"), range(40)))
    assert value(store, "jobs_total") == 40


@pytest.mark.parametrize(
    ("seconds", "le"), [(0.0, "0.1"), (0.1, "0.1"), (0.11, "0.5"), (1800, "1800.0"), (9e9, "+Inf")]
)
def test_a_duration_falls_into_one_bucket(store, seconds, le):
    with store.database.write() as connection:
        tally.observe(connection, "wait", seconds, tool="clean")
    assert tally.read(store.database) == {
        "wait_bucket": [({"le": le, "tool": "clean"}, 1.0)],
        "wait_sum": [({"tool": "clean"}, float(seconds))],
    }


def test_a_duration_below_nothing_is_none(store):
    with store.database.write() as connection:
        tally.observe(connection, "wait", -5.0)
    assert value(store, "wait_sum") == 0.0


def test_the_buckets_grow_and_the_last_holds_everything():
    assert all(low < high for low, high in pairwise(tally.BUCKETS))
    assert tally.BUCKETS[-1] == inf
