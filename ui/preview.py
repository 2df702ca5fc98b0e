"""What a file holds: its first rows, how it was read, what was odd, and what was set aside."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import Job, Severity
from ui.dialect import parts
from ui.rejects import draw_glance, set_aside
from ui.results import document_of
from ui.status import SEVERITIES
from ui.words import escape, plural

MAX_CELL = 300
"""Characters of a cell that are sent to the browser."""

FINDINGS_SHOWN = 4
ROW_PIXELS, MOST_PIXELS = 35, 388


def draw_preview(job: Job) -> None:
    """The shape, the first rows, the dialect, the findings and the first rejects."""
    preview = document_of(job, "preview.json")
    if preview is None:
        st.caption("The preview of this file is no longer kept; read it again.")
        return
    st.markdown(f"**{shape_line(job)}**")
    draw_rows(preview["columns"], preview["rows"])
    st.markdown(dialect_line(preview["dialect"]))
    draw_findings(preview["findings"])
    draw_glance(job, preview.get("rejected", {}).get("first", []))


def shape_line(job: Job) -> str:
    """ "1,204 rows · 9 columns · 3 records set aside"."""
    counts = [
        plural(job.summary.get("rows_in", 0), "row"),
        plural(job.summary.get("columns", 0), "column"),
    ]
    aside = set_aside(job)
    return " · ".join([*counts, *([f"{plural(aside, 'record')} set aside"] if aside else [])])


def draw_rows(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    """The first rows as a table."""
    lines = [dict(zip(columns, map(short, row), strict=True)) for row in rows]
    st.dataframe(
        lines,
        key="new-preview",
        hide_index=True,
        height=min(ROW_PIXELS * (len(lines) + 1) + 3, MOST_PIXELS),
        alt=f"The first {plural(len(lines), 'row')} of the file",
    )


def short(cell: str | None) -> str | None:
    """The beginning of a very long cell."""
    return cell if cell is None or len(cell) <= MAX_CELL else f"{cell[:MAX_CELL]}…"


def dialect_line(dialect: Mapping[str, Any]) -> str:
    """How the file was read, in small print: "format text table · encoding utf-8 · …"."""
    said = " · ".join(f":gray[{label}] {escape(words)}" for label, words in parts(dialect))
    return f":small[{said}]"


def draw_findings(findings: Sequence[Mapping[str, Any]]) -> None:
    """What was noticed while reading, the worst first; a long list is folded."""
    ordered = sorted(findings, key=lambda found: -Severity(found["severity"]).rank)
    with st.container(gap="xxsmall", key="new-worst"):
        for finding in ordered[:FINDINGS_SHOWN]:
            draw_finding(finding)
    rest = ordered[FINDINGS_SHOWN:]
    if rest:
        with st.expander(plural(len(rest), "more note"), type="compact", key="new-findings"):
            for finding in rest:
                draw_finding(finding)


def draw_finding(finding: Mapping[str, Any]) -> None:
    """One sentence with its severity as icon, word and colour."""
    look = SEVERITIES[Severity(finding["severity"])]
    st.markdown(f":{look.colour}[{look.icon} {look.word}] · {escape(finding['message'])}")
