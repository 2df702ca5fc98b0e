"""Draws exhibits: one function per kind, from records to a figure or a table."""

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st

from core import Exhibit
from ui.record_table import draw_table
from ui.words import escape

Records = Sequence[dict[str, Any]]

MAX_BARS = 40
MAX_HISTOGRAMS = 12
GOOD, FAIR, POOR = "#0d9488", "#d97706", "#dc2626"
COLOURS = [GOOD, FAIR, "#6366f1", POOR, "#0891b2", "#65a30d"]
"""Each has a contrast of at least 3:1 on the background of both themes."""

BEFORE, AFTER = FAIR, GOOD
DIVERGING = [[0.0, "#d97706"], [0.5, "rgba(128,128,128,0.08)"], [1.0, "#0d9488"]]
UNITS = {"score-pairs.log-odds": "pairs"}
"""What the bins of a histogram count where it is not rows, by the name of the exhibit."""

LABEL_LENGTH = 40
ROW_PIXELS = 26
MARGIN = {"l": 8, "r": 16, "t": 8, "b": 8}


def draw(exhibit: Exhibit, key: str) -> None:
    """Draw one exhibit under its title; `key` is unique on the page."""
    st.markdown(f"**{escape(exhibit.title)}**")
    records = [dict(record) for record in exhibit.records]
    if not records:
        st.caption("There is nothing to show.")
    elif exhibit.kind in ("columns", "table"):
        draw_table(exhibit.title, records, key)
    elif exhibit.kind == "histogram":
        unit = UNITS.get(exhibit.name, "rows")
        draw_histograms(exhibit.title, records, key, unit)
    else:
        show(FIGURES[exhibit.kind](records), f"{exhibit.title}, {exhibit.kind} chart", key)


def show(figure: go.Figure, alt: str, key: str) -> None:
    """Put a figure on the page, in the fonts and lines of the theme."""
    figure.update_layout(colorway=COLOURS)
    config = {"displaylogo": False, "displayModeBar": False}
    st.plotly_chart(figure, theme="streamlit", key=key, alt=alt, config=config)


def plain(value: object) -> str:
    """A value as Plotly may show it: short, and with none of the few HTML tags it would read."""
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


def distinct_labels(values: Sequence[object]) -> list[str]:
    """Labels of an axis; shortening must not make two of them one."""
    seen: dict[str, int] = {}
    labels = []
    for value in values:
        text = plain(value)
        seen[text] = seen.get(text, 0) + 1
        labels.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return labels


def bars(records: Records) -> go.Figure:
    """Horizontal bars, the first record on top."""
    shown = records[:MAX_BARS]
    values = [record["value"] for record in shown]
    is_share = all(isinstance(value, float) and 0 <= value <= 1 for value in values)
    texts = [f"{value:.1%}" if is_share else amount(value) for value in values]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=distinct_labels([record["label"] for record in shown]),
            orientation="h",
            text=texts,
            textposition="auto",
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(height=90 + ROW_PIXELS * len(shown), margin=MARGIN, bargap=0.25)
    if len(records) > MAX_BARS:
        figure.update_xaxes(title=f"the first {MAX_BARS} of {len(records):,}")
    if is_share:
        figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def amount(value: Any) -> str:
    """A number on a bar: shares below one keep their digits."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return f"{value:,.0f}"


def comparison(records: Records) -> go.Figure:
    """Two bars per label: before and after."""
    shown = records[:MAX_BARS]
    labels = distinct_labels([record["label"] for record in shown])
    figure = go.Figure(
        [
            go.Bar(
                name=name,
                y=labels,
                x=[record[name] for record in shown],
                orientation="h",
                marker_color=colour,
                hovertemplate=f"%{{y}}, {name}: %{{x:,}}<extra></extra>",
            )
            for name, colour in (("before", BEFORE), ("after", AFTER))
        ]
    )
    figure.update_layout(
        height=120 + 2 * ROW_PIXELS * len(shown),
        margin=MARGIN,
        barmode="group",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def heatmap(records: Records) -> go.Figure:
    """A square of values between -1 and 1, or of any other range from 0."""
    xs, ys = (distinct_axis(records, axis) for axis in ("x", "y"))
    cells = {(record["x"], record["y"]): record["value"] for record in records}
    values = [[cells.get((x, y)) for x in xs] for y in ys]
    numbers = [record["value"] for record in records if record["value"] is not None]
    signed = min(numbers, default=0) < 0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=distinct_labels(xs),
            y=distinct_labels(ys),
            zmin=-1 if signed else 0,
            zmax=max(1, *numbers) if numbers else 1,
            colorscale=DIVERGING if signed else [DIVERGING[1], DIVERGING[2]],
            xgap=1,
            ygap=1,
            hovertemplate="%{x} and %{y}: %{z:.3g}<extra></extra>",
        )
    )
    figure.update_layout(height=160 + ROW_PIXELS * len(ys), margin=MARGIN)
    figure.update_xaxes(automargin=True, type="category")
    figure.update_yaxes(autorange="reversed", automargin=True, type="category")
    return figure


def distinct_axis(records: Records, axis: str) -> list[Any]:
    """The values along an axis, each once, in order."""
    return list(dict.fromkeys(record[axis] for record in records))


def gauge(records: Records) -> go.Figure:
    """A ring with the first score, and a bar for each of the others."""
    first, rest = records[0], records[1:]
    figure = go.Figure(
        go.Pie(
            values=[first["value"], 100 - first["value"]],
            hole=0.78,
            sort=False,
            direction="clockwise",
            textinfo="none",
            hoverinfo="skip",
            marker={"colors": [score_colour(first["value"]), "rgba(128,128,128,0.18)"]},
            domain={"x": [0, 0.42] if rest else [0, 1], "y": [0, 1]},
        )
    )
    figure.add_annotation(
        text=f"<b>{first['value']:.0f}</b>",
        x=0.21 if rest else 0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        xanchor="center",
        showarrow=False,
        font={"size": 38},
    )
    if rest:
        figure.add_trace(dimension_bars(rest))
        figure.update_layout(
            xaxis={"domain": [0.62, 0.94], "range": [0, 100], "visible": False},
            yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        )
    figure.update_layout(height=190, margin=MARGIN, showlegend=False)
    return figure


def dimension_bars(records: Records) -> go.Bar:
    """One bar per dimension of a score."""
    values = [record["value"] for record in records]
    return go.Bar(
        x=values,
        y=[plain(record["label"]) for record in records],
        orientation="h",
        text=[f"{value:.0f}" for value in values],
        textposition="outside",
        cliponaxis=False,
        width=0.42,
        marker_color=[score_colour(value) for value in values],
        hovertemplate="%{y}: %{x:.1f}<extra></extra>",
    )


def score_colour(score: float) -> str:
    """Green from 80, amber from 60, red below: the borders of grades B and D."""
    return GOOD if score >= 80 else FAIR if score >= 60 else POOR


def histogram(records: Records, unit: str = "rows") -> go.Figure:
    """The bins of one column as bars that touch; `unit` is what they count."""
    widths = [number_or_none(record["end"], record["start"]) for record in records]
    is_numeric = all(width is not None for width in widths)
    starts = [record["start"] for record in records]
    labels = [f"{tick(record['start'])} – {tick(record['end'])}" for record in records]
    figure = go.Figure(
        go.Bar(
            x=[s + (w or 0) / 2 for s, w in zip(starts, widths, strict=True)]
            if is_numeric
            else labels,
            y=[record["count"] for record in records],
            width=[w or 1 for w in widths] if is_numeric else None,
            customdata=labels,
            hovertemplate=f"%{{customdata}}: %{{y:,}} {unit}<extra></extra>",
        )
    )
    figure.update_layout(height=180, margin=MARGIN, bargap=0.04)
    figure.update_yaxes(title=unit, rangemode="tozero", nticks=4)
    figure.update_xaxes(nticks=4, tickangle=0, automargin=True)
    if not is_numeric:
        figure.update_xaxes(type="category", **date_ticks(starts, labels))
    return figure


def date_ticks(starts: Sequence[Any], labels: Sequence[str]) -> dict[str, Any]:
    """At most three ticks, well inside the axis: there is no room for the dates of all bins."""
    last = len(starts) - 1
    places = sorted({len(starts) // 6, len(starts) // 2, last - len(starts) // 6})
    is_one_day = len({str(start)[:10] for start in starts}) == 1
    part = slice(11, 19) if is_one_day and len(str(starts[0])) > 10 else slice(10)
    return {
        "tickvals": [labels[place] for place in places],
        "ticktext": [plain(str(starts[place])[part]) for place in places],
    }


def number_or_none(end: Any, start: Any) -> float | None:
    """The width of a bin; None for dates and other bounds that are no numbers."""
    if isinstance(start, int | float) and isinstance(end, int | float):
        return float(end - start)
    return None


def tick(value: Any) -> str:
    """The bound of a bin."""
    return f"{value:,.6g}" if isinstance(value, int | float) else plain(value)[:19]


def draw_histograms(title: str, records: Records, key: str, unit: str = "rows") -> None:
    """One small chart per column; a picker when there are many, all the width for only one."""
    names = list(dict.fromkeys(str(record.get("column", title)) for record in records))
    if len(names) > MAX_HISTOGRAMS:
        names = st.multiselect(
            "Columns", names, default=names[:MAX_HISTOGRAMS], key=f"{key}-columns"
        )
    columns: Any = "auto" if len(names) > 1 else 1
    with st.grid(columns, min_column_width=240, gap="medium", key=f"{key}-grid"):
        for position, name in enumerate(names):
            bins = [record for record in records if str(record.get("column", title)) == name]
            with st.container(key=f"{key}-{position}", gap="xsmall"):
                st.caption(escape(name))
                show(histogram(bins, unit), f"Histogram of {name}", f"{key}-chart-{position}")


FIGURES: dict[str, Callable[[Records], go.Figure]] = {
    "bars": bars,
    "comparison": comparison,
    "gauge": gauge,
    "heatmap": heatmap,
    "histogram": histogram,
}
