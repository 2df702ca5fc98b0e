"""Home: what there is, what runs, what needs attention."""

import streamlit as st

from ui import home_view
from ui.polling import watch
from ui.samples_view import draw_samples

entries = home_view.entries()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Home", anchor=False, width="stretch")
    if st.button(
        "Upload a dataset",
        icon=":material/upload:",
        type="tertiary" if entries else "primary",
        key="home-upload",
    ):
        st.switch_page("new.py")

if not entries:
    st.write("Upload a messy table and get a profile, a cleaned copy and golden records.")
    st.subheader("Try a sample", anchor=False)
    draw_samples("home")
    st.stop()

home_view.draw_metrics(entries)
watch(home_view.running, home_view.draw_running, home_view.running_interval)
home_view.draw_recent(entries)

left, right = st.columns([3, 2], gap="large")
with left:
    home_view.draw_attention(entries)
with right:
    st.subheader("Try a sample", anchor=False)
    draw_samples("home", columns=1)
