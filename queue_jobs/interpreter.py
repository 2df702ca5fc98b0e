"""Starts Python processes whose id is the one we know, and asks them to stop, on every system."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def start_python(*arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
    """Start a Python that finds our modules, out of reach of the terminal's Ctrl-C.

    On Windows it leads a process group of its own, to which CTRL_BREAK_EVENT can be sent.
    `options` are those of Popen; `env` holds what is added to this process's environment.
    """
    program, needed = interpreter()
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [program, *arguments],
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        env={**os.environ, "PYTHONPATH": path, **options.pop("env", {}), **needed},
        **options,
    )


def interpreter() -> tuple[str, dict[str, str]]:
    """The program to start, and what it needs in its environment.

    On Windows the python.exe of a virtual environment only launches the real one, as a child
    with another process id. It is gone round as Python's own `multiprocessing` does it.
    """
    base = str(getattr(sys, "_base_executable", sys.executable))
    if sys.platform != "win32" or base == sys.executable:
        return sys.executable, {}
    return base, {"__PYVENV_LAUNCHER__": sys.executable}


def ask_to_stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end when it can; on Windows `terminate` would be a hard kill.

    There it must lead a process group and share our console, and sees SIGBREAK.
    """
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            process.terminate()
