"""A Valkey of the drill's own: the configuration of the embedded server, and an administrator."""

import hashlib
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.chaos_fleet import Member
from queue_jobs.embedded_server import CONFIG, USER, quoted, valkey_binary

ADMIN = "nemesis"


@dataclass(frozen=True)
class Server:
    """Where it listens, for those who use it and for the nemesis."""

    member: Member
    url: str
    admin_url: str

    def admin(self) -> Redis:
        """A client that may do everything."""
        return Redis.from_url(self.admin_url, socket_timeout=5, socket_connect_timeout=2)

    def answers(self) -> bool:
        """True when it takes commands."""
        with self.admin() as admin:
            try:
                return bool(admin.ping())
            except RedisError:
                return False


def assay_server(folder: Path, environment: dict[str, str]) -> Server:
    """As the embedded one, on a socket and with its rights; the nemesis has a user of its own."""
    secret, own = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    path = folder / "s.sock"
    config = CONFIG.format(
        socket=quoted(path),
        folder=quoted(folder),
        log=quoted(folder / "server.log"),
        user=USER,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        prefix="rq",
    )
    config += f"user {ADMIN} on >{own} ~* &* +@all\n"
    member = server_member(folder, config, environment)
    return Server(member, f"unix://{USER}:{secret}@{path}?db=0", f"unix://{ADMIN}:{own}@{path}")


PEER_CONFIG = """bind 127.0.0.1
port {port}
dir {folder}
logfile {log}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def peer_server(folder: Path, environment: dict[str, str]) -> Server:
    """The same program, open to all of this host: what RQ and Celery take without further ado."""
    port = free_port()
    config = PEER_CONFIG.format(port=port, folder=quoted(folder), log=quoted(folder / "server.log"))
    url = f"redis://127.0.0.1:{port}/0"
    return Server(server_member(folder, config, environment), url, url)


def server_member(folder: Path, config: str, environment: dict[str, str]) -> Member:
    """The process, configured by a file that only this user can read."""
    binary = valkey_binary()
    if binary is None:
        raise SystemExit("The drill needs Valkey, which has no program for this platform.")
    folder.mkdir(mode=0o700)
    file = folder / "valkey.conf"
    file.touch(mode=0o600)
    file.write_text(config, encoding="utf-8")
    return Member("server", [str(binary), str(file)], environment, folder / "start.log")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
