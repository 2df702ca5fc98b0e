"""Failed jobs of all users: why they failed, and the button that runs them again."""

from collections.abc import Sequence

import streamlit as st

from core import Job
from queue_jobs import dead_letters
from queue_jobs.dead_letters import POISON
from store import dead_letters as failed_jobs
from store.dead_letters import DeadLetter
from ui.operations_access import admin
from ui.session import now, queue
from ui.status import tool_title
from ui.words import ago, escape, plural

PER_PAGE = 10
POISONOUS = "It took its worker with it each time: run it again only after something has changed."
NO_FILE = "Its file is no longer kept, so it cannot run again."


@st.fragment
def draw_dead_letters() -> None:
    """A filter, the jobs of one page, and what can be done with those that are chosen."""
    name = admin()
    counts = failed_jobs.counts(queue().store.database)
    if not counts:
        st.caption("No job is dead: whatever failed was run again or deleted.")
        return
    code = ask_code(counts)
    total = counts[code] if code is not None else sum(counts.values())
    key = f"dead-page-{code or 'all'}"
    pages = -(-total // PER_PAGE)
    page = min(int(st.session_state.get(key, 1)), pages)
    found = failed_jobs.page(
        queue().store.database, code, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    draw_selection(found, total)
    for letter in found:
        draw_letter(letter, links=letter.job.owner == name)
    if pages > 1:
        st.pagination(pages, key=key)


def ask_code(counts: dict[str, int]) -> str | None:
    """The error code to look at; None for all."""
    return st.selectbox(
        "Error code",
        list(counts),
        index=None,
        placeholder="All codes",
        format_func=lambda code: f"{code or 'without a code'} · {counts.get(code, 0):,}",
        width=320,
        key="dead-code",
    )


def draw_selection(found: Sequence[DeadLetter], total: int) -> None:
    """Choose all of the page, and run those that are chosen again."""
    ids = [letter.job.id for letter in found if can_run(letter)]
    chosen = [job_id for job_id in ids if st.session_state.get(pick(job_id))]
    with st.container(horizontal=True, vertical_alignment="center", key="dead-selection"):
        st.caption(plural(total, "failed job"), width="stretch")
        st.button(
            "Choose all on this page",
            icon=":material/select_all:",
            type="tertiary",
            on_click=tick,
            args=(ids, True),
            key="dead-choose",
        )
        st.button(
            f"Run {plural(len(chosen), 'job')} again" if chosen else "Run again",
            icon=":material/replay:",
            disabled=not chosen,
            on_click=run_again,
            args=(chosen,),
            key="dead-run-chosen",
        )


def tick(ids: Sequence[str], ticked: bool) -> None:
    """Tick the boxes of these jobs, or clear them."""
    for job_id in ids:
        st.session_state[pick(job_id)] = ticked


def pick(job_id: str) -> str:
    """The key of a job's box."""
    return f"dead-pick-{job_id}"


def can_run(letter: DeadLetter) -> bool:
    """True unless retention has deleted what the job would read."""
    return not letter.dataset.files_deleted_at


def run_again(ids: Sequence[str]) -> None:
    """Queue these jobs again, and say what became of them; who may not, does nothing."""
    done = dead_letters.run_all_again(queue(), admin(), ids)
    # One that fails again at once comes back here, and nobody has chosen it this time.
    tick(ids, False)
    if done.queued:
        st.toast(f"{plural(done.queued, 'job')} queued again", icon=":material/replay:")
    for sentence in done.refused:
        st.toast(escape(sentence), icon=":material/error:")


def draw_letter(letter: DeadLetter, *, links: bool) -> None:
    """One job: what, whose, why, how often it was tried, and the way back to the queue.

    `links`: its page is the administrator's own, and so can be opened.
    """
    job = letter.job
    with st.container(border=True, gap="xsmall", key=f"dead-{job.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"**{escape(tool_title(job))} · {escape(letter.dataset.name)}**"
            st.checkbox(title, disabled=not can_run(letter), key=pick(job.id))
            draw_code(job)
            st.caption(history(job), width="stretch")
            if links:
                st.page_link("job.py", label="Open", query_params={"id": job.id})
            draw_run_again(letter)
        st.caption(f":red[:material/error:] {escape(job.error_message or 'It failed.')}")
        if job.error_code == POISON:
            st.caption(POISONOUS)
        if not can_run(letter):
            st.caption(NO_FILE)


def draw_run_again(letter: DeadLetter) -> None:
    """The button of one job."""
    job_id = letter.job.id
    st.button(
        "Run again",
        icon=":material/replay:",
        type="tertiary",
        disabled=not can_run(letter),
        on_click=run_again,
        args=([job_id],),
        key=f"dead-run-{job_id}",
    )


def draw_code(job: Job) -> None:
    """The error code; that of a poison job stands out."""
    is_poison = job.error_code == POISON
    st.badge(
        "poison job" if is_poison else escape(job.error_code or "no code"),
        icon=":material/dangerous:" if is_poison else ":material/error:",
        color="red" if is_poison else "gray",
    )


def history(job: Job) -> str:
    """Whose it is, when it failed, and after how many attempts."""
    failed = ago(job.ended_at or job.updated_at, now())
    return f"{escape(job.owner)} · failed {failed} · {plural(job.attempt, 'attempt')}"
