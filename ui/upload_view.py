"""From a file to a running chain: upload, look at the preview, correct the reading, start."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import Dataset, Job, Status, UnreadableFile
from core.params import parse
from queue_jobs import submit
from queue_jobs.tools import TOOLS
from store.readers import EXTENSIONS, Reading
from ui.chains import CLEAN, MASTER, PROFILE, READ
from ui.params_form import Question, ask_tool, yes_no_detect
from ui.polling import pace, watch
from ui.results import document_of
from ui.session import attempted, jobs_of, now, queue, user
from ui.status import SEVERITIES
from ui.words import escape, in_bytes, plural

TYPES = [
    "csv",
    "tsv",
    "txt",
    "json",
    "jsonl",
    "ndjson",
    "parquet",
    "xlsx",
    "xlsm",
    "xlsb",
    "xls",
    "ods",
    "gz",
]
PLANS: dict[str, tuple[str, ...]] = {
    "Profile": (PROFILE,),
    "Profile and clean": (PROFILE, CLEAN),
    "All three": (PROFILE, CLEAN, MASTER),
}
SAID = {
    "format": "format",
    "encoding": "encoding",
    "delimiter": "separator",
    "quote": "quote",
    "header": "header row",
    "sheet": "sheet",
    "sheets": "out of",
}
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", "": "none"} | {
    True: "yes",
    False: "no",
}
CAPTIONS = {
    "Profile": "Measures every column and scores the file; nothing is changed.",
    "Profile and clean": "Profiles, repairs what is safe and logs every changed cell.",
    "All three": "Profiles, cleans, and merges records of the same entity into golden records.",
}


def draw_uploader() -> None:
    """The drop zone. The widget's copy is let go at once: it would stay in memory."""
    turn = st.session_state.get("new-turn", 0)
    limit = queue().settings.max_upload_mb
    file = st.file_uploader(
        f"A table of up to {limit:,} MB: CSV, Excel, JSON or Parquet",
        type=TYPES,
        key=f"new-file-{turn}",
        max_upload_size=limit,
    )
    if file is not None:
        st.session_state["new-turn"] = turn + 1
        uploaded = attempted(lambda: submit.upload(queue(), user(), file.name, file, {}))
        if uploaded is not None:
            st.query_params["id"] = uploaded[0].id
            st.rerun()


def reading_job(dataset_id: str) -> Job | None:
    """The newest job that reads a dataset."""
    return next((job for job in jobs_of(dataset_id) if job.tool == READ), None)


def draw_dataset(dataset: Dataset) -> None:
    """Wait for the file to be read, then show what is in it and what can be done."""
    st.caption(f"{escape(dataset.name)} · {in_bytes(dataset.bytes)}")
    watch(
        load=lambda: reading_job(dataset.id),
        draw=draw_reading,
        interval=lambda job: (
            None if job is None or job.status.is_final else pace(now() - job.created_at)
        ),
    )
    job = reading_job(dataset.id)
    if job is None or job.status.is_final:
        draw_override(dataset, job)
    if job is not None and job.status == Status.COMPLETED:
        preview = document_of(job, "preview.json") or {"columns": []}
        draw_start(dataset, preview["columns"])


def draw_reading(job: Job | None) -> None:
    """The preview, the refusal, or a place where one of them will be."""
    if job is None:
        st.caption("This file has not been read; choose how below, and press Read again.")
    elif not job.status.is_final:
        st.caption("Reading the file …")
        st.skeleton(240)
    elif job.status != Status.COMPLETED:
        message = job.error_message or "The file was not read."
        st.error(escape(message), icon=":material/error:", title="This file cannot be used yet")
    else:
        draw_preview(job)


def draw_preview(job: Job) -> None:
    """The first rows, how the file was read, and what was odd about it."""
    preview = document_of(job, "preview.json")
    if preview is None:
        st.caption("The preview of this file is no longer kept; read it again.")
        return
    rows, columns = job.summary.get("rows_in", 0), job.summary.get("columns", 0)
    st.markdown(f"**{plural(rows, 'row')} · {plural(columns, 'column')}**")
    lines = [dict(zip(preview["columns"], row, strict=True)) for row in preview["rows"]]
    st.dataframe(
        lines,
        key="new-preview",
        hide_index=True,
        height=min(38 + 35 * len(lines), 388),
        alt=f"The first {plural(len(lines), 'row')} of the file",
    )
    st.caption(dialect_line(preview["dialect"]))
    for finding in preview["findings"]:
        look = SEVERITIES[finding["severity"]]
        st.markdown(f":{look.colour}[{look.icon} {look.word}] · {escape(finding['message'])}")


def dialect_line(dialect: dict[str, Any]) -> str:
    """How the file was read: "Read as: format csv · encoding utf-8 · separator comma"."""
    parts = [
        f"{label} {escape(in_words(dialect[name]))}"
        for name, label in SAID.items()
        if dialect.get(name) is not None
    ]
    return "Read as: " + " · ".join(parts)


def in_words(value: Any) -> str:
    """One finding about how a file was read: a sign by its name, a list with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(SIGNS.get(value, value))


def draw_override(dataset: Dataset, job: Job | None) -> None:
    """Let the user say what the detection got wrong, and read again."""
    dialect = known_dialect(dataset.id)
    kind = dialect.get("format") or format_of(dataset.name)
    if not is_adjustable(kind, job, dialect):
        return
    chosen = parse(Reading, dict(dataset.reading), "reading")
    with (
        st.expander("Read it differently", icon=":material/tune:", key="new-reading"),
        st.form("new-reading-form", border=False),
    ):
        with st.grid(min_column_width=180, gap="medium"):
            answers = ask_reading(chosen, kind, dialect)
        again = st.form_submit_button("Read again", key="new-read-again")
    if again and attempted(lambda: read_again(dataset, answers)) is not None:
        st.rerun()


def known_dialect(dataset_id: str) -> dict[str, Any]:
    """How a file was read when that last succeeded; empty when it never did."""
    for job in jobs_of(dataset_id):
        done = job.tool == READ and job.status == Status.COMPLETED
        if done and (preview := document_of(job, "preview.json")):
            return dict(preview["dialect"])
    return {}


def format_of(name: str) -> str | None:
    """The format that the name of a file claims."""
    extension = name.lower().removesuffix(".gz").rpartition(".")[2]
    return EXTENSIONS.get(extension)


def is_adjustable(kind: str | None, job: Job | None, dialect: dict[str, Any]) -> bool:
    """False where reading again can only end as before."""
    if kind == "csv":
        return True
    if job is None:
        return True
    is_refused = job.status == Status.FAILED and job.error_code == UnreadableFile.code
    if kind == "workbook":
        return bool(dialect) or not is_refused
    return not is_refused and job.status != Status.COMPLETED


def ask_reading(chosen: Reading, kind: str | None, dialect: dict[str, Any]) -> dict[str, Any]:
    """The questions that make sense for a format, with what was found as the example."""
    fields = Reading.model_fields
    answers: dict[str, Any] = {}
    if kind == "csv":
        for name in ("delimiter", "encoding", "quote"):
            answers[name] = write(name, getattr(chosen, name), dialect.get(name))
    if kind == "workbook" and dialect.get("sheets"):
        sheets = list(dialect["sheets"])
        sheet = chosen.sheet or dialect.get("sheet")
        answers["sheet"] = st.selectbox(
            fields["sheet"].title or "Sheet",
            sheets,
            index=sheets.index(sheet) if sheet in sheets else 0,
            key="new-reading-sheet",
        )
    if kind in ("csv", "workbook"):
        question = Question(fields["header"], bool, True, chosen.header, (), "new-reading-header")
        answers["header"] = yes_no_detect(question)
    return answers


def write(name: str, chosen: str | None, found: Any) -> str:
    """One text about a text file; a tab is written as \\t, because nobody could see it."""
    field = Reading.model_fields[name]
    meaning = (field.description or "").split(";")[0].rstrip(".")
    return st.text_input(
        field.title or name,
        (chosen or "").replace("\t", "\\t"),
        placeholder=None if found is None else typed(found),
        help=f"{meaning}; empty: find out.",
        key=f"new-reading-{name}",
    )


def typed(found: Any) -> str:
    """What was found as the user would type it; signs that cannot be seen by their names."""
    if found == "\t":
        return "\\t"
    return in_words(found) if found in ("", " ") else str(found)


def read_again(dataset: Dataset, answers: dict[str, Any]) -> Job:
    """Read the upload as the user says. Raises ParamsError for an unknown encoding."""
    reading = parse(Reading, given(answers), "reading").model_dump()
    return submit.read_again(queue(), user(), dataset.id, reading)


def given(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers; an empty text means: find out. A written \\t is a tab."""
    texts = {name: value or None for name, value in answers.items() if not isinstance(value, bool)}
    if texts.get("delimiter") == "\\t":
        texts["delimiter"] = "\t"
    return {**answers, **texts}


def draw_start(dataset: Dataset, columns: Sequence[str]) -> None:
    """What to run, with which parameters; starting goes on to the first job."""
    st.subheader("What to run", anchor=False)
    plan = st.segmented_control(
        "What to run",
        list(PLANS),
        default="Profile and clean",
        required=True,
        label_visibility="collapsed",
        key="new-plan",
    )
    st.caption(CAPTIONS[plan])
    tools = PLANS[plan]
    params = {name: draw_tool(name, columns) for name in tools}
    if CLEAN in tools and st.toggle(
        "Profile the cleaned data too, for a score before and after", value=True, key="new-after"
    ):
        tools = (*tools, PROFILE)
    if st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        # A focused choice swallows Enter, so Ctrl+Enter would do nothing right after one.
        shortcut="Alt+S",
        key="new-start",
    ):
        jobs = attempted(lambda: submit.start(queue(), user(), dataset.id, tools, params))
        if jobs:
            st.switch_page("job.py", query_params={"id": jobs[0].id})
    st.caption(
        ":material/lock: The upload stays as it is on this server, and every result is a new file."
    )


def draw_tool(name: str, columns: Sequence[str]) -> dict[str, Any]:
    """The parameters of one tool, folded away: the defaults are meant to be good."""
    tool = TOOLS[name]
    with st.expander(f"{tool.title}: settings", icon=":material/settings:", key=f"new-{name}"):
        st.caption(escape(tool.summary))
        return ask_tool(tool, "new", columns)
