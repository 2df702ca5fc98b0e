"""The command line of the queue.

python -m queue_jobs up                       server, workers and reconciler, without the pages
python -m queue_jobs worker                   one worker, until it is told to stop
python -m queue_jobs run TOOL FILE --out DIR  one job inline, as a worker would do it
python -m queue_jobs inspect FILE…            how files are read, one line of JSON for each
"""

import argparse
import os
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

from core import AssayError, Settings
from queue_jobs.logs import configure


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    main = argparse.ArgumentParser(prog="python -m queue_jobs", description="Assay's queue.")
    commands = main.add_subparsers(required=True)
    up = commands.add_parser("up", help="start server, workers and reconciler without the pages")
    up.set_defaults(command=up_command)
    worker = commands.add_parser("worker", help="run one worker until it is told to stop")
    worker.set_defaults(command=worker_command)
    run = commands.add_parser("run", help="run one job inline and leave its artifacts in a folder")
    run.set_defaults(command=run_command)
    run.add_argument("tool", help="profile-my-data, clean-my-data or master-my-data")
    run.add_argument("file", type=Path)
    run.add_argument("--reference", type=Path, help="a second table, such as a baseline")
    run.add_argument("--params", help="parameters as JSON, or the path of a JSON file")
    run.add_argument("--out", type=Path, required=True, help="folder for the artifacts")
    look = commands.add_parser("inspect", help="read files as a job would, one JSON line for each")
    look.set_defaults(command=inspect_command)
    look.add_argument("files", nargs="+", type=Path, metavar="FILE")
    look.add_argument("--out", type=Path, help="folder for the tables as CSV")
    look.add_argument("--seconds", type=int, help="time limit per file (default: READ_SECONDS)")
    return main


def up_command(args: argparse.Namespace) -> int:
    """Run the backend until SIGINT or SIGTERM."""
    from queue_jobs.backend import Backend

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings.from_environment()
    configure(settings)
    with Backend(settings, workers=settings.workers):
        stop.wait()
    return 0


def worker_command(args: argparse.Namespace) -> int:
    """Run one worker, in one process or, where there is no fork, under a guard: 2 for bad settings.

    A guard alone needs half the memory of what a worker imports.
    """
    if hasattr(os, "fork"):
        from queue_jobs.worker import run_worker as run
    else:
        from queue_jobs.guard import run_guard as run
    try:
        run(Settings.from_environment())
    except AssayError as error:
        print(error.message, file=sys.stderr)
        return 2
    return 0


def run_command(args: argparse.Namespace) -> int:
    """Run one job inline: 0 done, 2 refused or failed with one sentence."""
    from queue_jobs.inline import describe, load_params, run_inline

    try:
        params = load_params(args.params)
        run = run_inline(args.tool, args.file, args.reference, params, args.out)
    except AssayError as error:
        print(error.message, file=sys.stderr)
        return 2
    print(describe(run))
    return 0


def inspect_command(args: argparse.Namespace) -> int:
    """Say how files are read: 0 whatever they are, 2 without a folder, 130 after Ctrl-C."""
    from queue_jobs.inspect_files import inspect
    from queue_jobs.limited_child import Limits

    settings = Settings.from_environment()
    configure(settings)
    try:
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--out is no folder that can be written to: {error.strerror}.", file=sys.stderr)
        return 2
    # Polars has taken SIGINT over, and after its handler a main thread that waits goes on to wait.
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))
    limits = Limits(settings.read_memory_mb, args.seconds or settings.read_seconds)
    try:
        with closing(inspect(args.files, limits, args.out)) as lines:
            for line in lines:
                print(line, flush=True)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    arguments = parser().parse_args()
    sys.exit(arguments.command(arguments))
