"""Shows findings and exhibits, whichever step they come from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from core import STEP_REPORT_JSON, Exhibit, Finding, Job, Severity, StepReport
from ui import charts
from ui.chains import says
from ui.results import report_of, steps_of
from ui.status import SEVERITIES, severity_badge, tool_title
from ui.words import escape, plural

PER_PAGE = 15
CHARTS_PER_PAGE = 8


@dataclass(frozen=True)
class Issue:
    """A finding with the titles of the tool and the step it comes from."""

    finding: Finding
    tool: str
    step: str


def step_reports(job: Job) -> tuple[StepReport, ...]:
    """The reports of a job: all of them when it is done, those that are there while it runs."""
    if not says(job):
        return ()
    report = report_of(job)
    if report is not None:
        return report.steps
    written = (step.report for step in steps_of(job))
    return tuple(STEP_REPORT_JSON.validate_python(part) for part in written if part)


def issues_of(jobs: Iterable[Job]) -> tuple[Issue, ...]:
    """All findings of some jobs, the most severe first."""
    found = [
        Issue(finding, tool_title(job), part.title)
        for job in jobs
        for part in step_reports(job)
        for finding in part.findings
    ]
    return tuple(sorted(found, key=lambda issue: -issue.finding.severity.rank))


def exhibits_of(jobs: Iterable[Job]) -> tuple[tuple[Job, Exhibit], ...]:
    """All exhibits of some jobs, in step order."""
    return tuple(
        (job, exhibit) for job in jobs for part in step_reports(job) for exhibit in part.exhibits
    )


def draw_issue(issue: Issue) -> None:
    """One finding: severity, sentence, where it comes from, and what to do."""
    finding = issue.finding
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            severity_badge(finding.severity)
            st.caption(f"{escape(issue.tool)} · {escape(issue.step)}", width="content")
        st.text(finding.message)
        if finding.remedy:
            st.caption(f":material/build: {escape(finding.remedy.advice)}")


def draw_issues(issues: Sequence[Issue], key: str) -> None:
    """Findings in pages."""
    pages = -(-len(issues) // PER_PAGE)
    page = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    for issue in issues[(page - 1) * PER_PAGE : page * PER_PAGE]:
        draw_issue(issue)


def filtered(issues: Sequence[Issue], key: str) -> list[Issue]:
    """Ask for severity, column and tool; return the findings that fit."""
    count = {level: sum(i.finding.severity == level for i in issues) for level in SEVERITIES}
    present = [level for level, found in count.items() if found]
    columns = sorted({name for issue in issues for name in issue.finding.columns})
    tools = list(dict.fromkeys(issue.tool for issue in issues))
    levels = st.pills(
        "Severity",
        present,
        selection_mode="multi",
        format_func=lambda level: f"{SEVERITIES[level].icon} {level} · {count[level]}",
        key=f"{key}-severity",
    )
    with st.container(horizontal=True):
        column = st.selectbox(
            "Column", columns, index=None, placeholder="All columns", key=f"{key}-column"
        )
        tool = st.selectbox("Tool", tools, index=None, placeholder="All tools", key=f"{key}-tool")
    return [issue for issue in issues if fits(issue, levels, column, tool)]


def fits(issue: Issue, levels: Sequence[Severity], column: str | None, tool: str | None) -> bool:
    """Whether a finding passes the filters; an empty filter lets everything pass."""
    return (
        (not levels or issue.finding.severity in levels)
        and (column is None or column in issue.finding.columns)
        and (tool is None or issue.tool == tool)
    )


def draw_exhibits(exhibits: Sequence[tuple[Job, Exhibit]], key: str) -> None:
    """Charts in pages of a few."""
    pages = -(-len(exhibits) // CHARTS_PER_PAGE)
    page = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    first = (page - 1) * CHARTS_PER_PAGE
    for position, (job, exhibit) in enumerate(exhibits[first : first + CHARTS_PER_PAGE]):
        with st.container(border=True, key=f"{key}-{position}"):
            charts.draw(exhibit, f"{key}-{job.id}-{exhibit.name}")


def nothing_found(where: str) -> None:
    """The good news."""
    st.success(f"Nothing needs attention {where}.", icon=":material/check_circle:")


def draw_summary(issues: Sequence[Issue]) -> None:
    """One line: how many findings, how many of them alerts."""
    alerts = sum(issue.finding.is_alert for issue in issues)
    st.caption(f"{plural(len(issues), 'finding')}, of which {plural(alerts, 'alert')}")
