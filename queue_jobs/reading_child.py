"""The inside of a limited child: it limits itself, reads one file, and writes down how it ended.

Nothing but JSON and Parquet comes back, so that a damaged or hostile file can only hurt this
process, which ends after it.
"""

import contextlib
import errno
import json
import os
import signal
import sys
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import psutil
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from core import UnreadableFile
from core.errors import Reason
from queue_jobs.lifeline import die_with_parent
from queue_jobs.logs import where_it_broke
from store.readers import Reading
from store.readers.ingest import Ingested, ingest
from store.readers.limits import MAX_UNPACKED_BYTES

ENDING, SAID = "ending.json", "said.txt"
"""How the child ended, and what it and its libraries printed."""

MEGABYTE = 2**20
RESERVED_MB = 2048
"""Addresses that allocators and threads reserve and never fill; 1.5 GB measured for a 1 GB CSV."""

OPEN_FILES = 1024
PREVIEW_CHARACTERS = 1_000
PANIC = "PanicException"
"""What Polars raises when its Rust code breaks; it has no public name."""

REASONS: dict[int | None, Reason] = {
    errno.ENOMEM: "out_of_memory",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
}
"""The failures of the system that are about its limits; also the exit codes of the child."""


@plain_dataclass(frozen=True)
class Request:
    """What to read: the file, its owner's name for it, choices, a private folder, and limits."""

    path: Path
    name: str
    reading: Reading
    folder: Path
    memory_mb: int
    seconds: int

    def line(self) -> bytes:
        """The request as one line; JSON escapes what a path holds that is no character."""
        values = {**vars(self), "path": str(self.path), "folder": str(self.folder)}
        return json.dumps(values | {"reading": self.reading.model_dump()}).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> "Request":
        """The request of a line."""
        values: dict[str, Any] = json.loads(line)
        paths = {key: Path(values[key]) for key in ("path", "folder")}
        return cls(**{**values, **paths, "reading": Reading.model_validate(values["reading"])})


@dataclass(frozen=True)
class Ending:
    """The table's books, or the reason of a refusal with its sentence, or where a bug broke it."""

    ingested: Ingested | None = None
    reason: Reason | None = None
    message: str = ""
    trace: str = ""


ENDING_JSON = TypeAdapter(Ending)


def fork(request: Request) -> int:
    """Start a child of this process that reads; return its process id."""
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        run(request, parent)
    return pid


def run(request: Request, parent: int | None = None) -> NoReturn:
    """Read, and end this process; it also ends when its `parent` does.

    The exit code is 0 when the ending could be written, else the errno that prevented it.
    """
    code = errno.EIO
    try:
        listen_to_nobody(request.folder)
        if parent is not None:
            die_with_parent(parent)
        limit(request)
        (request.folder / ENDING).write_bytes(ENDING_JSON.dump_json(read(request)))
        code = 0
    except MemoryError:
        code = errno.ENOMEM
    except OSError as error:
        code = error.errno or errno.EIO
    finally:
        os._exit(code)


def listen_to_nobody(folder: Path) -> None:
    """Let go of the terminal, of the parent's pipes and of its signal handlers."""
    said = os.open(folder / SAID, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for standard, target in enumerate((os.open(os.devnull, os.O_RDONLY), said, said)):
        os.dup2(target, standard)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(0o077)


def limit(request: Request) -> None:
    """Set the limits that the system enforces, where it has them.

    The address space is the last resort: what the process has already, the budget, a mapping of
    the file itself, and what is only reserved. The parent watches the memory really used.
    """
    if sys.platform == "win32":
        return
    import resource

    if os.getpgrp() != os.getpid():
        os.setpgrp()
    size = request.path.stat().st_size
    room = (request.memory_mb + RESERVED_MB) * MEGABYTE + size
    seconds = request.seconds * (os.cpu_count() or 1)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    lower(resource.RLIMIT_FSIZE, 2 * (size + MAX_UNPACKED_BYTES))
    # The first second over the limit gives SIGXCPU, which tells it apart from being killed.
    lower(resource.RLIMIT_CPU, seconds, seconds + 5)
    lower(resource.RLIMIT_AS, psutil.Process().memory_info().vms + room)


def lower(kind: int, soft: int, hard: int | None = None) -> None:
    """Set one limit; a system that refuses it goes without."""
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, soft if hard is None else hard))


def read(request: Request) -> Ending:
    """Read the file; whatever happens is an ending."""
    try:
        return Ending(short(ingest(request.path, request.name, request.reading, request.folder)))
    except UnreadableFile as error:
        return Ending(reason=error.reason, message=error.message)
    except MemoryError:
        return Ending(reason="out_of_memory")
    except OSError as error:
        reason = REASONS.get(error.errno)
        return Ending(reason=reason, trace="" if reason else where(error))
    except BaseException as error:  # noqa: BLE001 - a panic of Polars is no Exception
        reason = "reader_crashed" if type(error).__name__ == PANIC else None
        return Ending(reason=reason, trace=where(error))


def where(error: BaseException) -> str:
    """Where it broke, without the text of the exception, which may quote cells."""
    return str(where_it_broke(None, "error", {"exc_info": error})["exception"])


def short(ingested: Ingested) -> Ingested:
    """The same with long cells of the preview cut, since pages and parents hold it in memory."""
    rows = tuple(
        tuple(cell and cell[:PREVIEW_CHARACTERS] for cell in row) for row in ingested.preview
    )
    return replace(ingested, preview=rows)
