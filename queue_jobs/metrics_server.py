"""A worker's own /metrics, for hosts on which no pages run."""

import errno
import hmac
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client.exposition import ThreadingWSGIServer, make_wsgi_app

from core import AssayError, Settings
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from queue_jobs.metrics import registry

PATH = "/metrics"
SILENT_SECONDS = 5.0

OPEN_TO_ALL = (
    "METRICS_HOST {host} can be reached from other computers: set METRICS_TOKEN, "
    "or leave METRICS_HOST at 127.0.0.1."
)
NO_ADDRESS = "/metrics cannot be served on {host}:{port} ({reason}): change METRICS_HOST or _PORT."
NO_TOKEN = b"Send METRICS_TOKEN as a bearer token.\n"

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Handler(WSGIRequestHandler):
    """Logs nothing, and waits for nobody who connects and says nothing."""

    timeout = SILENT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""


def serve(settings: Settings, queue: JobQueue) -> WSGIServer | None:
    """Answer on METRICS_HOST:METRICS_PORT from a thread, to the end of the process.

    None when METRICS_PORT is 0, and when another worker of this host answers there already:
    all would say the same. `queue` must keep no database connection open (`pooled=False`).
    Raises AssayError when other computers could read without a token, or for a wrong address.
    """
    host, port = settings.metrics_host, settings.metrics_port
    if not port:
        return None
    if not settings.metrics_token and not is_loopback(host):
        raise AssayError(OPEN_TO_ALL.format(host=host))
    scraping = threading.Lock()
    server = listen(host, port, guarded(settings, queue, scraping))
    if server is None:
        log.info("metrics are served by another process", host=host, port=port)
        return None
    keep_children_out(server, scraping)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def listen(host: str, port: int, application: Wsgi) -> WSGIServer | None:
    """A server on this address; None when it is taken. Raises AssayError for a wrong one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        kind = type("Server", (ThreadingWSGIServer,), {"address_family": family})
        return make_server(host, port, application, kind, handler_class=Handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        reason = error.strerror or "no such address"
        raise AssayError(NO_ADDRESS.format(host=host, port=port, reason=reason)) from error


def guarded(settings: Settings, queue: JobQueue, scraping: threading.Lock) -> Wsgi:
    """The application: the metrics, for whoever may read them."""
    exposition = make_wsgi_app(registry(queue))

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return refuse(start, "404 Not Found", b"Look at /metrics.\n")
        if settings.metrics_token and not is_bearer(
            settings.metrics_token, environ.get("HTTP_AUTHORIZATION", "")
        ):
            return refuse(start, "401 Unauthorized", NO_TOKEN)
        with scraping:
            return exposition(environ, start)  # type: ignore[no-any-return]

    return answer


def refuse(start: Any, status: str, sentence: bytes) -> Iterable[bytes]:
    """A plain answer."""
    start(status, [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
    return [sentence]


def keep_children_out(server: WSGIServer, scraping: threading.Lock) -> None:
    """Fork only between two scrapes, and let no child hold the port.

    A lock of SQLite that this thread held at a fork would stay locked in the child for ever.
    """
    if not hasattr(os, "register_at_fork"):
        return

    def in_child() -> None:
        scraping.release()
        server.socket.close()

    os.register_at_fork(
        before=partial(scraping.acquire),
        after_in_parent=scraping.release,
        after_in_child=in_child,
    )


def is_bearer(token: str, authorization: str) -> bool:
    """True for the header `Bearer TOKEN`, compared in constant time."""
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def is_loopback(host: str) -> bool:
    """True when only this computer can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
