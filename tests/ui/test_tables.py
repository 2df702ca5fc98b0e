"""Rows of results as people read them."""

import polars as pl
import pytest

from core import ROW_ID
from ui.tables import shown


def test_a_table_without_records_stays_as_it_is():
    frame = pl.DataFrame({"rule": ["trim"], "count": [0]})
    assert shown(frame).equals(frame)


@pytest.mark.parametrize("name", ["row", "survivor", "row_a", "row_b"])
def test_records_count_from_one(name):
    assert shown(pl.DataFrame({name: [0, 7]}))[name].to_list() == [1, 8]


def test_the_number_of_a_record_has_a_plain_name():
    assert shown(pl.DataFrame({ROW_ID: [0]})).to_dict(as_series=False) == {"record": [1]}


def test_a_column_of_the_user_that_is_called_row_keeps_its_texts():
    assert shown(pl.DataFrame({"row": ["0"]}))["row"].to_list() == ["0"]
