"""Queue: is it alive, is it keeping up, and what fails."""

import streamlit as st

from ui import operations_view

st.title("Queue", anchor=False)
operations_view.draw()
