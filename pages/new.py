"""New dataset: upload a file, look at it, say what to run."""

import streamlit as st

from ui import upload_view
from ui.samples_view import draw_samples
from ui.session import asked, find_dataset

st.title("New dataset", anchor=False)

if "id" in st.query_params:
    upload_view.draw_dataset(asked(find_dataset, "dataset"))
    st.page_link("new.py", label="Upload another file", icon=":material/upload:")
else:
    upload_view.draw_ways_in()
    st.subheader("Or try a sample", anchor=False)
    draw_samples("new")
