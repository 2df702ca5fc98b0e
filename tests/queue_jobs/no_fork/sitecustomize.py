"""A stand-in for Windows: with this folder on PYTHONPATH, Python lacks what Windows lacks.

It is run before anything else is imported. `resource` stays, since libraries need it on Linux, but
sets no limit, and no module of ours can be imported that begins by importing it; SIGKILL stays,
since subprocess needs it.
"""

import builtins
import os
import resource
import signal
import sys

for name in ("fork", "forkpty", "wait3", "wait4", "posix_spawn", "posix_spawnp", "killpg"):
    delattr(os, name)
for name in ("SIGALRM", "alarm", "setitimer"):
    delattr(signal, name)
sys.modules["fcntl"] = None


def refuse(*_: object) -> None:
    """Windows has no such limits."""
    raise OSError("no limits here")


resource.setrlimit = refuse

OURS = ("core", "queue_jobs", "store", "transformers", "web")
import_as_ever = builtins.__import__


def import_as_on_windows(name, scope=None, *more, **named):
    """Refuse our modules what only Unix has; what a function imports once it runs is allowed."""
    package = (scope or {}).get("__name__", "").partition(".")[0]
    if name == "resource" and package in OURS and sys._getframe(1).f_code.co_name == "<module>":
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return import_as_ever(name, scope, *more, **named)


builtins.__import__ = import_as_on_windows
