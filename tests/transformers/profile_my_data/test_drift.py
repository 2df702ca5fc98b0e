"""Drift is told from chance: what moved is found and quoted, what did not raises no alarm."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import ROW_ID, Severity, Work, with_row_ids
from tests.tables import run, table
from tests.transformers.test_every_step import check_step, tables
from transformers.profile_my_data.drift import LEAST_ROWS, drift


def compared(before, after):
    """The result for a table and its baseline, both given as columns."""
    return run(drift, Work.of(table(**after), table(**before)))


def found(before, after):
    """The findings by code, without the verdict."""
    findings = compared(before, after).findings
    assert [finding.code for finding in findings].count("drift.verdict") == 1
    return {finding.code: finding for finding in findings if finding.code != "drift.verdict"}


def verdict(before, after):
    return compared(before, after).findings[0].evidence["verdict"]


def numbers(count, mean=50.0, spread=10.0, seed=1):
    return [f"{x:.2f}" for x in np.random.default_rng(seed).normal(mean, spread, count)]


def choices(count, weights, seed=1):
    names = [f"c{position}" for position in range(len(weights))]
    return list(np.random.default_rng(seed).choice(names, count, p=np.array(weights)))


def test_without_a_baseline_nothing_is_said():
    result = run(drift, table(a=numbers(200)))
    assert (result.findings, result.exhibits) == ((), ())


def test_a_table_has_not_drifted_from_itself():
    columns = {"n": numbers(200), "c": choices(200, [0.5, 0.5])}
    [only] = compared(columns, columns).findings
    assert only.severity == Severity.INFO
    assert (only.evidence["verdict"], only.evidence["largest_psi"]) == ("stable", 0.0)


@st.composite
def populations(draw):
    """A table of 200 to 3,000 rows with columns of all kinds, also awkward ones."""
    rows = draw(st.integers(200, 3_000))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    few, many = draw(st.integers(2, 40)), draw(st.integers(50, 2_000))
    rare = draw(st.floats(0.001, 0.5))
    columns = {
        "normal": rng.normal(0, 1, rows).round(3),
        "skewed": rng.pareto(1, rows),
        "whole": rng.integers(0, few, rows),
        "mostly zero": np.where(rng.random(rows) < rare, rng.normal(9, 3, rows).round(1), 0),
        "few": rng.integers(0, few, rows).astype(str),
        "many": rng.zipf(1.5, rows) % many,
        "names": rng.integers(0, many, rows),
        "key": np.arange(rows),
    }
    texts = {name: pl.Series(values).cast(pl.String) for name, values in columns.items()}
    texts["few"] = "f" + texts["few"]
    texts["names"] = "name " + texts["names"]
    gaps = pl.Series(rng.random(rows) < rare)
    texts["gaps"] = texts["few"].set(gaps, None)
    texts["mixed"] = texts["whole"].set(gaps, "x")
    frame = pl.DataFrame(texts)
    return frame.sample(fraction=1, shuffle=True, seed=draw(st.integers(0, 2**32)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=populations(), share=st.floats(0.2, 0.8))
def test_two_random_parts_of_a_table_raise_no_alarm(frame, share):
    cut = int(share * frame.height)
    before, after = with_row_ids(frame[:cut]), with_row_ids(frame[cut:])
    findings = run(drift, Work.of(after, before)).findings
    alarms = [f.message for f in findings if f.is_alert and f.code != "drift.rows-changed"]
    assert alarms == []


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(300, 3_000), by=st.floats(1, 5))
def test_a_column_that_moved_by_a_deviation_is_an_alarm(seed, count, by):
    before = numbers(count, 0, 1, seed)
    after = numbers(count, by, 1, seed + 1)
    shifted = found({"n": before}, {"n": after})["drift.shifted"]
    assert shifted.severity == Severity.HIGH


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=tables(), after=tables())
def test_any_two_tables_can_be_compared(before, after):
    check_step(drift, Work.of(after, before))


def test_a_shifted_number_is_told_with_its_figures():
    shifted = found({"n": numbers(1_000, 50)}, {"n": numbers(1_000, 56, seed=2)})["drift.shifted"]
    assert shifted.columns == ("n",)
    evidence = shifted.evidence
    assert f"PSI {evidence['psi']:.3f} over 10 bins (p < 0.0001)" in shifted.message
    assert "mean 49.46 to 55.78" in shifted.message
    assert f"KS {evidence['ks']:.3f}" in shifted.message


@pytest.mark.parametrize(
    ("weights", "severity"),
    [([0.5, 0.5], None), ([0.34, 0.66], Severity.MEDIUM), ([0.2, 0.8], Severity.HIGH)],
)
def test_the_severity_follows_the_index(weights, severity):
    before = {"c": ["a"] * 500 + ["b"] * 500}
    after = {"c": ["a"] * int(1_000 * weights[0]) + ["b"] * int(1_000 * weights[1])}
    shifted = found(before, after).get("drift.shifted")
    assert (shifted.severity if shifted else None) == severity


def test_more_missing_cells_are_a_shift():
    after = {"n": [None] * 300 + numbers(700)}
    shifted = found({"n": numbers(1_000)}, after)["drift.shifted"]
    assert "most in '(missing)' from 0.0% to 30.0%" in shifted.message
    assert shifted.evidence["missing"] == [0, 300]


def test_a_column_that_was_empty_and_is_filled_now_has_shifted():
    assert verdict({"n": [None] * 200}, {"n": numbers(200)}) == "major drift"


def test_a_constant_that_varies_now_has_shifted():
    assert verdict({"n": ["5"] * 200}, {"n": numbers(200, 0, 1)}) == "major drift"


def test_values_that_are_new_or_gone_are_listed():
    before = {"c": ["a"] * 400 + ["b"] * 100}
    after = {"c": ["a"] * 400 + ["z"] * 100}
    both = found(before, after)
    assert "'c' holds 1 value that the baseline does not have" in both["drift.new-values"].message
    assert "100 of 500 cells (20.0%): 'z' (100)" in both["drift.new-values"].message
    assert "'b' (100)" in both["drift.lost-values"].message
    assert both["drift.new-values"].severity == Severity.MEDIUM


def test_a_rare_new_value_is_no_alarm():
    columns = {"c": choices(500, [0.6, 0.4])}
    new = found(columns, {"c": [*columns["c"][1:], "z"]})["drift.new-values"]
    assert new.severity == Severity.LOW


def test_a_column_that_is_no_number_any_more_is_told_once():
    after = {"n": [*numbers(150), *["see note"] * 150]}
    findings = found({"n": numbers(300)}, after)
    assert set(findings) == {"drift.type-changed"}
    assert "'n' is float in the baseline, but 50.0%" in findings["drift.type-changed"].message


def test_whole_numbers_that_got_decimals_are_still_numbers():
    whole = [str(number % 50) for number in range(500)]
    assert found({"n": whole}, {"n": [f"{text}.0" for text in whole]}) == {}


def test_numbers_are_read_in_the_notation_of_the_baseline():
    before = {"n": [f"{number % 97},5" for number in range(500)]}
    after = {"n": [f"{number % 97},50" for number in range(500)]}
    assert found(before, after) == {}


def test_dates_and_keys_may_be_new_every_time():
    days = pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 12, 31), eager=True)
    before = {"day": days.cast(pl.String).to_list(), "id": [str(n) for n in range(365)]}
    later = days.dt.offset_by("1y").cast(pl.String).to_list()
    after = {"day": later, "id": [str(n) for n in range(9_000, 9_365)]}
    assert found(before, after) == {}


def test_columns_that_came_or_went_are_named():
    same = numbers(100)
    findings = found({"n": same, "old": same}, {"n": same, "new": same})
    assert findings["drift.columns-gone"].severity == Severity.HIGH
    assert "1 column, 'old'" in findings["drift.columns-gone"].message
    assert findings["drift.columns-added"].columns == ("new",)


@pytest.mark.parametrize(
    ("before", "after", "alarm"),
    [(100, 99, False), (100, 50, True), (100, 200, True), (9, 3, False)],
)
def test_half_or_twice_as_many_rows_are_an_alarm(before, after, alarm):
    rows = found({"n": numbers(before)}, {"n": numbers(after)})["drift.rows-changed"]
    assert rows.is_alert == alarm
    assert rows.evidence == {"before": before, "after": after}


def test_few_rows_are_said_and_raise_no_alarm():
    few = LEAST_ROWS - 1
    [only] = compared({"n": numbers(few)}, {"n": numbers(few, 500)}).findings
    assert only.evidence["verdict"] == "too few rows"
    assert "49 rows" in only.message


def test_every_column_has_its_line_the_worst_first():
    before = {"calm": numbers(500), "moved": numbers(500), "day": ["2024-05-06"] * 500}
    lines, bars = compared(before, before | {"moved": numbers(500, 90)}).exhibits
    assert [(line["column"], line["verdict"]) for line in lines.records] == [
        ("moved", "major drift"),
        ("calm", "stable"),
        ("day", "stable"),
    ]
    assert "'moved'" in bars.title
    assert sum(bar["before"] for bar in bars.records) == pytest.approx(100, abs=0.1)


def test_the_tables_are_left_alone():
    before, after = table(n=numbers(100)), table(n=numbers(100, 90))
    copies = before.clone(), after.clone()
    result = run(drift, Work.of(after, before))
    assert before.equals(copies[0])
    assert after.equals(copies[1])
    assert result.table.columns == [ROW_ID, "n"]
