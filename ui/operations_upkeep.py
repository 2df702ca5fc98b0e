"""What is kept and for how long, who is told, and how schedules fare."""

import streamlit as st

from core import Settings
from queue_jobs import disk, notify
from store import outbox, upkeep
from ui.operations_figures import card
from ui.session import now, queue
from ui.words import ago, escape, in_bytes, plural

GIVEN_UP = 5
LOOK_SECONDS = 60


def draw_upkeep() -> None:
    """Disk, retention, notifications, schedules."""
    draw_disk()
    draw_retention()
    draw_notifications()
    draw_schedules()


def draw_disk() -> None:
    """Room, and what takes it."""
    settings = queue().settings
    room, taken = disk.room(settings), taken_seen(settings)
    uploads = upkeep.uploads(queue().store.database)
    st.subheader("Disk", anchor=False)
    with st.grid(5, min_column_width=150, key="ops-disk"):
        card("Free", in_bytes(room.free), f"of {in_bytes(room.total)}")
        card("Uploads", in_bytes(uploads.bytes), plural(uploads.kept, "dataset"))
        card(
            "Results",
            "–" if settings.storage_url else in_bytes(taken.results),
            "at STORAGE_URL" if settings.storage_url else "in DATA_DIR",
        )
        card("Unfinished files", in_bytes(taken.unfinished), "uploads and runs")
        card(
            "Database",
            "–" if settings.database_url else in_bytes(taken.database),
            "at DATABASE_URL" if settings.database_url else "SQLite",
        )


@st.cache_data(
    ttl=LOOK_SECONDS, max_entries=4, show_spinner="Looking at files …", refresh_mode="background"
)
def taken_seen(settings: Settings) -> disk.Taken:
    """What files take; looked at once a minute at most, and again beside the page."""
    return disk.taken(settings)


def draw_retention() -> None:
    """The settings in words, and what they led to lately."""
    st.subheader("Retention", anchor=False)
    lines = [f"- {line}" for line in retention(queue().settings)]
    st.markdown("\n".join(lines))
    deleted = upkeep.uploads(queue().store.database).deleted
    st.caption(f"It is looked after every hour; {plural(deleted, 'upload')} deleted in 24 hours.")


def retention(settings: Settings) -> tuple[str, ...]:
    """What the RETENTION_* settings and QUEUE_EXPIRY_H mean."""
    uploads, results = settings.retention_input_days, settings.retention_output_days
    rows, waiting = settings.retention_metadata_days, settings.queue_expiry_h
    return (
        f"Uploads are deleted when nobody has used them for {plural(uploads, 'day')}."
        if uploads
        else "Uploads are kept until somebody deletes them.",
        f"Results are deleted {plural(results, 'day')} after their job has ended."
        if results
        else "Results are kept until somebody deletes them.",
        f"Datasets without files are forgotten, with their jobs, after {plural(rows, 'day')}."
        if rows
        else "Jobs are never forgotten.",
        f"A job that no worker takes for {plural(waiting, 'hour')} expires.",
    )


def draw_notifications() -> None:
    """How many messages wait or were given up, and which addresses cannot be used."""
    st.subheader("Notifications", anchor=False)
    settings = queue().settings
    if not settings.notify_urls:
        st.caption("NOTIFY_URLS is empty: nobody is told about ended jobs and alerts.")
        return
    found = upkeep.notifications(queue().store.database)
    addresses = len(notify.addresses(settings))
    st.caption(
        f"{addresses:,} in NOTIFY_URLS · {found.waiting:,} to be sent · {found.given_up:,} given up"
    )
    for problem in problems(settings):
        st.warning(escape(problem), icon=":material/warning:")
    if found.given_up:
        draw_given_up()


@st.cache_data(max_entries=4, show_spinner=False)
def problems(settings: Settings) -> list[str]:
    """What is wrong with the addresses: settings do not change while a process runs."""
    return notify.check(settings)


def draw_given_up() -> None:
    """The newest messages that nobody got, with the last error."""
    lines = [
        {
            "about": one.payload.get("title") or one.payload.get("tool") or one.kind,
            "made": ago(one.created_at, now()),
            "attempts": one.attempts,
            "error": one.error_message or "",
        }
        for one in outbox.given_up(queue().store.database, GIVEN_UP)
    ]
    st.dataframe(lines, hide_index=True, key="ops-given-up", alt="Messages that were given up")


def draw_schedules() -> None:
    """How many there are, and how many runs did not take place."""
    st.subheader("Schedules", anchor=False)
    found = upkeep.schedules(queue().store.database)
    if not found.total:
        st.caption("No dataset is profiled on a schedule.")
        return
    st.caption(
        f"{plural(found.total, 'schedule')} · {found.paused:,} paused · "
        f"{found.failing:,} went wrong last · {plural(found.missed, 'run')} missed"
    )
