"""Datasets from elsewhere: an address, or a query of a database that the settings name."""

from collections.abc import Callable, Sequence

import streamlit as st

from queue_jobs import submit
from store.sources import Kind, Source, offered
from ui.session import attempted, queue, user
from ui.words import escape

NOT_OFFERED = (
    "Files from other places are switched off. Whoever runs Assay can allow hosts (SOURCE_HOSTS), "
    "S3 buckets (SOURCE_BUCKETS) or databases (SOURCE_DATABASES)."
)
LABELS: dict[Kind, str] = {"url": "Web address", "bucket": "S3 bucket", "database": "Database"}
EXAMPLES: dict[Kind, str] = {"url": "https://{}/file.csv", "bucket": "s3://{}/folder/file.csv"}
Answers = dict[str, str]


def draw_source_form() -> str | None:
    """Ask where the table is; the id of the new dataset once its job was started."""
    known = attempted(lambda: offered(queue().settings))
    if not known:
        if known is not None:
            st.caption(NOT_OFFERED)
        return None
    kind: Kind = st.segmented_control(
        "Where is the table?",
        list(known),
        format_func=LABELS.__getitem__,
        default=next(iter(known)),
        required=True,
        key="new-source-kind",
    )
    with st.form("new-source", border=False):
        answers = QUESTIONS[kind](kind, known[kind])
        pressed = st.form_submit_button("Fetch", key="new-source-fetch", type="primary")
    if not pressed:
        return None
    started = attempted(lambda: submit.fetch(queue(), user(), answers))
    return started[0].id if started is not None else None


def ask_address(kind: Kind, places: Sequence[str]) -> Answers:
    """The address of a file at one of the places."""
    example = EXAMPLES[kind].format(places[0].lstrip("."))
    url = st.text_input(
        Source.model_fields["url"].title or "Address",
        placeholder=example,
        key=f"new-source-{kind}",
    )
    st.caption("Allowed: " + ", ".join(escape(place) for place in places))
    return {"url": url.strip()}


def ask_query(kind: Kind, names: Sequence[str]) -> Answers:
    """The name of a database and a query."""
    fields = Source.model_fields
    return {
        "database": st.selectbox(fields["database"].title or "", names, key="new-source-database"),
        "query": st.text_area(
            fields["query"].title or "",
            placeholder="SELECT * FROM customers",
            help=fields["query"].description,
            key="new-source-query",
        ),
    }


QUESTIONS: dict[Kind, Callable[[Kind, Sequence[str]], Answers]] = {
    "url": ask_address,
    "bucket": ask_address,
    "database": ask_query,
}
