"""A text column gets a type only when nothing is lost silently, and a role that says its use."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformers.columns import cast_column, infer_type, study


def text(*values, name="column"):
    return pl.Series(name, values, dtype=pl.String)


def test_a_column_without_cells_is_empty():
    found = infer_type(text())
    assert (found.kind, found.role, found.non_null, found.conformity) == ("empty", "empty", 0, None)


def test_a_column_of_nulls_and_blanks_is_empty_and_counts_both():
    found = infer_type(text(None, "", "  "))
    assert (found.kind, found.nulls, found.blanks, found.accepted) == ("empty", 1, 2, 0)


def test_free_text_stays_as_it_is():
    column = text("a b", "  c ", None)
    assert cast_column(column, infer_type(column)).to_list() == ["a b", "  c ", None]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["true", "false"], "boolean"),
        (["Yes", "no", "Y"], "boolean"),
        (["F", "F", "M"], "text"),
        (["f", "f"], "text"),
        (["yes", "no", "maybe"], "text"),
        (["1", "0"], "integer"),
        (["1", "-2", " 3 "], "integer"),
        (["9223372036854775807", "1"], "integer"),
        (["1.5", "2", ".5"], "float"),
        (["1e3", "2"], "float"),
        (["2024-02-29", "2024-3-1"], "date"),
        (["2024-02-29 10:11", "2024-02-29 23:59"], "timestamp"),
        (["2024-02-29T10:11:12.5", "2024-02-29T23:59:00"], "timestamp"),
        (["2024-02-30", "2024-13-01"], "text"),
        (["20209905", "20001231"], "integer"),
        (["x", "1"], "text"),
    ],
)
def test_the_type_of(values, kind):
    assert infer_type(text(*values)).kind == kind


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (["01234", "99999"], "leading zeros"),
        (["007"], "leading zeros"),
        (["+49301", "+49302"], "leading zeros"),
        (["01.5", "2.5"], "leading zeros"),
        (["123456789012345678901", "1"], "long digits"),
        (["12345678901234567", "1.5"], "long digits"),
        (["01/02/2020", "03/04/2020"], "ambiguous date"),
    ],
)
def test_what_a_cast_would_garble_stays_text(values, note):
    found = infer_type(text(*values))
    assert (found.kind, found.note, found.rejected) == ("text", note, 0)


@pytest.mark.parametrize("values", [["0.5", "0.25"], ["0", "10"], ["-0.5", "3"]])
def test_a_zero_before_the_point_is_no_leading_zero(values):
    assert infer_type(text(*values)).is_number


@pytest.mark.parametrize("odd", ["nan", "inf", "-Infinity", "1e999", "n/a", "abc"])
def test_a_cell_that_is_no_finite_number_is_rejected_and_shown(odd):
    column = text(*["1.5"] * 40, odd)
    found = infer_type(column)
    assert (found.kind, found.rejected, found.rejected_examples) == ("float", 1, (odd,))
    assert cast_column(column, found)[-1] is None


def test_words_for_nothing_do_not_speak_against_a_type_but_are_counted():
    found = infer_type(text("1", "2", "N/A", "n/a", "unknown"))
    assert (found.kind, found.accepted, found.rejected) == ("integer", 2, 3)


def test_a_column_with_too_many_odd_cells_stays_text():
    found = infer_type(text(*["1"] * 18, "x", "y"))
    assert (found.kind, found.rejected) == ("text", 0)


def test_one_late_fraction_makes_a_long_integer_column_float():
    found = infer_type(text(*["7"] * 9_000, "7.5"))
    assert (found.kind, found.rejected) == ("float", 0)


def test_every_cell_is_counted_once():
    found = infer_type(text(*["1"] * 40, "x", None, None, " "))
    assert (found.accepted, found.rejected, found.nulls, found.blanks) == (40, 1, 2, 1)
    assert (found.non_null, found.conformity) == (42, 40 / 41)


@pytest.mark.parametrize(
    ("values", "format", "expected"),
    [
        (["1,234.50", "950"], "1,234.5", [1234.5, 950.0]),
        (["1.234,50", "3,5"], "1.234,5", [1234.5, 3.5]),
        (["$1,200.5", "-$3"], "$1,234.5", [1200.5, -3.0]),
        (["3,50 €", "4 €"], "€1.234,5", [3.5, 4.0]),
        (["12%", "5 %"], "%1,234.5", [12, 5]),
        (["1,234", "12,34"], "1.234,5", [1.234, 12.34]),
    ],
)
def test_numbers_in_other_notations(values, format, expected):
    column = text(*values)
    found = infer_type(column)
    assert found.format == format
    assert cast_column(column, found).to_list() == expected


@pytest.mark.parametrize(
    ("values", "format"),
    [
        (["13/01/2020", "01/02/2020"], "%d/%m/%Y"),
        (["01/13/2020", "01/02/2020"], "%m/%d/%Y"),
        (["13-01-2020", "01-02-2020"], "%d-%m-%Y"),
        (["01.02.2020", "02.03.2020"], "%d.%m.%Y"),
        (["13/01/20", "14/01/20"], "%d/%m/%y"),
        (["Jan 5, 2020", "January 6, 2020"], "%B %d, %Y"),
        (["05-Jan-2020", "06-Feb-2020"], "%d-%B-%Y"),
        (["20200105", "19991231"], "%Y%m%d"),
    ],
)
def test_the_order_of_day_and_month_follows_from_the_column(values, format):
    found = infer_type(text(*values))
    assert (found.kind, found.format) == ("date", format)


def test_days_that_read_alike_both_ways_are_not_ambiguous():
    assert infer_type(text("01/01/2020", "02/02/2020")).kind == "date"


def test_dates_in_two_formats_stay_text_with_a_note():
    found = infer_type(text("2020-01-05", "2020-01-06", "13/01/2020", "14/01/2020"))
    assert (found.kind, found.note) == ("text", "mixed dates")


def test_dates_and_timestamps_are_cast():
    day, moment = text("05.02.2020"), text("2020-02-05T10:00:00+02:00")
    assert cast_column(day, infer_type(day)).to_list() == [date(2020, 2, 5)]
    cast = cast_column(moment, infer_type(moment))
    assert cast.to_list() == [datetime(2020, 2, 5, 8, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("customer_id", ["17", "4", "99"], "id"),
        ("n", [str(n) for n in range(100, 120)], "id"),
        ("population", ["17", "4", "99"], "measure"),
        ("customer_id", ["17", "17", "99"], "code"),
        ("order", ["AB-100", "AB-101", "AB-102"], "id"),
        ("product", ["AB-100", "AB-101", "AB-101"], "code"),
        ("zip", ["01234", "01234", "99999"], "code"),
        ("active", ["yes", "no"], "flag"),
        ("active", ["0", "1", "1"], "flag"),
        ("city", ["Rome", "Oslo"] * 10, "category"),
        ("comment", ["good stuff", "not so good"], "text"),
        ("price", ["1.5", "2.5"], "measure"),
        ("day", ["2020-01-01", "2020-01-02"], "date"),
        ("day", ["01/02/2020", "03/04/2020"], "date"),
        ("country", ["DE", "DE"], "constant"),
        ("year", ["2020", "2020"], "constant"),
    ],
)
def test_the_role_of(name, values, role):
    assert infer_type(text(*values, name=name)).role == role


def test_distinct_counts_values_not_spellings():
    assert infer_type(text("1.0", "1", "1.00", "2.5")).distinct == 2


CELLS = [None, "", " ", "1", "-2", "3.5", "007", "x", "n/a", "inf", "yes", "no", "2020-01-05", "$5"]


@given(st.lists(st.sampled_from(CELLS), max_size=30))
def test_the_counts_agree_with_the_cast(values):
    column = text(*values)
    found = infer_type(column)
    assert found.nulls + found.blanks + found.accepted + found.rejected == len(column)
    lost = found.blanks + found.rejected if found.kind != "text" else 0
    assert cast_column(column, found).null_count() == found.nulls + lost


@pytest.mark.parametrize(("decimal", "expected"), [(None, [1234, 5678]), (",", [1.234, 5.678])])
def test_the_known_decimal_mark_settles_what_a_comma_means(decimal, expected):
    assert study(pl.Series(["1,234", "5,678"]), decimal).values.to_list() == expected
