"""Every figure equals that of DuckDB or numpy; what is not defined is null, never zero."""

import json
import math
import random

import duckdb
import numpy as np
import polars as pl
import pytest

from core import Severity, Work, with_row_ids
from tests.tables import assert_table, run, table
from transformers.profile_my_data.column_statistics import column_statistics
from transformers.profile_my_data.facts import profile_of


def profile(before):
    return json.loads(run(column_statistics, before).artifacts["profile.json"])


def column(*values, name="a"):
    return profile(table(**{name: list(values)}))["columns"][0]


def codes(result):
    return [finding.code for finding in result.findings]


def test_a_table_without_columns_has_no_statistics():
    result = run(column_statistics, with_row_ids(pl.DataFrame()))
    assert (result.findings, result.exhibits) == ((), ())
    assert profile(with_row_ids(pl.DataFrame())) == {"version": 1, "rows": 0, "columns": []}


def test_the_table_is_left_as_it_is():
    before = table(a=["1", None], b=["x", ""])
    assert_table(run(column_statistics, before).table, before)


@pytest.mark.parametrize("values", [[], [None], [None, " "]])
def test_an_empty_column_has_nulls_for_statistics(values):
    found = column(*values)
    names = ["min", "max", "mean", "std", "skew", "kurtosis", "quantiles", "zeros", "lengths"]
    assert [found[name] for name in names] == [None] * len(names)
    assert (found["distinct"], found["top_values"]) == (0, [])


@pytest.mark.parametrize(
    ("values", "defined"),
    [
        (["5"], {"mean"}),
        (["5", "5", "5", "5"], {"mean", "std"}),
        (["5", "6"], {"mean", "std"}),
        (["5", "6", "8"], {"mean", "std", "skew"}),
        (["5", "6", "8", "1"], {"mean", "std", "skew", "kurtosis"}),
    ],
)
def test_moments_of_few_values_are_null_when_undefined(values, defined):
    found = column(*values)
    assert {m for m in ("mean", "std", "skew", "kurtosis") if found[m] is not None} == defined


def numbers(kind, size=5_000):
    rng = random.Random(7)
    draw = {"integer": lambda: rng.randint(-50, 400), "float": lambda: round(rng.gauss(3, 9), 4)}
    return [str(draw[kind]()) if rng.random() > 0.1 else None for _ in range(size)]


REFERENCE = """
    select min(v) as min, max(v) as max, avg(v) as mean, stddev_samp(v) as std,
        skewness(v) as skew, kurtosis(v) as kurtosis, count(distinct v) as distinct,
        count(*) - count(v) as nulls, count(*) filter (v = 0) as zeros,
        count(*) filter (v < 0) as negatives,
        quantile_cont(v, [0.05, 0.25, 0.5, 0.75, 0.95]) as quantiles
    from (select cast(a as {kind}) as v from cells)
"""


@pytest.mark.parametrize(("kind", "sql"), [("integer", "bigint"), ("float", "double")])
def test_number_statistics_equal_those_of_duckdb(kind, sql):
    values = numbers(kind)
    found = column(*values)
    cells = pl.DataFrame({"a": values})
    expected = duckdb.sql(REFERENCE.format(kind=sql)).pl().row(0, named=True)
    assert list(found["quantiles"].values()) == pytest.approx(expected.pop("quantiles"), rel=1e-9)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert cells.height == found["count"] + found["nulls"]


def test_the_commonest_values_are_ranked_by_count_then_value():
    values = numbers("integer")
    found = column(*values)["top_values"]
    kept = [int(value) for value in values if value]
    ranked = sorted(set(kept), key=lambda value: (-kept.count(value), value))[:10]
    assert found == [{"value": value, "count": kept.count(value)} for value in ranked]


def test_the_histogram_equals_that_of_numpy():
    values = numbers("float")
    bars = column(*values)["histogram"]
    counts, edges = np.histogram([float(v) for v in values if v], bins=30)
    assert [bar["count"] for bar in bars] == counts.tolist()
    assert [bar["start"] for bar in bars] == pytest.approx(edges[:-1].tolist())


def test_integers_of_a_small_range_get_one_bar_each():
    bars = column("1", "3", "3")["histogram"]
    assert [(bar["start"], bar["end"], bar["count"]) for bar in bars] == [
        (1, 2, 1),
        (2, 3, 0),
        (3, 4, 2),
    ]


@pytest.mark.parametrize(
    "values", [["-0.0", "0.0", "1.5"], ["1e300", "-1e300", "1.5"], ["0.1"] * 9]
)
def test_odd_numbers_give_finite_figures_or_null(values):
    found = column(*values)
    figures = [found[m] for m in ("mean", "std", "skew", "kurtosis")]
    assert all(figure is None or math.isfinite(figure) for figure in figures)


def test_negative_and_positive_zero_are_one_value():
    assert column("-0.0", "0.0", "1.5")["distinct"] == 2


def test_integers_that_json_would_round_are_written_as_text():
    found = column("9223372036854775807", "1", name="total")
    assert (found["min"], found["max"]) == (1, "9223372036854775807")


def test_dates_are_written_as_text():
    found = column("2020-01-01", "2020-01-03", "2020-01-03")
    assert (found["min"], found["max"], found["mean"]) == ("2020-01-01", "2020-01-03", "2020-01-02")
    assert found["quantiles"]["p50"] == "2020-01-03"
    assert found["histogram"][0] == {"start": "2020-01-01", "end": "2020-01-02", "count": 1}


def test_timestamps_keep_their_time():
    found = column("2020-01-01 10:00:00", "2020-01-01 12:00:00")
    assert (found["min"], found["mean"]) == ("2020-01-01 10:00:00", "2020-01-01 11:00:00")


def test_lengths_are_counted_in_characters_over_cells():
    lengths = column("äöü", "äöü", "a b c", "x")["lengths"]
    assert lengths == {"min": 1, "max": 5, "mean": 3.0}


def test_masks_show_the_shapes_of_texts():
    masks = column("AB-12 x", "CD-34 yy", "Zoë")["masks"]
    assert masks == [{"mask": "A-99 a", "count": 2}, {"mask": "Aau", "count": 1}]


def test_long_values_are_cut():
    found = column("x" * 5_000, "y")
    assert len(found["max"]) == 1
    assert len(found["min"]) == 200


def test_the_overview_has_one_record_per_column():
    [exhibit] = run(column_statistics, table(a=["1", None], b=["x", "y"])).exhibits
    assert exhibit.kind == "columns"
    assert [(r["column"], r["type"], r["missing"]) for r in exhibit.records] == [
        ("a", "integer", 0.5),
        ("b", "text", 0.0),
    ]


def test_a_very_wide_table_keeps_all_columns_in_the_document():
    result = run(column_statistics, table(**{f"c{n}": [None] for n in range(1_100)}))
    assert len(json.loads(result.artifacts["profile.json"])["columns"]) == 1_100
    assert len(result.exhibits[0].records) == 1_000


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([None, ""], "empty-column"),
        (["x", "x"], "constant-column"),
        ([*map(str, range(100, 150)), "abc"], "rejected-cells"),
        (["01/02/2020", "03/04/2020"], "ambiguous-dates"),
        (["2020-01-05", "13/01/2020", "2020-01-06", "14/01/2020"], "mixed-dates"),
        (["007", "013", "013"], "codes-kept-as-text"),
    ],
)
def test_what_an_analyst_should_know_is_found(values, code):
    assert codes(run(column_statistics, table(a=values))) == [f"column-statistics.{code}"]


def test_rejected_cells_are_an_alert_with_a_remedy():
    [finding] = run(column_statistics, table(age=[*map(str, range(20, 60)), "old"])).findings
    assert finding.message == "'age' is integer, but 1 of 41 filled cells are not: 'old'."
    assert (finding.severity, finding.rows) == (Severity.MEDIUM, 1)
    assert finding.remedy is not None
    assert finding.remedy.tool == "clean-my-data"


def test_the_profile_survives_json():
    before = table(a=["1", "2.5"], b=["x", None], c=["2020-01-01", "2020-01-02"])
    document = run(column_statistics, before).artifacts
    stored = Work(before, before, artifacts=document)
    assert profile_of(stored) == profile_of(Work.of(before))
