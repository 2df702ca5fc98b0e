"""Jobs: what was asked for, and what became of it."""

import streamlit as st

from ui import home_view
from ui.history_view import draw_jobs
from ui.polling import watch

st.title("Jobs", anchor=False)
watch(home_view.running, lambda _: draw_jobs(), home_view.running_interval)
