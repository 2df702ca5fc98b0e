"""Wherever a long file is cut into blocks, the cells are those of the file read in one piece."""

import csv
import io
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.readers import Reading, delimited, text_file
from store.readers.ingest import ingest
from tests.store.readers.files import cells, read

SIZES = ((delimited, "BLOCK_BYTES", 300), (delimited, "STRETCH_BYTES", 90))
SIZES += ((delimited, "TAIL_BYTES", 60), (text_file, "PIECE_BYTES", 37))
CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CELL = st.text('ab,"\n\r é;', max_size=6)


@pytest.fixture
def tiny_blocks(monkeypatch):
    for module, name, size in SIZES:
        monkeypatch.setattr(module, name, size)


def written(rows, line_end="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end, quoting=quoting).writerows(rows)
    return text.getvalue()


def filled(seed, count=200):
    """Rows of three cells, every tenth of which needs quotes."""
    pick = random.Random(seed)
    odd = ["x, y", 'say "hi"', "two\nlines", "é"]
    return [
        [str(n), pick.choice(odd) if n % 10 == 0 else f"v{n}", str(n * 7)] for n in range(count)
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_regular_rows_come_back_in_order(tmp_path, tiny_blocks, line_end):
    rows = [["id", "text", "n"], *filled(1)]
    assert cells(read(tmp_path, written(rows, line_end)).table) == rows


@pytest.mark.parametrize(
    "odd", ['7,stray " quote,1\n', '"never closed,7,1\n', "short,7\n", '8, "padded", 1\n']
)
def test_irregular_rows_change_none_around_them(tmp_path, tiny_blocks, odd):
    rows = filled(2)
    text = written([["id", "text", "n"], *rows[:100]]) + odd + written(rows[100:])
    found = cells(read(tmp_path, text).table)[1:]
    assert found[:100] == rows[:100]
    assert found[101:] == rows[100:]


def test_rejects_of_every_block_name_their_line(tmp_path, tiny_blocks):
    lines = [f"{n},v{n},1" for n in range(2, 202)]
    for number in (30, 90, 150, 190):
        lines[number - 2] = "1,2,3,4"
    result = read(tmp_path, "id,text,n\n" + "\n".join(lines) + "\n")
    assert result.rejected["line"].to_list() == [30, 90, 150, 190]
    assert result.dialect["rows_rejected"] == 4
    assert result.table.height == 196


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=30, max_size=60))
@CALM
def test_any_cells_come_back_from_tiny_blocks(tmp_path, tiny_blocks, rows):
    content = written([["a", "b", "c"], *rows], quoting=csv.QUOTE_ALL)
    chosen = {"delimiter": ",", "quote": '"', "escape": "", "comment": "", "encoding": "utf-8"}
    result = read(tmp_path, content, header=True, footer_rows=0, skip_rows=0, **chosen)
    assert cells(result.table) == [["a", "b", "c"], *map(list, rows)]


def test_a_cell_longer_than_many_blocks_is_one_cell(tmp_path, tiny_blocks):
    long = "line\n" * 2_000
    rows = [["id", "text", "n"], *filled(3, 20), ["x", long, "1"], *filled(4, 20)]
    assert cells(read(tmp_path, written(rows)).table) == rows


def test_an_open_quote_is_given_up_after_the_longest_accepted_record(
    tmp_path, tiny_blocks, monkeypatch
):
    monkeypatch.setattr("store.readers.rows.MAX_LINE_BYTES", 1_000)
    rows = filled(5, 300)
    text = written([["id", "text", "n"], *rows[:20]]) + '1,"open,2\n'
    text += "".join(f"{n},plain,{n}\n" for n in range(1_000))
    found = cells(read(tmp_path, text).table)
    assert found[21] == ["1", '"open', "2"]
    assert len(found) == 1 + 20 + 1 + 1_000


def test_ingest_writes_what_a_reader_in_memory_gives(tmp_path, tiny_blocks):
    text = written([["id", "text", "n", ""], *([*row, ""] for row in filled(6))]) + "1,2,3,4,5\n"
    whole = read(tmp_path, text)
    folder = tmp_path / "out"
    folder.mkdir()
    books = ingest(tmp_path / "upload", "data.csv", Reading(), folder)
    assert pl.read_parquet(folder / "table.parquet").equals(whole.table)
    assert pl.read_parquet(folder / "rejected.parquet").equals(whole.rejected)
    assert (books.rows, books.rows_rejected) == (200, 1)
    assert books.columns == ("id", "text", "n")
    assert [list(row) for row in books.preview] == cells(whole.table)[1:21]
