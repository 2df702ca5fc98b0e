"""Who is asking, and what belongs to them: the wiring between pages, queue and store."""

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core import AssayError, Dataset, Job, NotFound, Settings
from queue_jobs import JobQueue
from store import datasets, jobs
from ui.words import escape
from web.gate import user_of
from web.opened import queue_of

T = TypeVar("T")
MAX_JOBS = 200
"""Jobs of one dataset that its pages look at, the newest first."""


def queue() -> JobQueue:
    """Store and doorbell, opened once for all sessions and routes of this process."""
    return queue_of(Settings.from_environment())


def signed_in() -> str | None:
    """The user behind this session; None when nobody is signed in (any more)."""
    return user_of(st.context.cookies, queue().settings)


def user() -> str:
    """Whose rows may be shown; every load below asks, because fragments run without the shell."""
    name = signed_in()
    if name is None:
        st.warning("You are signed out.", icon=":material/lock:")
        st.link_button("Sign in", "/auth/login", key="sign-in")
        st.stop()
    return name


def now() -> float:
    """Seconds since the epoch, to say how long ago something was."""
    return time.time()


def find_job(job_id: str) -> Job:
    """A job of the current user. Raises NotFound for anybody else's too."""
    return jobs.get(queue().store.database, user(), job_id)


def find_dataset(dataset_id: str) -> Dataset:
    """A dataset of the current user. Raises NotFound for anybody else's too."""
    return datasets.get(queue().store.database, user(), dataset_id)


def jobs_of(dataset_id: str) -> tuple[Job, ...]:
    """The jobs of one of the user's datasets, the newest first."""
    page = jobs.search(queue().store.database, user(), dataset_id=dataset_id, limit=MAX_JOBS)
    return page.jobs


def asked(find: Callable[[str], T], noun: str) -> T:
    """What the address asks for by ?id=; a friendly message and the end of the page if none."""
    try:
        return find(st.query_params.get("id", ""))
    except NotFound:
        st.title(f"This {noun} is not here")
        st.write("It may have been deleted, or the link belongs to somebody else.")
        st.page_link("home.py", label="Back to Home", icon=":material/home:")
        st.stop()


def attempted(action: Callable[[], T]) -> T | None:
    """Do what a button asks; a refusal is shown as its sentence and gives None."""
    try:
        return action()
    except AssayError as error:
        st.error(escape(error.message), icon=":material/error:")
        return None
