"""The columns of a dataset in one table: type, gaps, distinct values, distribution."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import Job
from ui.record_table import even
from ui.results import document_of
from ui.words import plural

MAX_COLUMNS = 1_000
MAX_BARS = 20


def draw_columns(job: Job) -> None:
    """One line per column, from the profile that a job left."""
    profile = document_of(job, "profile.json")
    if profile is None:
        st.caption("The figures of the columns are no longer kept; profile the dataset again.")
        return
    columns = profile["columns"][:MAX_COLUMNS]
    st.dataframe(
        even([line(column, profile["rows"]) for column in columns]),
        hide_index=True,
        key="dataset-columns",
        alt=f"{plural(len(columns), 'column')} with type, gaps and distribution",
        column_config={
            "column": st.column_config.TextColumn("Column", pinned=True),
            "missing": st.column_config.ProgressColumn(
                "Missing", min_value=0, max_value=1, format="percent"
            ),
            "distinct": st.column_config.NumberColumn("Distinct", format="localized"),
            "distribution": st.column_config.BarChartColumn(
                "Distribution",
                y_min=0,
                help="Rows per bin of numbers and dates, or per commonest value of texts.",
            ),
        },
    )
    if len(profile["columns"]) > MAX_COLUMNS:
        st.caption(f"The first {MAX_COLUMNS:,} of {plural(len(profile['columns']), 'column')}.")


def line(column: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """What the table says about one column."""
    top = column["top_values"]
    return {
        "column": column["name"],
        "type": column["type"],
        "role": column["role"],
        "missing": (column["nulls"] + column["blanks"]) / rows if rows else None,
        "distinct": column["distinct"],
        "distribution": [part["count"] for part in (column["histogram"] or top)][:MAX_BARS],
        "min": column["min"],
        "max": column["max"],
        "example": top[0]["value"] if top else None,
    }
