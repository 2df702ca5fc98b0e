"""Whatever is written in a dialect comes back cell by cell."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import data_columns
from store.readers.dialect import DELIMITERS, QUOTES
from tests.store.readers.files import cells, read

LETTERS = "abz019 ,;\t|:'\"\\\n\r=-é€\u2028\u3042"
NAMES = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5, unique=True)
CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tables(draw):
    """A header and rows of any texts, none of them empty."""
    names = draw(NAMES)
    row = st.lists(
        st.text(LETTERS, min_size=1, max_size=8), min_size=len(names), max_size=len(names)
    )
    return [names, *draw(st.lists(row, min_size=1, max_size=6))]


def written(rows, delimiter, quote, line_end, encoding):
    """Rows as Python's csv module writes them, everything quoted."""
    text = io.StringIO(newline="")
    csv.writer(
        text, delimiter=delimiter, quotechar=quote, lineterminator=line_end, quoting=csv.QUOTE_ALL
    ).writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@given(rows=tables(), line_end=st.sampled_from(["\n", "\r\n"]))
@CALM
def test_every_cell_comes_back_as_text(tmp_path, delimiter, quote, rows, line_end):
    content = written(rows, delimiter, quote, line_end, "utf-8")
    chosen = {"delimiter": delimiter, "quote": quote, "header": True}
    result = read(tmp_path, content, **chosen)
    assert result.rejected.is_empty()
    assert cells(result.table) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(
    names=st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=5, unique=True),
    words=st.lists(st.sampled_from(["zoë", "ana", "béla", "jo"]), min_size=1, max_size=20),
)
@CALM
def test_dialect_and_encoding_are_found_without_help(tmp_path, delimiter, encoding, names, words):
    rows = [names, *([word, *(str(n) for n in range(len(names) - 1))] for word in words)]
    content = "".join(delimiter.join(row) + "\n" for row in rows).encode(encoding)
    result = read(tmp_path, content)
    assert data_columns(result.table) == names
    assert cells(result.table) == rows
