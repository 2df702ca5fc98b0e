"""Pairs of the same person get a high probability, and the band says what to do with it."""

import polars as pl
import pytest

from core import ParamsError, Table
from tests.tables import run, table
from tests.transformers.master_my_data.people import people, worked
from transformers.master_my_data import MASTER
from transformers.master_my_data.bands import PAIRS_SCHEMA
from transformers.master_my_data.score_pairs import score_pairs

PEOPLE, WHO = people()


def scored(before: Table, **params: float) -> Table:
    found = run(score_pairs, worked(before, "score-pairs"), **params).artifacts["pairs.parquet"]
    assert isinstance(found, pl.DataFrame)
    return found


def test_without_candidates_there_are_no_pairs() -> None:
    found = scored(table(name=["Ann Lee"]))
    assert found.height == 0
    assert dict(found.schema) == PAIRS_SCHEMA


def test_pairs_of_one_person_are_likelier_than_others() -> None:
    found = scored(PEOPLE)
    same = pl.Series([WHO[a] == WHO[b] for a, b in found.select("row_a", "row_b").iter_rows()])
    assert found.filter(same)["probability"].min() > 0.5
    assert found.filter(same).height == 30
    unlike = found.filter(~same, pl.col("probability") >= 0.5)
    assert unlike.height <= 3


def test_a_probability_is_one_and_its_band_follows_the_bounds() -> None:
    found = scored(PEOPLE, match_from=0.95, review_from=0.2)
    assert found["probability"].is_between(0, 1).all()
    bands = found.filter(pl.col("probability") >= 0.95)["band"]
    assert set(bands) == {"match"}
    assert "match" not in set(found.filter(pl.col("probability") < 0.95)["band"])


def test_the_table_is_only_read() -> None:
    result = run(score_pairs, worked(PEOPLE, "score-pairs"))
    assert result.table.equals(PEOPLE)


def test_the_review_band_must_end_where_the_match_band_begins() -> None:
    with pytest.raises(ParamsError, match="review_from"):
        MASTER.choose({"score-pairs": {"match_from": 0.6, "review_from": 0.8}})
