"""A stand-in for Windows: with this folder on PYTHONPATH, Python lacks what Windows lacks.

It is run before anything else is imported. `resource` stays, since libraries need it on Linux, but
sets no limit; SIGKILL stays, since subprocess needs it.
"""

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
