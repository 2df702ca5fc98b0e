"""Each kind of exhibit becomes a figure or a table."""

from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from core.findings import Kind
from ui import charts
from ui.record_table import even

RECORDS = {
    "bars": [{"label": "<b>x</b>", "value": 3}, {"label": "y", "value": 0.5}],
    "comparison": [{"label": "email", "before": 12, "after": 3}],
    "gauge": [{"label": "quality", "value": 87.4}, {"label": "completeness", "value": 91.0}],
    "heatmap": [{"x": "a", "y": "b", "value": -0.4}, {"x": "b", "y": "a", "value": None}],
    "histogram": [{"column": "age", "start": 0, "end": 10, "count": 4}],
}


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_a_kind_becomes_a_figure(kind):
    figure = charts.FIGURES[kind](RECORDS[kind])
    assert len(figure.data) >= 1
    assert figure.layout.height > 100


def test_every_kind_is_drawn():
    assert set(charts.FIGURES) | {"columns", "table"} == set(get_args(Kind))


def test_a_name_cannot_bring_markup_into_a_chart():
    assert charts.bars(RECORDS["bars"]).data[0].y[0] == "&lt;b&gt;x&lt;/b&gt;"


def test_two_long_names_that_are_cut_alike_stay_two_bars():
    long = [{"label": f"{'x' * 60}{end}", "value": 1} for end in "ab"]
    assert len(set(charts.bars(long).data[0].y)) == 2


def test_shares_are_shown_as_percent():
    figure = charts.bars([{"label": "email", "value": 0.143}])
    assert figure.data[0].text == ("14.3%",)


def test_bins_of_dates_are_labelled_by_their_bounds():
    records = [{"column": "d", "start": "2024-01-01", "end": "2024-02-01", "count": 2}]
    assert charts.histogram(records).data[0].x == ("2024-01-01 – 2024-02-01",)


@pytest.mark.parametrize(
    ("starts", "ticks"),
    [
        (["2024-01-01"], ("2024-01-01",)),
        (
            [f"2024-{month:02}-01" for month in range(1, 13)],
            ("2024-03-01", "2024-07-01", "2024-10-01"),
        ),
        ([f"2024-01-01T{hour:02}:00:00" for hour in (1, 2)], ("01:00:00", "02:00:00")),
    ],
)
def test_a_few_dates_are_written_below_the_bins(starts, ticks):
    records = [{"start": start, "end": f"{start}+", "count": 1} for start in starts]
    axis = charts.histogram(records).layout.xaxis
    assert (axis.ticktext, axis.tickangle) == (ticks, 0)


def test_bins_say_what_they_count():
    assert charts.histogram(RECORDS["histogram"], "pairs").layout.yaxis.title.text == "pairs"


def test_a_column_of_mixed_types_becomes_text():
    mixed = even([{"min": 1, "gone": None}, {"min": "a", "gone": None}])
    assert mixed == [{"min": "1"}, {"min": "a"}]


@pytest.mark.parametrize(
    ("score", "colour"),
    [(91, charts.GOOD), (80, charts.GOOD), (79, charts.FAIR), (12, charts.POOR)],
)
def test_the_colour_follows_the_grade(score, colour):
    assert charts.score_colour(score) == colour


def draw_all() -> None:
    from core import Exhibit
    from tests.ui.test_charts import RECORDS
    from ui.charts import draw

    for kind, records in RECORDS.items():
        draw(Exhibit(kind, f"Title {kind}", kind, tuple(records)), kind)
    draw(Exhibit("t", "Title table", "table", ({"missing": 0.1, "name": "a"},)), "t")
    draw(Exhibit("none", "Title none", "bars", ()), "none")


def test_exhibits_are_drawn_with_title_and_alternative_text():
    page = AppTest.from_function(draw_all, default_timeout=30).run()
    assert not page.exception
    assert page.markdown[0].value == "**Title bars**"
    assert len(page.get("plotly_chart")) == len(RECORDS)
    assert page.caption[-1].value == "There is nothing to show."
