"""A file from an http(s) address: checked, pinned to the checked address, and bounded.

The name is resolved once and the connection goes to the very address that was checked, so that a
second answer of the name server (DNS rebinding) is never asked for. Each redirect is checked anew.
"""

import io
import socket
import ssl
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from core import UnreadableFile
from store.sources.addresses import INTERNET, Network
from store.sources.content import Content, later, refused, too_slow, unavailable
from store.sources.file_name import name_of
from store.sources.target import PORTS, Target, permitted

BLOCK = 1 << 16
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 30.0
MAX_REDIRECTS = 5
MAX_ADDRESSES = 4
REDIRECTS = {301, 302, 303, 307, 308}
TRY_LATER = {408, 425, 429}
HEADERS = {"User-Agent": "assay", "Accept": "*/*", "Accept-Encoding": "identity"}


class TimedReader(io.RawIOBase):
    """The incoming side of a socket: no wait is longer than IDLE_SECONDS or the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self.raw, self.sock, self.deadline = raw, sock, deadline

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there. Raises TimeoutError after silence, or when time is up."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(min(IDLE_SECONDS, left))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self.raw.close()
        super().close()


class TimedResponse(HTTPResponse):
    """A response that one byte a minute cannot keep open for ever."""

    def __init__(self, sock: socket.socket, *, deadline: float, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp = io.BufferedReader(TimedReader(self.fp.detach(), sock, deadline))


class PinnedConnection(HTTPConnection):
    """Connects to the addresses that were checked; Host, SNI and certificate are of the name."""

    def __init__(self, target: Target, addresses: tuple[str, ...], deadline: float) -> None:
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]
        self.addresses = addresses
        self.context = ssl.create_default_context() if target.scheme == "https" else None
        self.response_class = partial(TimedResponse, deadline=deadline)  # type: ignore[assignment]

    def connect(self) -> None:
        """Connect to the first address that answers. Raises OSError."""
        self.sock: Any = self.first()
        if self.context is not None:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)

    def first(self) -> socket.socket:
        """A socket to one of the addresses."""
        *others, last = self.addresses[:MAX_ADDRESSES]
        for address in others:
            try:
                return socket.create_connection((address, self.port), CONNECT_SECONDS)
            except OSError:
                continue
        return socket.create_connection((last, self.port), CONNECT_SECONDS)


def open_url(url: str, hosts: str, deadline: float, network: Network = INTERNET) -> Content:
    """Ask for the file at an address; `deadline` is on the monotonic clock.

    Raises UnreadableFile (source_refused: not allowed; source_unavailable: no such file), or
    Transient when the server does not answer or says that it is busy.
    """
    target = permitted(url, hosts)
    for _ in range(MAX_REDIRECTS + 1):
        connection, response = ask(target, network, deadline)
        if response.status not in REDIRECTS:
            return received(target, connection, response, deadline)
        connection.close()
        target = redirected(target, response.getheader("Location", ""), hosts)
    raise refused(f"'{target.host}' redirects more than {MAX_REDIRECTS} times; check the address.")


def ask(target: Target, network: Network, deadline: float) -> tuple[HTTPConnection, HTTPResponse]:
    """Send the request to a checked address and read the head of the answer."""
    addresses = network.addresses(target.host, target.port)
    connection = PinnedConnection(target, addresses, deadline)
    try:
        with explained(target.host, deadline):
            connection.request("GET", target.path, headers={**HEADERS, "Connection": "close"})
            return connection, connection.getresponse()
    except BaseException:
        connection.close()
        raise


def redirected(target: Target, location: str, hosts: str) -> Target:
    """Where a redirect leads, checked like the first address. Raises UnreadableFile."""
    following = permitted(target.join(location), hosts)
    if (target.scheme, following.scheme) == ("https", "http"):
        raise refused(f"'{target.host}' redirects from https to http, which is not followed.")
    return following


def received(
    target: Target, connection: HTTPConnection, response: HTTPResponse, deadline: float
) -> Content:
    """The file of a good answer. Raises UnreadableFile or Transient for any other."""
    try:
        refuse_status(target.host, response.status)
        name = name_of(target, response.headers)
        encoding = response.getheader("Content-Encoding", "identity").strip().lower()
        if encoding in {"gzip", "x-gzip"}:
            # Kept packed: the reader unpacks within its own limits.
            name = name if name.lower().endswith(".gz") else f"{name}.gz"
        elif encoding not in {"", "identity"}:
            raise unavailable(f"'{target.host}' sends the file packed in a way nobody asked for.")
    except BaseException:
        connection.close()
        response.close()
        raise
    return Content(name, body(target.host, connection, response, deadline))


def refuse_status(host: str, status: int) -> None:
    """Raise what an answer other than 200 means."""
    if status >= 500 or status in TRY_LATER:
        raise later(f"'{host}' cannot deliver the file now (status {status}); it is tried again.")
    if status in {401, 403}:
        raise unavailable(f"'{host}' asks for a login or forbids the file (status {status}).")
    if status != 200:
        raise unavailable(f"'{host}' has no such file (status {status}); check the address.")


def body(
    host: str, connection: HTTPConnection, response: HTTPResponse, deadline: float
) -> Generator[bytes]:
    """The bytes of the answer, until its end. Raises Transient when it breaks off."""
    try:
        with explained(host, deadline):
            while block := response.read(BLOCK):
                yield block
            if response.length:
                raise later(f"'{host}' broke off {response.length:,} bytes before the end.")
    finally:
        response.close()
        connection.close()


@contextmanager
def explained(host: str, deadline: float) -> Iterator[None]:
    """Turn failures of the network into sentences."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise certificate(host) from None
    except (OSError, HTTPException):
        if time.monotonic() >= deadline:
            raise too_slow() from None
        raise later(f"'{host}' cannot be reached, or broke off; it is tried again.") from None


def certificate(host: str) -> UnreadableFile:
    """The refusal of a server that cannot prove its name."""
    return unavailable(f"The certificate of '{host}' is not valid, so the file was not fetched.")
