"""Shows the records of an exhibit as a table."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui.words import plural

Records = Sequence[dict[str, Any]]


def draw_table(title: str, records: Records, key: str) -> None:
    """Records as a table; shares of missing cells as bars."""
    config = {
        name: make(name) for name, make in COLUMN_LOOKS.items() if any(name in r for r in records)
    }
    alt = f"{title}: table of {plural(len(records), 'row')}"
    st.dataframe(even(records), hide_index=True, key=key, alt=alt, column_config=config)


def even(records: Records) -> Records:
    """The same records as table columns: mixed types become text, empty fields are left out."""
    kinds: dict[str, set[type]] = {}
    for record in records:
        for name, value in record.items():
            kinds.setdefault(name, set()).update([type(value)] if value is not None else [])
    mixed = {name for name, found in kinds.items() if found - {int, float} and len(found) > 1}
    return [
        {
            name: short(value) if name in mixed and value is not None else value
            for name, value in record.items()
            if kinds[name]
        }
        for record in records
    ]


def short(value: Any) -> str:
    """A number or a text of a column that holds both."""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def share_column(name: str) -> Any:
    """A share from 0 to 1 as a bar."""
    return st.column_config.ProgressColumn(
        name.capitalize(), min_value=0, max_value=1, format="percent"
    )


COLUMN_LOOKS: dict[str, Callable[[str], Any]] = {"missing": share_column}
