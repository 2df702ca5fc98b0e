"""Numbers and dates become histograms, categories become bars."""

from tests.tables import run, table
from transformers.profile_my_data.histograms import histograms


def test_free_text_and_ids_are_not_drawn():
    before = table(id=["A1", "A2"], note=["good stuff", "not so good"])
    assert run(histograms, before).exhibits == ()


def test_all_histograms_share_one_exhibit():
    before = table(price=["1.5", "2.5"], day=["2020-01-01", "2020-01-02"])
    [exhibit] = run(histograms, before).exhibits
    assert exhibit.kind == "histogram"
    assert {record["column"] for record in exhibit.records} == {"price", "day"}
    assert sum(record["count"] for record in exhibit.records) == 4


def test_a_category_shows_its_commonest_values():
    [exhibit] = run(histograms, table(city=["Rome"] * 3 + ["Oslo"] * 2)).exhibits
    assert (exhibit.name, exhibit.kind) == ("top-city", "bars")
    assert exhibit.records == ({"label": "Rome", "value": 3}, {"label": "Oslo", "value": 2})


def test_the_number_of_drawn_columns_is_limited():
    before = table(**{f"c{n}": ["1.5", "2.5", "9"] for n in range(40)})
    [exhibit] = run(histograms, before, columns=30).exhibits
    assert len({record["column"] for record in exhibit.records}) == 30
