"""Jobs: what was asked for, and what became of it."""

import streamlit as st

from ui.history_view import draw_jobs

st.title("Jobs", anchor=False)
draw_jobs()
