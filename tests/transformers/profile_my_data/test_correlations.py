"""Coefficients equal those of pandas over the rows in which both columns have a value."""

import random

import pandas as pd
import pytest

from tests.tables import run, table
from transformers.profile_my_data.correlations import correlations


def coefficients(before):
    [exhibit] = run(correlations, before).exhibits
    return {(record["x"], record["y"]): record["value"] for record in exhibit.records}


def test_one_number_column_has_nothing_to_compare():
    result = run(correlations, table(a=["1.5", "2"], b=["x", "y"]))
    assert (result.findings, result.exhibits) == ((), ())


def test_ids_and_constants_are_left_out():
    before = table(id=["1", "2", "3"], a=["1.5", "2", "4"], b=["7", "7", "7"])
    assert run(correlations, before).exhibits == ()


def test_coefficients_equal_those_of_pandas():
    rng = random.Random(3)
    rows = [[rng.gauss(1e6, 1), rng.random(), rng.gauss(0, 5)] for _ in range(500)]
    cells = [[None if rng.random() < 0.2 else str(v + r[0]) for v in r] for r in rows]
    names = ("a", "b", "c")
    before = table(**dict(zip(names, map(list, zip(*cells, strict=True)), strict=True)))
    expected = pd.DataFrame(cells, columns=names).astype(float).corr()
    found = coefficients(before)
    assert found == pytest.approx({(x, y): expected.loc[x, y] for x in names for y in names})


def test_columns_that_never_meet_have_no_coefficient():
    before = table(a=["1.5", "2.5", None, None], b=[None, None, "1.5", "2.5"])
    assert coefficients(before)["a", "b"] is None


def test_columns_that_move_together_are_reported():
    before = table(net=["1.5", "2", "4"], gross=["3", "4", "8"])
    [finding] = run(correlations, before).findings
    assert (finding.code, finding.columns) == ("correlations.nearly-the-same", ("net", "gross"))


def test_a_wide_table_is_limited_and_says_so():
    before = table(**{f"c{n}": ["1.5", str(n), "9"] for n in range(40)})
    result = run(correlations, before, report_above=1)
    assert len(result.exhibits[0].records) == 900
    assert "correlations.columns-left-out" in [finding.code for finding in result.findings]
