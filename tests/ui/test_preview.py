"""What is said about a file that has been read."""

import pytest

from tests.ui.test_chains import job
from ui.preview import MAX_CELL, dialect_line, shape_line, short


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        ({"rows_in": 1, "columns": 3, "rows_rejected": 0}, "1 row · 3 columns"),
        ({"rows_in": 1_204, "columns": 1}, "1,204 rows · 1 column"),
        (
            {"rows_in": 8, "columns": 3, "rows_rejected": 1},
            "8 rows · 3 columns · 1 record set aside",
        ),
    ],
)
def test_the_shape_names_what_was_set_aside(summary, line):
    assert shape_line(job("r", "read-my-data", summary=summary)) == line


def test_a_long_cell_is_cut_on_the_page():
    assert short("x" * (MAX_CELL + 1)) == "x" * MAX_CELL + "…"
    assert [short(cell) for cell in (None, "", "x" * MAX_CELL)] == [None, "", "x" * MAX_CELL]


def test_signs_of_a_file_are_not_markdown():
    assert r"\*" in dialect_line({"delimiter": "*"})
