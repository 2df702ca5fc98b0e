"""Reads a user's file in a child process with limits: no worker ever parses one itself."""

import os
import re
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from core import Settings, UnreadableFile
from core.errors import Reason
from queue_jobs.logs import log
from queue_jobs.reading_child import ENDING, ENDING_JSON, MEGABYTE, REASONS, SAID, Ending, Request
from queue_jobs.reading_process import ReadingProcess, start
from store.readers import Reading
from store.readers.ingest import REJECTED, TABLE, Ingested

LOOK_SECONDS = 0.05
HARMLESS = re.compile(
    r"panicked at [\w./-]+:\d+:\d+"
    r"|memory allocation of \d+ bytes failed"
    r"|std::bad_alloc|[Oo]ut of memory|[Cc]annot allocate memory"
)
"""What native libraries say at their end, without the values that they may quote beside it."""
ALLOCATION = re.compile(r"alloc|memory")
WINDOWS_CRASH = 256
"""Exit codes from here on are those of Windows for a process that broke."""

SAID_BYTES = 64 * 2**10

NAMED: Mapping[str, Reason] = {
    "SIGKILL": "out_of_memory",
    "SIGXCPU": "timeout",
    "SIGXFSZ": "disk_full",
}
SIGNALS = {
    int(getattr(signal, name)): reason for name, reason in NAMED.items() if hasattr(signal, name)
}
"""SIGKILL: only the system's own search for memory kills a child that its parent did not kill."""

SENTENCES: Mapping[Reason, str] = {
    "out_of_memory": "Reading '{name}' needs more than {memory:,} MB of memory, which is the "
    "limit; {way_out}.",
    "timeout": "Reading '{name}' took longer than {seconds:,} seconds, which is the limit; "
    "{way_out}.",
    "disk_full": "There is not enough room on the server's disk to read '{name}'; free some, or "
    "try again later.",
    "reader_crashed": "'{name}' could not be read: the file seems to be damaged in a way that "
    "breaks its reader; export it again, or save it as CSV.",
}


@dataclass(frozen=True)
class Limits:
    """What reading one file may take: megabytes of memory, seconds on the clock."""

    memory_mb: int
    seconds: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of READ_MEMORY_MB and READ_SECONDS."""
        return cls(settings.read_memory_mb, settings.read_seconds)


class ReaderBroke(RuntimeError):
    """A bug of ours in a reader; the log says where."""


def read_limited(path: Path, name: str, reading: Reading, folder: Path, limits: Limits) -> Ingested:
    """Read an upload into `folder`, as `ingest` does, in a child process of its own.

    `name` is the user's file name. Cells of the preview are cut at 1,000 characters. Raises
    UnreadableFile, also when the child hits a limit or crashes; `folder` is as before then.
    """
    with TemporaryDirectory(dir=folder) as private:
        request = Request(
            path.absolute(),
            name,
            reading,
            Path(private).absolute(),
            limits.memory_mb,
            limits.seconds,
        )
        ingested = settle(request, *watch(request))
        for made in (TABLE, REJECTED):
            (Path(private) / made).replace(folder / made)
    return ingested


def existing(path: Path) -> Path:
    """The path itself. Raises UnreadableFile when no file can be opened there."""
    if path.is_dir():
        raise UnreadableFile("unsupported_type", f"'{path.name}' is a folder; name its files.")
    if not path.exists():
        raise UnreadableFile("source_unavailable", f"There is no file '{path}'.")
    if not path.is_file():
        raise UnreadableFile("unsupported_type", f"'{path.name}' is a device or pipe, not a file.")
    if not os.access(path, os.R_OK):
        raise UnreadableFile("source_unavailable", f"'{path}' may not be read by this user.")
    return path


def watch(request: Request) -> tuple[int, Reason | None]:
    """Run the child to its end; return its exit code, and the limit for which it was ended."""
    deadline = time.monotonic() + request.seconds
    child = start(request)
    try:
        while (code := child.wait(LOOK_SECONDS)) is None:
            if time.monotonic() > deadline:
                return -signal.SIGTERM, "timeout"
            if memory_mb(child) > request.memory_mb:
                return -signal.SIGTERM, "out_of_memory"
        return code, None
    finally:
        child.end()


def memory_mb(child: ReadingProcess) -> float:
    """Memory that a child uses now; pages of mapped files can be taken back and do not count."""
    try:
        used = psutil.Process(child.pid).memory_info()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.rss - getattr(used, "shared", 0)) / MEGABYTE


def settle(request: Request, code: int, stopped: Reason | None) -> Ingested:
    """What came of it. Raises UnreadableFile or ReaderBroke."""
    file = request.folder / ENDING
    if code == 0 and file.exists():
        ending = ENDING_JSON.validate_json(file.read_bytes())
    else:
        ending = Ending(reason=stopped or reason_of(code, said(request.folder)))
    if ending.ingested is not None:
        return ending.ingested
    if not ending.message:
        log.warning(
            "reading ended early",
            reason=ending.reason,
            code=code,
            said=said(request.folder),
            exception=ending.trace or None,
        )
    if ending.reason is None:
        raise ReaderBroke("A reader broke; the lines before this one say where.")
    raise UnreadableFile(ending.reason, ending.message or sentence(ending.reason, request))


def reason_of(code: int, words: str) -> Reason | None:
    """Why a child ended that could not say so itself; None when that is a bug of ours."""
    if -code in SIGNALS:
        return SIGNALS[-code]
    if 0 <= code < WINDOWS_CRASH:
        return REASONS.get(code)
    return "out_of_memory" if ALLOCATION.search(words) else "reader_crashed"


def said(folder: Path) -> str:
    """The harmless part of what the child's libraries printed."""
    file = folder / SAID
    if not file.exists():
        return ""
    with file.open("rb") as source:
        text = source.read(SAID_BYTES).decode("utf-8", "replace")
    return "; ".join(HARMLESS.findall(text))


def sentence(reason: Reason, request: Request) -> str:
    """The sentence of a limit or a crash."""
    is_workbook = Path(request.name).suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
    return SENTENCES[reason].format(
        name=request.name,
        memory=request.memory_mb,
        seconds=request.seconds,
        way_out="split it, or save it as CSV" if is_workbook else "split it, or leave columns out",
    )
