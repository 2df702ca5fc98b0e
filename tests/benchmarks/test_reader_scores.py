"""Ten numbers per file: 10 for a perfect reading, less for each cell that is not right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.children import Outcome
from benchmarks.clean_tables import TABLES, Table
from benchmarks.file_forms import Case
from benchmarks.peers import Loaded
from benchmarks.reader_scores import agreement, normal, scores, total

TRUTH = Table(("id", "name"), (("1", "a"), ("2", "b"), ("3", ""), ("4", "d")))
RIGHT = Loaded(["id", "name"], [("1", "a"), ("2", "b"), ("3", ""), ("4", "d")])


@pytest.mark.parametrize("name", TABLES)
def test_a_perfect_reading_has_ten_points(name):
    table = TABLES[name]()
    assert sum(scores(Loaded(list(table.names), list(table.rows)), table)) == 10


def test_a_refusal_has_none():
    assert sum(scores(None, TRUTH)) == 0


def test_a_file_without_content_is_read_well_by_a_refusal_or_an_empty_table():
    assert sum(scores(None, None)) == sum(scores(Loaded([], []), None)) == 10
    assert sum(scores(RIGHT, None)) == 0


def test_a_crash_on_such_a_file_has_none():
    empty = Case("size", "no payload", b"", None)
    assert [total(Outcome(end), empty) for end in ("refused", "crash", "hang")] == [10, 0, 0]


def test_a_row_that_is_missing_lowers_recall_and_not_precision():
    found = scores(Loaded(RIGHT.names, RIGHT.rows[:3]), TRUTH)
    assert found == [1, 1, 1, 1, 1, 3 / 4, pytest.approx(6 / 7), 1, 5 / 7, pytest.approx(10 / 12)]


def test_a_row_too_many_lowers_precision_and_not_recall():
    found = scores(Loaded(RIGHT.names, [*RIGHT.rows, ("9", "z")]), TRUTH)
    assert found[4:6] == [4 / 5, 1]
    assert found[7:9] == [7 / 9, 1]


def test_a_header_read_as_a_row_costs_the_names_and_some_precision():
    found = scores(Loaded(["column_1", "column_2"], [("id", "name"), *RIGHT.rows]), TRUTH)
    assert found[1:4] == [0, 0, 0]
    assert found[4:6] == [4 / 5, 1]


def test_a_row_read_as_the_header_costs_the_names():
    bare = Table(None, TRUTH.rows)
    assert sum(scores(Loaded(["column_1", "column_2"], RIGHT.rows), bare)) == 10
    assert scores(Loaded(["1", "a"], RIGHT.rows[1:]), bare)[1:4] == [0, 0, 0]


def test_spaces_number_formats_and_empty_cells_at_the_end_make_no_difference():
    loaded = Loaded(
        ["id ", "name", "column_3"], [("1.0", "a ", ""), ("2", "b"), ("3",), ("4e0", "d")]
    )
    assert sum(scores(loaded, TRUTH)) == 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("007", "7", True),
        ("1.50", "1.5", True),
        ("09:30:00", "09:30", True),
        ("a\r\nb", "a\nb", True),
        ("1,5", "1.5", False),
        ("True", "true", False),
        ("123456789012345678901234567890", "123456789012345678901234567891", False),
    ],
)
def test_cells_are_compared_by_what_they_say(one, other, same):
    assert (normal(one) == normal(other)) is same


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_agreement_is_symmetric_and_between_0_and_1(found, wanted):
    precision, recall, both = agreement(found, wanted)
    assert [recall, precision] == agreement(wanted, found)[:2]
    assert 0 <= min(precision, recall) <= both <= max(precision, recall) <= 1
    assert (both == 1) is (sorted(found) == sorted(wanted))
