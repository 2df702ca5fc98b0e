"""Job: the chain it belongs to, live."""

import streamlit as st

from ui import job_view
from ui.polling import watch
from ui.session import asked, find_job

job = asked(find_job, "job")
watch(lambda: job_view.situation(job.id), job_view.draw, job_view.interval)
st.page_link("jobs.py", label="All jobs", icon=":material/list_alt:")
