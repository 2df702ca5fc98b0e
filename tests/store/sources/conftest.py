"""Servers of the tests: what they answer is up to each test, and a canary answers nothing."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from store.sources.addresses import Network

HOST = "data.example.org"
Answer = Callable[[BaseHTTPRequestHandler], None]
LOOPBACK = Network(lambda host, port: ("127.0.0.1",), lambda address: True)
"""Every name is this machine, and that is fine: for tests alone."""


class TestServer(ThreadingHTTPServer):
    """A server on a free port; `seen` holds the requests."""

    daemon_threads = True
    seen: list[BaseHTTPRequestHandler]

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def hosts(self) -> str:
        """The setting that allows this server."""
        return f"{HOST}:{self.port}"

    def url(self, path: str = "/data.csv") -> str:
        return f"http://{HOST}:{self.port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of the tests hang up on purpose."""


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], TestServer]]:
    """Start a server that answers GET and HEAD by a function."""
    servers: list[TestServer] = []

    def start(answer: Answer) -> TestServer:
        def do(self: BaseHTTPRequestHandler) -> None:
            server.seen.append(self)
            answer(self)

        members = {"do_GET": do, "do_HEAD": do, "log_message": lambda *_: None}
        server = TestServer(("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), members))
        server.seen = []
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A listener on this machine that nobody may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener
        time.sleep(0.05)
        with pytest.raises(BlockingIOError):
            listener.accept()


def reply(
    content: bytes = b"a,b\n1,2\n", status: int = 200, length: int | None = None, **headers: str
) -> Answer:
    """Answer with a file. An underscore in a header's name stands for a hyphen."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer
