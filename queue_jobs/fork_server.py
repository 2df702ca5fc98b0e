"""A process that has imported all readers and forks a limited child for each line it is given.

Forking takes milliseconds where starting Python with its libraries takes a second. Python's own
forkserver is not used: its children run the main script of their client again (a page, under
Streamlit) and keep their server alive, so that they outlive a client that was killed.

python -m queue_jobs.fork_server        reads requests from standard input, and answers each with
                                        the process id of the child and, later, its exit code
                                        (minus the signal that ended it)
python -m queue_jobs.fork_server once   becomes the child of one request, where there is no fork
"""

import importlib
import os
import select
import signal
import sys

from queue_jobs.reading_child import Request, fork, run

PRELOADED = ("pandas",)
"""What pyarrow imports for some files; each child would do that again."""


def serve() -> None:
    """One request after the other, until whoever asks is gone; a child that runs then ends, too."""
    for name in PRELOADED:
        importlib.import_module(name)
    while line := sys.stdin.buffer.readline():
        pid, alive = start(Request.of(line))
        answer(pid)
        ready, _, _ = select.select([sys.stdin.buffer, alive], [], [])
        if alive not in ready:
            os.kill(pid, signal.SIGKILL)
        answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os.close(alive)


def start(request: Request) -> tuple[int, int]:
    """Fork a child; return its id, and the end of a pipe that closes when the child has ended."""
    alive, held = os.pipe()
    pid = fork(request)
    os.close(held)
    return pid, alive


def answer(number: int) -> None:
    """Send a number to whoever asked; who is gone need not know."""
    try:
        os.write(sys.stdout.fileno(), b"%d\n" % number)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    run(Request.of(sys.stdin.buffer.readline()), os.getppid()) if sys.argv[1:] else serve()
