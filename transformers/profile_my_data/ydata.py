"""The one door to ydata-profiling: a safe frame in, a self-contained and inert HTML page out.

Importing it takes seconds, so that only `full_report` and the parent of the workers do it.
"""

import os
import warnings
from functools import partial
from typing import Literal

import polars as pl

# Read when ydata and matplotlib are imported; any value turns the telemetry off.
os.environ["YDATA_PROFILING_NO_ANALYTICS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

with warnings.catch_warnings():
    # ydata announces at every import that the project was renamed.
    warnings.simplefilter("ignore")
    from ydata_profiling import ProfileReport
    from ydata_profiling.model.pandas import summary_pandas

# One of ydata's progress bars does not listen to `progress_bar=False`.
summary_pandas.tqdm = partial(summary_pandas.tqdm, disable=True)

Mode = Literal["minimal", "full"]

OFF = {"words": False, "characters": False, "length": False}
"""Parts of text columns that cost most of the time and tell least."""

SCRIPT_HASHES = (
    "sha256-CDOy6cOibCWEdsRiZuaHf8dSGGJRYuBGC+mjoJimHGw=",
    "sha256-emA0EPSk/uz8iR6azuXrPTaEfN22F+EI2M8rj03CIpE=",
)
"""The two inline scripts of every report of this version; no other script may run."""

CHARSET = "<meta charset=utf-8>"
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; script-src "
    + " ".join(f"'{digest}'" for digest in SCRIPT_HASHES)
)


def full_html(frame: pl.DataFrame, mode: Mode) -> str:
    """ydata's report on a frame whose names, values and size are already safe.

    Raises ValueError and others from inside ydata, see `full_report.CRASHES`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = ProfileReport(
            frame.to_pandas(),
            title="Profile",
            minimal=mode == "minimal",
            interactions=None,
            samples=None,
            duplicates=None,
            vars={"text": OFF, "cat": OFF},
            progress_bar=False,
        )
        return with_policy(report.to_html())


def with_policy(html: str) -> str:
    """The page with a content security policy that lets only ydata's own two scripts run."""
    start, charset, rest = html.partition(CHARSET)
    if not charset:
        raise ValueError("the report has no place for its content security policy")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return start + charset + policy + rest
