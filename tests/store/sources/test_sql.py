"""Rows of a query become a CSV in which no value changes; nothing is ever written."""

import json
import sqlite3
import time
from contextlib import suppress
from dataclasses import replace

import duckdb
import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import ROW_ID, Settings, Transient, UnreadableFile
from store.readers import Reading, read_table
from store.sources import Source, open_source
from store.sources.rows import Rows
from store.sources.sql import READING, csv_blocks

ROWS = [(1, "Ann"), (2, None), (3, "")]
ENGINES = ["sqlite", "duckdb", "postgres"]


@pytest.fixture(params=ENGINES)
def database(request, tmp_path):
    """Settings with a database "sales" that holds people(id, name), for each kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres")
    return setting({"sqlite": make_sqlite, "duckdb": make_duckdb}[request.param](tmp_path))


@pytest.fixture
def postgres(request):
    """Settings with the Postgres of --database-url, and the same table in it."""
    url = request.config.getoption("--database-url")
    if not url:
        pytest.skip("no --database-url of a Postgres to ask")
    run(url, "DROP TABLE IF EXISTS people; DROP SEQUENCE IF EXISTS numbers")
    run(url, "CREATE TABLE people (id int, name text); CREATE SEQUENCE numbers")
    run(url, "INSERT INTO people VALUES (1, 'Ann'), (2, NULL), (3, '')")
    yield setting(url)
    run(url, "DROP TABLE people; DROP SEQUENCE numbers")


def setting(url, **more):
    return Settings(source_databases=json.dumps({"sales": url}), **more)


def run(url, statement):
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def make_sqlite(folder):
    path = folder / "s3cret.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id, name)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", ROWS)
    connection.close()
    return f"sqlite:///{path}"


def make_duckdb(folder):
    path = folder / "s3cret.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE people (id INT, name VARCHAR)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", ROWS)
    return f"duckdb:///{path}"


def answer(settings, query):
    """The name and the whole CSV of a query."""
    with open_source(Source(database="sales", query=query), settings) as (name, stream):
        return name, stream.read().decode()


def refusal(settings, query):
    """The refusal of a query; it never shows where the database is."""
    with pytest.raises(UnreadableFile) as caught:
        answer(settings, query)
    assert "s3cret" not in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


def test_rows_come_as_csv_and_null_is_not_an_empty_text(database):
    expected = 'id,name\r\n1,Ann\r\n2,\r\n3,""\r\n'
    for end in ("", " ;\n", " -- all"):
        query = f"SELECT * FROM people ORDER BY id{end}"
        assert answer(database, query) == ("sales.csv", expected)


def test_column_names_may_repeat(database):
    assert answer(database, "SELECT id, name, id FROM people WHERE id = 1")[1] == (
        "id,name,id\r\n1,Ann,1\r\n"
    )


def test_a_query_without_rows_gives_its_names(database):
    assert answer(database, "SELECT id, name FROM people WHERE id = 9")[1] == "id,name\r\n"


REFUSED = [
    "INSERT INTO people VALUES (4, 'x')",
    "INSERT INTO people VALUES (4, 'x') RETURNING id",
    "UPDATE people SET name = 'x'",
    "DELETE FROM people",
    "DROP TABLE people",
    "CREATE TABLE other (a INT)",
    "CREATE TEMP TABLE other (a INT)",
    "ALTER TABLE people ADD COLUMN a INT",
    "WITH gone AS (DELETE FROM people RETURNING id) SELECT * FROM gone",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE people",
    "COMMIT; DROP TABLE people",
    "SELECT 1) AS t(c0); DROP TABLE people; --",
    "SELECT 1 /*",
    ";",
    "-- nothing",
    "not SQL at all",
    "SELECT * FROM nowhere",
]


@pytest.mark.parametrize("query", REFUSED)
def test_everything_but_one_select_is_refused(database, query):
    assert refusal(database, query).reason == "source_refused"
    assert answer(database, "SELECT count(*) AS n FROM people")[1] == "n\r\n3\r\n"


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH '{folder}/new.db' AS other",
        "VACUUM INTO '{folder}/new.db'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT load_extension('{folder}/new.so')",
        "SELECT * FROM pragma_database_list",
    ],
)
def test_sqlite_leaves_its_file_in_no_way(tmp_path, query):
    settings = setting(make_sqlite(tmp_path))
    before = sorted(tmp_path.iterdir())
    assert refusal(settings, query.format(folder=tmp_path)).reason == "source_refused"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH '{folder}/new.db' AS other",
        "COPY people TO '{folder}/new.csv'",
        "EXPORT DATABASE '{folder}/new'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "SELECT * FROM read_csv('{folder}/canary.csv')",
        "SELECT * FROM '{folder}/canary.csv'",
        "SELECT * FROM read_text('{folder}/canary.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM sqlite_scan('{folder}/canary.csv', 'x')",
        "SELECT getenv('HOME')",
    ],
)
def test_duckdb_leaves_its_file_in_no_way(tmp_path, query):
    settings = setting(make_duckdb(tmp_path))
    (tmp_path / "canary.csv").write_text("a\n1\n")
    before = sorted(tmp_path.iterdir())
    assert refusal(settings, query.format(folder=tmp_path)).reason == "source_refused"
    assert sorted(tmp_path.iterdir()) == before


def test_duckdb_fetches_no_address(tmp_path, canary):
    port = canary.getsockname()[1]
    query = f"SELECT * FROM read_csv('http://127.0.0.1:{port}/a.csv')"
    assert refusal(setting(make_duckdb(tmp_path)), query).reason == "source_refused"


@pytest.mark.parametrize("make", [make_sqlite, make_duckdb])
def test_a_file_that_is_not_there_is_not_made(tmp_path, make):
    url = make(tmp_path).replace("s3cret", "missing")
    with pytest.raises(Transient) as caught:
        answer(setting(url), "SELECT 1 AS a")
    assert "missing" not in caught.value.message
    assert not list(tmp_path.glob("missing*"))


def test_a_server_that_cannot_be_reached_is_tried_later_and_its_password_stays_hidden(canary):
    url = "postgresql://reader:s3cret@127.0.0.1:1/inner"
    with pytest.raises(Transient) as caught:
        answer(setting(url), "SELECT 1 AS a")
    assert caught.value.message == "The database 'sales' cannot be opened; it is tried again."
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "oracle://u:s3cret@h/d", "sqlite"])
def test_other_kinds_of_databases_are_refused(url):
    assert refusal(setting(url), "SELECT 1").reason == "source_refused"


# Values


def test_sqlite_values_stay_exact(tmp_path):
    query = (
        "SELECT 9223372036854775807 AS i, 0.1 AS f, 1e300 AS e, x'00ff' AS b, '007' AS t, "
        "'2024-01-02' AS d, 'a,\"b\"' || char(13, 10) || 'c' AS q"
    )
    assert answer(setting(make_sqlite(tmp_path)), query)[1] == (
        'i,f,e,b,t,d,q\r\n9223372036854775807,0.1,1e+300,00ff,007,2024-01-02,"a,""b""\r\nc"\r\n'
    )


def test_duckdb_values_stay_exact(tmp_path):
    query = (
        "SELECT 170141183460469231731687303715884105727::HUGEINT AS i, 1.10::DECIMAL(9,2) AS d, "
        "'2024-01-02 03:04:05.123456789'::TIMESTAMP_NS AS t, DATE '2024-01-02' AS a, "
        "'\\x00\\xFF'::BLOB AS b, true AS y, [1, 2] AS l, NULL AS n, 'infinity'::DATE AS z"
    )
    assert answer(setting(make_duckdb(tmp_path)), query)[1].splitlines()[1] == (
        "170141183460469231731687303715884105727,1.10,2024-01-02 03:04:05.123456789,2024-01-02,"
        '00ff,true,"[1, 2]",,infinity'
    )


def test_postgres_values_stay_exact(postgres):
    query = (
        "SELECT 1.10::numeric AS d, 12345678901234567890123456789012::numeric AS i, "
        "'infinity'::date AS z, DATE '2024-01-02' AS a, "
        "TIMESTAMP '2024-01-02 03:04:05.123456' AS t, '\\x00ff'::bytea AS b, true AS y, "
        "'{\"b\": 1.0}'::json AS j, ARRAY[1,2] AS l, 0.1::float8 AS f, '12:00'::time AS c, "
        "interval '1 day' AS v, 'NaN'::float8 AS n, '10.0.0.1'::inet AS x, '100%' AS p"
    )
    assert answer(postgres, query)[1].splitlines()[1] == (
        "1.10,12345678901234567890123456789012,infinity,2024-01-02,2024-01-02 03:04:05.123456,"
        '00ff,t,"{""b"": 1.0}","{1,2}",0.1,12:00:00,P1D,NaN,10.0.0.1,100%'
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT nextval('numbers')",
        "SELECT * FROM people FOR UPDATE",
        "COPY people TO PROGRAM 'true'",
        "SELECT 1 INTO other",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT",
    ],
)
def test_postgres_writes_in_no_roundabout_way(postgres, query):
    assert refusal(postgres, query).reason == "source_refused"


def test_what_a_function_of_postgres_writes_all_the_same_is_rolled_back(postgres):
    query = "SELECT count(*) AS n FROM pg_largeobject_metadata"
    before = answer(postgres, query)
    with suppress(UnreadableFile):
        answer(postgres, "SELECT lo_create(0)")
    assert answer(postgres, query) == before


def test_postgres_stops_an_endless_query(postgres):
    error = refusal(replace(postgres, source_seconds=1), "SELECT pg_sleep(60)")
    assert (error.reason, "time limit" in error.message) == ("source_unavailable", True)


texts = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=8))
def test_every_text_comes_back_from_the_reader(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "upload"
    path.write_bytes(b"".join(csv_blocks(Rows(["a", "b", "c"], iter([rows])), 100)))
    result = read_table(path, "sales.csv", Reading(**READING))
    assert result.rejected.height == 0
    assert result.table.drop(ROW_ID).rows() == rows


def test_repeated_names_reach_the_reader(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(b"".join(csv_blocks(Rows(["a", "a"], iter([[("1", "2")]])), 100)))
    table = read_table(path, "sales.csv", Reading(**READING)).table.drop(ROW_ID)
    assert (table.width, table.rows()) == (2, [("1", "2")])


@given(st.lists(st.tuples(texts), min_size=1, max_size=8))
@example([(None,), ("x",), (None,), ("",), (None,), (None,)])
@example([(None,)] * 3)
@example([(" ",), (None,), ("\t",)])
@example([("0 ",), (" 0",)])
def test_nulls_of_a_single_column_stay_rows_and_no_empty_texts(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "upload"
    path.write_bytes(b"".join(csv_blocks(Rows(["a"], iter([rows])), 10**6)))
    result = read_table(path, "sales.csv", Reading(**READING))
    assert result.rejected.height == 0
    assert result.table.drop(ROW_ID).rows() == rows


def test_numbers_and_bytes_are_written_as_they_are():
    rows = Rows(["a", "b", "c", "d"], iter([[(10**30, b"\x00\xff", 0.1, b"")]]))
    written = b"".join(csv_blocks(rows, 100)).splitlines()[1]
    assert written == b"1" + b"0" * 30 + b',00ff,0.1,""'


# Bounds


def test_more_rows_than_allowed_are_refused_not_cut(database):
    query = "SELECT id FROM people"
    assert answer(replace(database, source_rows=3), query)[1].count("\n") == 4
    error = refusal(replace(database, source_rows=2), query)
    assert (error.reason, "2 rows" in error.message) == ("too_large", True)


ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r"


def test_an_endless_query_is_stopped_when_time_is_up(database):
    started = time.monotonic()
    error = refusal(replace(database, source_seconds=1), ENDLESS)
    assert (error.reason, "time limit" in error.message) == ("source_unavailable", True)
    assert time.monotonic() - started < 5


def test_an_endless_answer_is_read_in_pieces(tmp_path):
    """The first rows are here while most of them have not been made."""
    settings = setting(make_sqlite(tmp_path), source_rows=10**12)
    query = ENDLESS.replace("count(*)", "x")
    with open_source(Source(database="sales", query=query), settings) as (_, stream):
        assert stream.read(8) == b"x\r\n1\r\n2\r"
