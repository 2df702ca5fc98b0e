"""The schedule of a fetched dataset: when it runs, how it went, and the history of its series."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from core import Dataset, Job
from core.recurrence import LEAST_MINUTES, MOST_HOURS
from queue_jobs import schedule as scheduling
from store import schedules, series
from store.schedules import Schedule, series_of
from store.series import Run
from ui.chains import fact
from ui.session import attempted, now, queue, user
from ui.status import Colour, status_badge
from ui.words import ago, duration, escape, plural

TAB = "Schedule"
RUNS, PER_PAGE = 200, 10
EVERY, CRON = "Every few hours", "Cron expression"
DAY_HOURS = 24
VERDICTS: dict[str, tuple[str, Colour]] = {
    "stable": (":material/check_circle:", "green"),
    "moderate drift": (":material/warning:", "orange"),
    "major drift": (":material/error:", "red"),
    "too few rows": (":material/info:", "gray"),
}


def is_fetched(dataset: Dataset, jobs: Sequence[Job]) -> bool:
    """True for a dataset that can be fetched again: its first job, or its series, has a source."""
    return dataset.series_id is not None or any("source" in job.params for job in jobs)


def draw_schedule(dataset: Dataset) -> None:
    """The schedule with what can be done to it, or the form that makes one; then the history."""
    schedule = schedules.of_series(queue().store.database, dataset)
    if schedule is None:
        draw_offer(dataset)
    else:
        draw_state(schedule)
        draw_actions(schedule, dataset)
        draw_change(schedule)
    draw_runs(dataset, schedule)


def draw_offer(dataset: Dataset) -> None:
    """Say what a schedule does, and make one."""
    st.markdown(
        "Fetch this source again and again: every run is read, profiled and compared with a"
        " baseline, which is the first dataset until you accept another one."
    )
    rule = ask_rule(None)
    if rule is not None:
        act(lambda: scheduling.create(queue(), user(), dataset.id, rule))


def act(action: Callable[[], object]) -> None:
    """Do what a button asks and show the page as it is then; a refusal is shown instead."""
    if attempted(lambda: [action()]) is not None:
        st.rerun()


def ask_rule(schedule: Schedule | None) -> str | None:
    """How often; the rule once the button was pressed."""
    known = schedule.recurrence if schedule else None
    kind = st.segmented_control(
        "How often",
        [EVERY, CRON],
        default=CRON if known and known.hours is None else EVERY,
        required=True,
        key="schedule-kind",
    )
    with st.form("schedule-form", border=False):
        if kind == EVERY:
            hours = st.number_input(
                "Hours between two runs",
                min_value=1,
                max_value=MOST_HOURS,
                value=(known.hours if known else None) or DAY_HOURS,
                key="schedule-hours",
            )
            rule = f"every {hours} hours"
        else:
            rule = st.text_input(
                "Cron expression in UTC",
                value=schedule.rule if schedule and known and known.hours is None else "",
                max_chars=128,
                placeholder="30 6 * * 1-5",
                help="Minute, hour, day of the month, month, day of the week;"
                f" at most every {LEAST_MINUTES} minutes.",
                key="schedule-cron",
            )
        label = "Change" if schedule else "Schedule it"
        pressed = st.form_submit_button(label, type="primary", key="schedule-save")
    return rule if pressed else None


def draw_state(schedule: Schedule) -> None:
    """Next run, last run and missed runs; and what went wrong last."""
    with st.grid(3, min_column_width=180, key="schedule-state"):
        st.metric("Next run", next_run(schedule), border=True, height="stretch")
        last = ago(schedule.last_at, now()) if schedule.last_at else "none yet"
        st.metric("Last run", last, border=True, height="stretch")
        st.metric("Missed runs", f"{schedule.missed:,}", border=True, height="stretch")
    st.caption(timing(schedule))
    if schedule.error_message:
        st.warning(escape(schedule.error_message), icon=":material/warning:")


def next_run(schedule: Schedule) -> str:
    """When it runs next, in words."""
    if not schedule.enabled:
        return "paused"
    left = schedule.next_at - now()
    return f"in {duration(left)}" if left > 0 else "now"


def timing(schedule: Schedule) -> str:
    """The rule, and the next run by the clock."""
    hours = schedule.recurrence.hours
    rule = f"Every {plural(hours, 'hour')}" if hours else f"By cron: {schedule.rule}"
    return escape(f"{rule} · next {clock(schedule.next_at)}" if schedule.enabled else rule)


def clock(at: float) -> str:
    """A moment as "24 Nov 2026, 18:00 UTC"."""
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y, %H:%M} UTC"


def draw_actions(schedule: Schedule, dataset: Dataset) -> None:
    """Run now, pause or resume, delete, and take the dataset of this page as the baseline."""
    database, owner, key = queue().store.database, user(), schedule.id
    with st.container(horizontal=True, key="schedule-actions"):
        if st.button("Run now", icon=":material/play_arrow:", key="schedule-run"):
            act(lambda: scheduling.run_now(queue(), owner, key))
        word, icon = ("Pause", "pause") if schedule.enabled else ("Resume", "resume")
        if st.button(word, icon=f":material/{icon}:", key="schedule-switch"):
            act(lambda: schedules.switch(database, owner, key, on=not schedule.enabled))
        if st.button("Delete schedule", icon=":material/delete:", key="schedule-delete"):
            act(lambda: schedules.remove(database, owner, key))
        is_other = dataset.id != schedule.baseline_dataset_id and dataset.ingest_job_id is not None
        if is_other and st.button(
            "Accept as baseline", icon=":material/flag:", key="schedule-accept"
        ):
            act(lambda: schedules.accept_baseline(database, owner, key, dataset.id))


def draw_change(schedule: Schedule) -> None:
    """Give the schedule another rule."""
    with st.expander("Change when it runs", key="schedule-change"):
        rule = ask_rule(schedule)
        if rule is not None:
            database = queue().store.database
            act(lambda: schedules.reschedule(database, user(), schedule.id, rule))


def draw_runs(dataset: Dataset, schedule: Schedule | None) -> None:
    """The datasets of the series in pages, the newest first."""
    runs = series.runs(queue().store.database, series_of(dataset), RUNS)
    if schedule is None and len(runs) < 2:
        return
    st.subheader("Runs", anchor=False)
    pages = -(-len(runs) // PER_PAGE)
    page = st.pagination(pages, key="schedule-page") if pages > 1 else 1
    for run in runs[(page - 1) * PER_PAGE : page * PER_PAGE]:
        draw_run(run, dataset, schedule)


def draw_run(run: Run, dataset: Dataset, schedule: Schedule | None) -> None:
    """One run: when, how it is, what was found, and the way to it."""
    with st.container(border=True, gap="xsmall", key=f"schedule-run-{run.dataset.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            when = clock(run.dataset.created_at)
            st.page_link(
                "dataset.py", label=f"**{escape(when)}**", query_params={"id": run.dataset.id}
            )
            draw_outcome(run)
            if schedule is not None and run.dataset.id == schedule.baseline_dataset_id:
                st.badge("baseline", icon=":material/flag:", color="violet")
            st.caption(figures(run, is_this=run.dataset.id == dataset.id), width="stretch")
        if run.failure is not None and run.failure.error_message:
            st.caption(f":red[:material/error:] {escape(run.failure.error_message)}")


def draw_outcome(run: Run) -> None:
    """The verdict on drift, or the state of a run that has not come to one."""
    last = run.failure or run.profile or run.read
    if run.drift is not None:
        icon, colour = VERDICTS[run.drift["verdict"]]
        st.badge(run.drift["verdict"], icon=icon, color=colour)
    elif last is not None:
        status_badge(last)


def figures(run: Run, *, is_this: bool) -> str:
    """Rows, quality and alerts in one line."""
    parts = ["this dataset"] if is_this else []
    if run.dataset.rows is not None:
        parts.append(plural(run.dataset.rows, "row"))
    if fact(run.profile, "score") is not None:
        score, grade = (fact(run.profile, name) for name in ("score", "grade"))
        parts.append(f"quality {score:.0f} of 100 ({grade})")
    if fact(run.profile, "alerts") is not None:
        parts.append(plural(fact(run.profile, "alerts"), "alert"))
    return " · ".join(parts)
