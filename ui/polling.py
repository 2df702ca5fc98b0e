"""Follows something that changes: a fragment that slows down with age and stops at the end."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def pace(age: float) -> float:
    """Seconds between two looks at something that began `age` seconds ago."""
    if age < 10:
        return 1.0
    return 2.0 if age < 60 else 5.0


def watch(
    load: Callable[[], T], draw: Callable[[T], None], interval: Callable[[T], float | None]
) -> None:
    """Load and draw again and again, until `interval` says None; then the page runs once more.

    `load` must check who asks: a fragment runs without the shell.
    """
    state = load()
    shown = interval(state)
    if shown is None:
        draw(state)
        return

    def look() -> None:
        fresh = load()
        draw(fresh)
        if interval(fresh) != shown:
            st.rerun()

    st.fragment(look, run_every=shown)()
