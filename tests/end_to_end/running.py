"""Starts the real app as a user does, and knows all of its processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]


@dataclass(frozen=True)
class RunningApp:
    """A started app: its address, its process and its data folder."""

    url: str
    process: subprocess.Popen[bytes]
    data: Path

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def family(self) -> list[psutil.Process]:
        """Every live process that works on this data folder: server, workers, their children."""
        return family(self.data)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> None:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        self.process.wait(seconds)


def family(data: Path) -> list[psutil.Process]:
    """Every live process of a data folder: by its environment, or (the server) by where it is."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("DATA_DIR") == str(data)
            ours = ours or Path(process.cwd()).is_relative_to(data)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(data: Path, **environment: str) -> RunningApp:
    """`streamlit run app.py` on a free port; returns at once."""
    port = free_port()
    env = {**os.environ, "DATA_DIR": str(data), **environment}
    log = (data.parent / f"app-{port}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT,
        env=env,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    return RunningApp(f"http://localhost:{port}", process, data)


def wait_until(condition, seconds: float = 60, every: float = 0.1, what: str = "it") -> None:
    """Wait until a condition holds; fails with what was waited for."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(every)


def ready(app: RunningApp) -> bool:
    """True when /readyz answers 200."""
    try:
        return app.get("/readyz")[0] == 200
    except OSError:
        return False


@contextmanager
def running_app(data: Path, wait: bool = True, **environment: str) -> Iterator[RunningApp]:
    """A started app that is ready for jobs; whatever happens, none of its processes stays."""
    data.mkdir(parents=True, exist_ok=True)
    app = launch(data, **environment)
    try:
        if wait:
            wait_until(lambda: ready(app), 90, what="readiness")
        yield app
    finally:
        if app.process.poll() is None:
            app.process.terminate()
            try:
                app.process.wait(30)
            except subprocess.TimeoutExpired:
                app.process.kill()
        for process in family(data):
            process.kill()
