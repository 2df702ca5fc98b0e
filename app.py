"""Assay: `streamlit run app.py` starts pages, queue and workers in one command."""

import gc
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from streamlit import config as streamlit_config

import web
from core import AssayError, Settings, new_id
from queue_jobs.backend import Backend
from queue_jobs.logs import configure, log
from web.gate import Gate
from web.opened import queue_of
from web.signing import secret

HERE = Path(__file__).parent
SETTINGS = Settings.from_environment()
# Larger files come in chunks by a route of ours, which do not stay in memory.
streamlit_config.set_option("server.maxUploadSize", SETTINGS.box_upload_mb)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the store and start what runs beside the pages; stop it, in order, at the end."""
    configure(SETTINGS)
    secret(SETTINGS)
    end_with_terminal()
    running = ExitStack()
    try:
        await to_thread.run_sync(start, running)
        yield
    finally:
        await to_thread.run_sync(running.close)


def end_with_terminal() -> None:
    """Stop in order when the terminal is closed, too, unless it was started under nohup."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and sys.platform != "win32" and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def start(running: ExitStack) -> None:
    """Migrate the database, then start server, workers and reconciler.

    With REDIS_URL only the reconciler runs here, since workers are started on their own; without
    a queue it picks up what an earlier process left.
    """
    queue_of(SETTINGS)
    running.enter_context(Backend(SETTINGS))
    # What is loaded by now stays: no need to look through it at each collection.
    gc.collect()
    gc.freeze()


def script_error(error: Exception) -> bool:
    """Show a sentence instead of a trace; the log has the trace under the same id."""
    if isinstance(error, AssayError):
        st.error(error.message)
        return True
    number = new_id()[:8]
    log.error("page broke", error_id=number, exc_info=error)
    st.error(f"Something went wrong on our side; the log has the details under {number}.")
    return True


app = st.App(
    HERE / "pages" / "_shell.py",
    routes=web.routes(SETTINGS, HERE / "ui" / "assay.png"),
    middleware=[Middleware(Gate, settings=SETTINGS)],
    lifespan=lifespan,
    on_script_error=script_error,
    exception_handlers={AssayError: web.refused},
)
