"""Tables of results, read page by page from the files."""

from collections.abc import Callable
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import streamlit as st

from core import ROW_ID, Job
from ui.results import rows_of
from ui.words import escape, plural

PAGE_ROWS = 50
OLD_STYLE = "background-color: rgba(220, 38, 38, 0.16)"
NEW_STYLE = "background-color: rgba(15, 159, 120, 0.18)"
RECORD_NUMBERS = ("row", "survivor", "row_a", "row_b")
PERCENT = ("confidence", "probability", "trust", "match_probability")


def draw_pages(
    job: Job,
    name: str,
    key: str,
    *,
    only: tuple[str, str] | None = None,
    style: Callable[[pd.DataFrame], Any] | None = None,
    empty: str = "There are no rows.",
) -> None:
    """A Parquet artifact, 50 rows at a time; `style` colours the rows of the page shown."""
    counter = st.session_state.get(f"{key}-page", 1)
    rows, total = rows_of(job, name, (counter - 1) * PAGE_ROWS, PAGE_ROWS, only)
    if not total:
        st.caption(escape(empty))
        return
    frame = shown(rows)
    st.dataframe(
        style(frame.to_pandas()) if style else frame,
        hide_index=True,
        key=f"{key}-rows",
        alt=f"{name}: {plural(total, 'row')}, {len(rows)} of them on this page",
        column_config=looks(frame),
    )
    pages = -(-total // PAGE_ROWS)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plural(total, "row"), width="content")
        if pages > 1:
            st.pagination(pages, key=f"{key}-page")


def shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as people read them: records count from 1, and their number has a plain name."""
    frame = rows
    for name in (ROW_ID, *RECORD_NUMBERS):
        if name in frame.columns and frame[name].dtype.is_integer():
            frame = frame.with_columns(pl.col(name).cast(pl.Int64) + 1)
    renamed = {ROW_ID: "record"} if ROW_ID in frame.columns else {}
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    joined = [pl.col(name).list.join(", ") for name in nested if is_texts(frame.schema[name])]
    return frame.with_columns(joined).rename(renamed)


def is_texts(kind: pl.DataType) -> bool:
    """A list of texts."""
    return isinstance(kind, pl.List) and kind.inner == pl.String


def looks(frame: pl.DataFrame) -> dict[str, Any]:
    """How columns that we know are shown."""
    number = st.column_config.NumberColumn(format="localized")
    share = st.column_config.NumberColumn(format="percent")
    known: dict[str, Any] = dict.fromkeys(("record", *RECORD_NUMBERS), number)
    known |= dict.fromkeys(PERCENT, share)
    return {name: look for name, look in known.items() if name in frame.columns}


def before_after(frame: pd.DataFrame) -> Any:
    """Colour old and new values; for one page of rows only, because it sends every cell."""
    return frame.style.map(lambda _: OLD_STYLE, subset=["old"]).map(
        lambda _: NEW_STYLE, subset=["new"]
    )
