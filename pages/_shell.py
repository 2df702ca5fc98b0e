"""The frame around every page: page settings, who is asking, navigation, state of the workers."""

import streamlit as st

from ui.frame import ICON, draw_contrast, draw_footer
from ui.session import user
from web.gate import is_admin

st.set_page_config(page_title="Assay", page_icon=ICON, layout="wide")
name = user()

pages = {
    "": [
        st.Page("home.py", title="Home", icon=":material/home:", default=True),
        st.Page("new.py", title="New dataset", icon=":material/add_circle:"),
    ],
    "Work": [
        st.Page("jobs.py", title="Jobs", icon=":material/list_alt:"),
        st.Page("job.py", title="Job", visibility="hidden"),
        st.Page("dataset.py", title="Dataset", visibility="hidden"),
    ],
}
if is_admin(name):
    pages["Operations"] = [st.Page("operations.py", title="Queue", icon=":material/monitor_heart:")]
page = st.navigation(pages)
draw_contrast()
draw_footer()
page.run()
