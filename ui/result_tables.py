"""What cleaning changed and what mastering merged, as tables."""

import streamlit as st

from core import Exhibit, Job
from queue_jobs import submit
from ui import charts, report_view
from ui.chains import CLEAN, PROFILE, fact
from ui.results import counts_of, files_of, rows_of
from ui.session import attempted, queue, user
from ui.tables import before_after, draw_pages
from ui.words import escape, plural

SURE = 0.8
"""Confidence from which golden records may be used without a look at the doubtful pairs."""


def draw_changes(job: Job) -> None:
    """Numbers, changes by rule, the log of cells, and the rows set aside."""
    waiting = job.params.get("accept") != "review"
    proposed = counts_of(job, "proposals.parquet", "tier").get("REVIEW", 0) if waiting else 0
    aside = rows_of(job, "quarantine.parquet", limit=0)[1]
    with st.grid(4, min_column_width=150, key="changes-metrics"):
        st.metric("Cells changed", f"{fact(job, 'cells_changed') or 0:,}", border=True)
        st.metric("Rows removed", f"{fact(job, 'rows_removed') or 0:,}", border=True)
        st.metric("Changes to review", f"{proposed:,}", border=True)
        st.metric("Rows in quarantine", f"{aside:,}", border=True)
    st.subheader("Changed cells", anchor=False)
    rules = counts_of(job, "changes.parquet", "rule")
    rule = None
    if rules:
        rule = st.selectbox(
            "Rule",
            list(rules),
            index=None,
            placeholder="All rules",
            format_func=lambda name: f"{name} · {plural(rules[name], 'cell')}",
            key="changes-rule",
        )
    draw_pages(
        job,
        "changes.parquet",
        f"changes-{rule or 'all'}",
        only=("rule", rule) if rule else None,
        style=before_after,
        empty="Cleaning found nothing to change.",
    )
    draw_asides(job, proposed)
    draw_change_charts(job)


def draw_change_charts(job: Job) -> None:
    """Before and after, by rule and by column."""
    wanted = [exhibit for _, exhibit in report_view.exhibits_of([job]) if says_something(exhibit)]
    with st.grid(2, min_column_width=320, gap="medium", key="changes-charts"):
        for exhibit in wanted[:4]:
            with st.container(border=True, key=f"changes-chart-{exhibit.name}"):
                charts.draw(exhibit, f"changes-{job.id}-{exhibit.name}")


def says_something(exhibit: Exhibit) -> bool:
    """Bars, and comparisons in which anything is different."""
    if exhibit.kind == "comparison":
        return any(record["before"] != record["after"] for record in exhibit.records)
    return exhibit.kind == "bars" and bool(exhibit.records)


def draw_asides(job: Job, proposed: int) -> None:
    """Proposals that wait for a person, removed rows and the quarantine, folded away."""
    if proposed and st.button(
        f"Clean again and apply these {plural(proposed, 'proposal')}",
        icon=":material/done_all:",
        help="A new job on the same upload; this result stays in the history.",
        key="changes-accept",
    ):
        params = {CLEAN: {**job.params, "accept": "review"}}
        tools = [CLEAN, PROFILE]
        started = attempted(lambda: submit.start(queue(), user(), job.dataset_id, tools, params))
        if started:
            st.switch_page("job.py", query_params={"id": started[0].id})
    review = f"Proposed, not applied ({proposed:,})"
    with st.expander(review, key="changes-review", on_change="rerun") as box:
        if box.open:
            draw_pages(
                job,
                "proposals.parquet",
                "proposals",
                only=("tier", "REVIEW"),
                style=before_after,
                empty="Every proposal was safe enough to apply.",
            )
    for title, name, empty in (
        ("Removed rows", "removed.parquet", "No row was removed."),
        ("Quarantine", "quarantine.parquet", "No row had to be set aside."),
    ):
        key = f"changes-{name.split('.')[0]}"
        with st.expander(title, key=key, on_change="rerun") as box:
            if box.open:
                draw_pages(job, name, f"{key}-table", empty=empty)


def draw_golden(job: Job) -> None:
    """Entities, the golden records, pairs to review, and where each row went."""
    rows, entities = fact(job, "rows_in") or 0, fact(job, "entities") or 0
    pairs = rows_of(job, "review.parquet", limit=0)[1]
    with st.grid(4, min_column_width=150, key="golden-metrics"):
        st.metric("Rows", f"{rows:,}", border=True)
        st.metric("Entities", f"{entities:,}", border=True)
        st.metric("Rows merged", f"{rows - entities:,}", border=True)
        st.metric("Pairs to review", f"{pairs:,}", border=True)
    sure = fact(job, "confidence")
    if sure is not None and sure < SURE:
        st.warning(
            f"Confidence is {sure:.0%}: rows may be merged that are not the same thing. "
            "Look at the pairs to review before you use these records.",
            icon=":material/warning:",
        )
    st.subheader("Golden records", anchor=False)
    draw_pages(job, "golden.parquet", "golden", empty="There are no golden records.")
    for title, name, note in ASIDES:
        if name in files_of(job):
            key = f"golden-{name.split('.')[0]}"
            with st.expander(title, key=key, on_change="rerun") as box:
                if box.open:
                    st.caption(escape(note))
                    draw_pages(job, name, f"{key}-table", empty="There are none.")
    for owner, exhibit in report_view.exhibits_of([job]):
        if exhibit.kind in ("bars", "histogram", "comparison"):
            with st.container(border=True, key=f"golden-chart-{exhibit.name}".replace(".", "-")):
                charts.draw(exhibit, f"golden-{owner.id}-{exhibit.name}")


ASIDES = (
    ("Pairs to review", "review.parquet", "Pairs that only a person can settle."),
    ("Crosswalk", "crosswalk.parquet", "Which row of the upload became part of which entity."),
    ("Lineage", "lineage.parquet", "Where each value of a golden record came from, and why."),
)
