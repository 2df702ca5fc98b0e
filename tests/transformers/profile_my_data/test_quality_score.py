"""The score counts facts, is led by the worst column, and explains every lost point."""

import pytest

from core import ROW_ID
from tests.tables import run, table
from transformers.profile_my_data.quality_score import grade_of, quality_score

CLEAN = {"a": ["1", "2", "3", "4"], "b": ["x", "y", "z", "w"]}


def evidence(**columns):
    [finding] = run(quality_score, table(**columns)).findings
    return finding.evidence


def test_a_table_without_rows_has_no_score():
    result = run(quality_score, table(a=[]))
    assert [finding.code for finding in result.findings] == ["quality-score.not-scored"]
    assert result.exhibits == ()


def test_a_table_without_columns_has_no_score():
    [finding] = run(quality_score, table(a=["1"]).select(ROW_ID)).findings
    assert finding.code == "quality-score.not-scored"


def test_a_flawless_table_scores_100():
    assert evidence(**CLEAN)["score"] == 100
    assert evidence(**CLEAN)["grade"] == "A"


def test_a_dimension_that_cannot_be_measured_is_absent():
    assert set(evidence(a=["x", "y"])["dimensions"]) == {"completeness", "uniqueness"}
    assert set(evidence(a=["1", "2"])["dimensions"]) == {
        "completeness",
        "conformity",
        "uniqueness",
    }


@pytest.mark.parametrize(
    ("columns", "dimension", "score"),
    [
        ({"a": ["x", None], "b": ["x", "y"]}, "completeness", 100 * (1 - 0.7 * 0.25 - 0.3 * 0.5)),
        ({"a": ["1"] * 39 + ["x"]}, "conformity", 97.5),
        ({"a": ["x", "x", "y", "z"]}, "uniqueness", 75.0),
    ],
)
def test_a_dimension_is_the_mean_led_by_the_worst_column(columns, dimension, score):
    assert evidence(**columns)["dimensions"][dimension] == pytest.approx(score)


def test_the_score_is_the_mean_of_the_dimensions_led_by_the_worst():
    # Completeness 50, uniqueness 75: the mean of 62.5 and the worst, 50.
    found = evidence(a=["x", "y", None, None])
    assert found["dimensions"] == {"completeness": 50.0, "uniqueness": 75.0}
    assert (found["score"], found["grade"]) == (56.2, "F")


def test_every_lost_point_is_explained():
    columns = {"a": ["1"] * 38 + ["x", None], "b": ["y"] * 30 + [None] * 10}
    result = run(quality_score, table(**columns))
    lost = next(exhibit for exhibit in result.exhibits if exhibit.name == "lost-points")
    points = sum(record["points"] for record in lost.records)
    assert points == pytest.approx(100 - result.findings[0].evidence["score"], abs=0.1)
    assert all(record["count"] and record["of"] for record in lost.records)


def test_one_bad_column_is_not_averaged_away():
    columns = {f"c{n}": [str(n), "1"] for n in range(50)}
    assert evidence(**columns, fax=[None, None])["score"] < 90


def test_the_gauge_shows_the_score_first():
    result = run(quality_score, table(**CLEAN))
    assert result.exhibits[0].kind == "gauge"
    assert result.exhibits[0].records[0] == {"label": "quality", "value": 100.0}


@pytest.mark.parametrize(
    ("score", "grade"),
    [(100, "A"), (90, "A"), (89.9, "B"), (80, "B"), (70, "C"), (60, "D"), (59.9, "F"), (0, "F")],
)
def test_grades(score, grade):
    assert grade_of(score) == grade
