"""Counters are written last and in one order, so that no two transactions wait for each other."""

import pytest
from sqlalchemy import Insert, event, select, text

from store import tally
from store.schema import tally as tally_table
from tests.store.rows import add_rows


@pytest.fixture
def statements(store):
    """What is executed, each with its rows."""
    seen = []

    def note(connection, statement, rows, row, options):
        seen.append((statement, rows or [row]))

    event.listen(store.database.engine, "before_execute", note)
    yield seen
    event.remove(store.database.engine, "before_execute", note)


def writes_counters(statement):
    return isinstance(statement, Insert) and statement.table is tally_table


def counted(statements):
    """The names of the counters of each statement that writes some."""
    return [
        [row["name"] for row in rows]
        for statement, rows in statements
        if writes_counters(statement)
    ]


def values(store):
    return {name: found[0][1] for name, found in tally.read(store.database).items()}


def count_and_break(store, name):
    with store.database.write() as connection:
        tally.count(connection, name)
        raise RuntimeError


def test_counters_are_written_after_everything_else(store, statements):
    with store.database.write() as connection:
        tally.count(connection, "first_total")
        connection.execute(text("SELECT 1"))
        tally.count(connection, "second_total")
        connection.execute(select(tally_table.c.name))
    assert [writes_counters(statement) for statement, _ in statements] == [False, False, True]


def test_a_new_job_is_counted_by_the_last_statement_of_its_transaction(store, statements):
    add_rows(store)
    assert writes_counters(statements[-1][0])
    assert counted(statements) == [["jobs_received_total"]]


@pytest.mark.parametrize("order", ["abc", "acb", "bac", "bca", "cab", "cba"])
def test_counters_are_written_in_one_order_whatever_was_counted_first(store, statements, order):
    with store.database.write() as connection:
        for name in order:
            tally.count(connection, name)
    assert counted(statements) == [["a", "b", "c"]]


def test_one_counter_with_several_labels_is_written_in_one_order_too(store, statements):
    with store.database.write() as connection:
        for tool in ("profile", "clean"):
            tally.count(connection, "jobs_total", tool=tool)
    [(_, rows)] = [each for each in statements if writes_counters(each[0])]
    assert [row["labels"] for row in rows] == ['{"tool": "clean"}', '{"tool": "profile"}']


def test_what_is_counted_twice_is_written_once(store, statements):
    with store.database.write() as connection:
        tally.count(connection, "jobs_total", 2)
        tally.count(connection, "jobs_total", 3)
    assert counted(statements) == [["jobs_total"]]
    assert values(store) == {"jobs_total": 5}


def test_where_nothing_was_counted_no_counter_is_written(store, statements):
    with store.database.write() as connection:
        connection.execute(text("SELECT 1"))
    assert len(statements) == 1


def test_what_was_rolled_back_is_not_counted_by_the_next_transaction(store, statements):
    with pytest.raises(RuntimeError):
        count_and_break(store, "broken_total")
    assert counted(statements) == []
    tally.add(store.database, "jobs_total")
    assert values(store) == {"jobs_total": 1}
