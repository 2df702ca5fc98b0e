"""Who may look at the queue and act on everybody's jobs."""

import streamlit as st

from ui.session import user
from web.gate import is_admin


def admin() -> str:
    """The administrator who looks or acts; for anybody else the page ends here.

    Every fragment and every action asks, because fragments run without the shell.
    """
    name = user()
    if not is_admin(name):
        st.error("Only an administrator may see this.", icon=":material/lock:")
        st.stop()
    return name
