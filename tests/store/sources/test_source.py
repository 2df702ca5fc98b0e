"""A source is an address, or a query; and nothing is allowed until a setting allows it."""

import pytest

from core import ParamsError, Settings, UnreadableFile
from core.params import parse
from store.sources import Source, first_name, offered, place

OPEN = Settings(
    source_hosts="data.example.org, .example.net",
    source_buckets="open-data",
    source_databases='{"sales": "postgresql://reader:s3cret@db.internal/sales"}',
)
ALL = [
    ({"url": "https://data.example.org/a.csv?key=s3cret"}, "url", "data.example.org"),
    ({"url": "s3://open-data/2024/a.csv"}, "bucket", "open-data"),
    ({"database": "sales", "query": "SELECT 1"}, "database", "sales"),
]


@pytest.mark.parametrize(("values", "kind", "where"), ALL)
def test_the_place_is_a_name_without_secrets(values, kind, where):
    source = parse(Source, values, "source")
    assert (source.kind, place(source, OPEN)) == (kind, where)


@pytest.mark.parametrize(("values", "kind", "where"), ALL)
def test_by_default_nothing_may_be_fetched(values, kind, where):
    with pytest.raises(UnreadableFile) as refusal:
        place(parse(Source, values, "source"), Settings())
    assert refusal.value.reason == "source_refused"
    assert "s3cret" not in refusal.value.message


def test_only_what_the_settings_allow_is_offered():
    assert offered(Settings()) == {}
    assert offered(OPEN) == {
        "url": ("data.example.org", ".example.net"),
        "bucket": ("open-data",),
        "database": ("sales",),
    }


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"database": "sales"},
        {"database": "sales", "query": "  "},
        {"query": "SELECT 1"},
        {"url": "https://data.example.org", "database": "sales", "query": "SELECT 1"},
        {"url": "https://data.example.org", "query": "SELECT 1"},
        {"url": "https://data.example.org/" + "a" * 3_000},
        {"database": "sales", "query": "SELECT '\0'"},
    ],
)
def test_half_a_source_is_none(values):
    with pytest.raises(ParamsError):
        parse(Source, values, "source")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"url": "https://data.example.org/a/b.csv?x=/y#z"}, "b.csv"),
        ({"url": "https://data.example.org/"}, "data.example.org"),
        ({"url": "s3://open-data/2024/c.parquet"}, "c.parquet"),
        ({"database": "sales", "query": "SELECT 1"}, "sales.csv"),
    ],
)
def test_a_dataset_has_a_name_before_its_bytes_are_here(values, name):
    assert first_name(parse(Source, values, "source")) == name


@pytest.mark.parametrize(
    "setting", ["sales=postgresql://x", '["a"]', '{"a": "s3cret"}', '{"a": 7}', "{'a': 's3cret'}"]
)
def test_a_setting_that_cannot_be_read_is_said_and_not_shown(setting):
    with pytest.raises(UnreadableFile, match="SOURCE_DATABASES cannot be read") as refusal:
        offered(Settings(source_databases=setting))
    assert "s3cret" not in refusal.value.message
    assert refusal.value.__cause__ is None
