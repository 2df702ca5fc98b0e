"""The tool "drill-my-data": a job of a known length and a known end, for the benchmarks alone.

python -m benchmarks.drill   one worker that knows this tool beside all others
"""

import os
import select
import time
from collections.abc import Callable
from typing import Literal

import polars as pl
from pydantic import Field

from benchmarks.run_log import note_run
from core import Params, Settings, StepResult, Transformer, Work, step
from queue_jobs.tools import TOOLS

Mode = Literal["work", "python_loop", "sleep", "crash", "exit"]


class DrillParams(Params):
    """How long a run takes and how it ends."""

    label: str = Field("", title="Label", description="Tells the runs of one job from others'.")
    mode: Mode = Field("work", title="Mode", description="What a run does until its time is over.")
    seconds: float = Field(0.0, ge=0, title="Seconds", description="How long a run takes.")
    rows: int = Field(10, ge=1, title="Rows", description="Rows of the artifact.")


@step("Drill", params=DrillParams, required=True)
def drill(work: Work, params: DrillParams) -> StepResult:
    """Note that a run began, pass the time, then leave an artifact or end the process."""
    note_run(params.label)
    MODES[params.mode](params)
    frame = pl.DataFrame({"number": range(params.rows)})
    return StepResult(work.table, artifacts={"drill.parquet": frame})


def work(params: DrillParams) -> None:
    """Sort in native code."""
    end = time.monotonic() + params.seconds
    while time.monotonic() < end:
        pl.Series(range(20_000)).shuffle(seed=1).sort()


def python_loop(params: DrillParams) -> None:
    """Count in Python."""
    end = time.monotonic() + params.seconds
    while time.monotonic() < end:
        sum(range(1_000))


def sleep(params: DrillParams) -> None:
    """Wait without using the processor."""
    time.sleep(params.seconds)


def crash(params: DrillParams) -> None:
    """End as native code does that breaks: by SIGABRT."""
    time.sleep(params.seconds)
    os.abort()


def leave(params: DrillParams) -> None:
    """End the process without a word."""
    time.sleep(params.seconds)
    os._exit(3)


MODES: dict[Mode, Callable[[DrillParams], None]] = {
    "work": work,
    "python_loop": python_loop,
    "sleep": sleep,
    "crash": crash,
    "exit": leave,
}

DRILL = Transformer("drill-my-data", "Drill", "Takes its time and ends as told.", (drill,))


def register() -> None:
    """Make the tool known to this process."""
    TOOLS[DRILL.name] = DRILL


def sleep_without_clock() -> None:
    """Under libfaketime 0.9.10 `time.sleep` refuses to work (EINVAL); waiting in select does."""

    def wait(seconds: float) -> None:
        select.select([], [], [], seconds)

    time.sleep = wait  # type: ignore[assignment]


if __name__ == "__main__":
    # Before redis is imported, which keeps its own name of the function.
    if "FAKETIME" in os.environ:
        sleep_without_clock()
    from benchmarks import drill as module
    from queue_jobs.worker import run_worker

    module.register()
    run_worker(Settings.from_environment())
