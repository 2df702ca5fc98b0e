"""fakeredis as a server process, for systems without a Valkey binary: `-m queue_jobs.fake_server`.

In memory and without a password: anybody on this host can reach it. Losing it is harmless,
because rows ring again, and planted jobs are refused by BellJob.
"""

import os
import signal
import sys
from functools import partial
from typing import Any

from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler
from fakeredis._command_args_parsing import Timeout
from fakeredis._commands import command
from fakeredis._socket._base import BaseFakeSocket
from fakeredis.model._client_info import ClientInfo


def adapt() -> None:
    """Make fakeredis 2.40 fit for RQ workers; each line mends something that was measured.

    Nagle's algorithm limits a client to 11 enqueues a second; the address in CLIENT INFO holds
    a space, on which RQ's parser stumbles; without INFO, RQ takes the server for Redis 5 and
    loses jobs that a killed worker had popped; BLMOVE on an empty list returns at once, so that
    an idle worker would spin.
    """
    handler: Any = TCPFakeRequestHandler
    handler.disable_nagle_algorithm = True
    client: Any = ClientInfo
    client.as_bytes = client_info
    commands: Any = BaseFakeSocket
    commands.info = info
    commands.blmove = blmove


def client_info(client: Any) -> bytes:
    """The fields of CLIENT INFO without spaces inside a value."""
    fields = (
        f"{name}={':'.join(map(str, value)) if isinstance(value, tuple) else value}"
        for name, value in client.items()
    )
    return " ".join(fields).encode()


@command(name="INFO", fixed=(), repeat=(bytes,))
def info(socket: Any, *sections: bytes) -> bytes:
    """The lines of INFO that RQ and the operations page read."""
    lines = (
        "# Server",
        "redis_version:7.2.4",
        "server_name:fakeredis",
        f"process_id:{os.getpid()}",
    )
    return "\r\n".join((*lines, "")).encode()


@command(name="BLMOVE", fixed=(bytes, bytes, bytes, bytes, Timeout))
def blmove(
    socket: Any, source: bytes, target: bytes, take: bytes, put: bytes, timeout: float
) -> Any:
    """Wait for an element of the source list and move it to the target list."""
    left, to_left = take.lower() == b"left", put.lower() == b"left"
    move = partial(socket._blmovem_pass, source, target, left, to_left, False, 1, True)
    return socket._blocking(timeout, move, shape=lambda moved: moved[0] if moved else None)


def main() -> None:
    """Serve on a free port of 127.0.0.1, whose number is the only line on stdout."""
    adapt()
    server = TcpFakeServer(("127.0.0.1", 0))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.close()
    sys.stdout = sys.stderr
    server.serve_forever()


if __name__ == "__main__":
    main()
