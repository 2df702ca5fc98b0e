"""The tool "fault-my-data": a job that goes wrong in a known way, for these tests alone."""

import ctypes
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Literal

import polars as pl
import psutil
from pydantic import Field

from core import Params, StepResult, Transformer, Work, step
from queue_jobs.tools import TOOLS

Mode = Literal[
    "sleep",
    "sleep_in_c",
    "python_loop",
    "c_loop",
    "swallow",
    "kill",
    "segv",
    "abort",
    "grow",
    "leap",
    "hoard",
    "borrow",
    "memory_error",
    "native_memory",
]

MEGABYTE = 2**20
STEP_MB = 40

hoarded: list[bytes] = []
"""What a process never gives back."""


class FaultParams(Params):
    """What a run does, and the size of the artifact it leaves when it ends well."""

    label: str = Field("", title="Label", description="Makes jobs different that are alike.")
    mode: Mode = Field("sleep", title="Mode", description="How the run goes.")
    seconds: float = Field(0.0, ge=0, title="Seconds", description="How long a run sleeps.")
    megabytes: int = Field(0, ge=0, title="Megabytes", description="Size of the artifact.")


@step("Fault", params=FaultParams, required=True)
def fault(work: Work, params: FaultParams) -> StepResult:
    """Go wrong as told, or leave an artifact."""
    MODES[params.mode](params)
    return StepResult(work.table, artifacts={"filler.txt": "x" * params.megabytes * MEGABYTE})


def sleep(params: FaultParams) -> None:
    """Pass the time in Python instructions."""
    end = time.monotonic() + params.seconds
    while time.monotonic() < end:
        time.sleep(0.02)


def sleep_in_c(params: FaultParams) -> None:
    """Stay in one call, during which nothing interrupts this thread but others may run."""
    time.sleep(params.seconds)


def python_loop(params: FaultParams) -> None:
    """Never end."""
    while True:
        time.sleep(0.02)


def c_loop(params: FaultParams) -> None:
    """Never end, and never let another thread run: PyDLL keeps Python's lock."""
    while True:
        ctypes.PyDLL(None).sleep(3600)


def swallow(params: FaultParams) -> None:
    """Never end, whatever is raised."""
    while True:
        try:
            time.sleep(0.02)
        except BaseException:  # noqa: BLE001 - this is the fault
            continue


def kill(params: FaultParams) -> None:
    """Be killed, each time."""
    os.kill(os.getpid(), signal.SIGKILL)


def segv(params: FaultParams) -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


def abort(params: FaultParams) -> None:
    """End as native code does that has lost its way."""
    os.abort()


def grow(params: FaultParams) -> None:
    """Take more and more memory, slowly enough to be watched."""
    blocks = []
    while True:
        blocks.append(b"x" * (STEP_MB * MEGABYTE))
        time.sleep(0.1)


def leap(params: FaultParams) -> None:
    """Take all memory before anybody can look."""
    blocks = []
    while True:
        blocks.append(b"x" * (STEP_MB * MEGABYTE))


def hoard(params: FaultParams) -> None:
    """Keep 300 MB for as long as the process lives, as a leak or an allocator does."""
    hoarded.append(b"x" * (300 * MEGABYTE))


def borrow(params: FaultParams) -> None:
    """Use 300 MB for long enough to be seen."""
    block = b"x" * (300 * MEGABYTE)
    time.sleep(2.5)
    del block


def memory_error(params: FaultParams) -> None:
    """Ask for more than there is, in Python."""
    bytearray(1 << 62)


def native_memory(params: FaultParams) -> None:
    """Ask for more than there is, in Rust, which cannot say no."""
    room = psutil.Process().memory_info().vms + 200 * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    pl.Series([0]).new_from_index(0, 1 << 28).to_list()


MODES: dict[Mode, Callable[[FaultParams], None]] = {
    "sleep": sleep,
    "sleep_in_c": sleep_in_c,
    "python_loop": python_loop,
    "c_loop": c_loop,
    "swallow": swallow,
    "kill": kill,
    "segv": segv,
    "abort": abort,
    "grow": grow,
    "leap": leap,
    "hoard": hoard,
    "borrow": borrow,
    "memory_error": memory_error,
    "native_memory": native_memory,
}

FAULT = Transformer("fault-my-data", "Fault", "Goes wrong as told.", (fault,))


def register() -> None:
    """Make the tool known to this process."""
    TOOLS[FAULT.name] = FAULT
