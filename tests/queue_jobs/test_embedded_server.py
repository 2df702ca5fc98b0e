"""The embedded server: private, found again after a crash, and gone when it is stopped."""

import os
import signal
import ssl
import stat
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from core import QueueUnavailable, Settings
from queue_jobs.connection import connect, redis_url, with_ca
from queue_jobs.embedded_server import (
    ensure_server,
    is_private,
    read_record,
    socket_path,
    stop_server,
    valkey_binary,
)
from queue_jobs.processes import runs
from tests.queue_jobs.conftest import eventually

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(valkey_binary() is None, reason="there is no Valkey binary here"),
]

KEEP_AND_DIE = """
import os, signal
from core import Settings
from queue_jobs.embedded_server import ensure_server
ensure_server(Settings.from_environment())
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data_dir=tmp_path)
    yield settings
    stop_server(settings)


def test_stopping_what_was_never_started_is_no_error(settings):
    stop_server(settings)


def test_without_a_server_there_is_no_address(settings):
    with pytest.raises(QueueUnavailable, match="start the app"):
        redis_url(settings)


def test_a_started_server_answers_and_a_second_start_attaches(settings):
    server = ensure_server(settings)
    assert connect(settings).ping()
    assert ensure_server(settings) == server


def test_the_address_is_readable_by_its_user_only(settings):
    ensure_server(settings)
    folder = settings.data_dir / "queue"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (modes["server.json"], modes["password"], modes["s.sock"]) == (0o600, 0o600, 0o600)


def test_the_server_has_no_port_and_its_password_is_in_no_process_list(settings):
    server = psutil.Process(ensure_server(settings).pid)
    assert server.net_connections("tcp") == []
    assert (settings.data_dir / "queue" / "password").read_text() not in " ".join(server.cmdline())


def test_a_wrong_password_is_refused(settings):
    url = ensure_server(settings).url
    path = url.partition("@")[2].partition("?")[0]
    with pytest.raises(AuthenticationError):
        Redis(unix_socket_path=path, username="rq", password="wrong", retry=None).ping()


@pytest.mark.parametrize(
    "command", [("CONFIG", "GET", "*"), ("FLUSHALL",), ("SHUTDOWN",), ("SET", "other", "1")]
)
def test_our_user_may_not(settings, command):
    ensure_server(settings)
    with pytest.raises((NoPermissionError, ResponseError)):
        connect(settings).execute_command(*command)


def test_waiting_jobs_survive_a_killed_server(settings):
    first = ensure_server(settings)
    connect(settings).rpush("rq:kept", "a", "b")
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: not runs(first.pid))
    second = ensure_server(settings)
    assert (second.pid != first.pid, second.url) == (True, first.url)
    assert connect(settings).lrange("rq:kept", 0, -1) == [b"a", b"b"]


def test_a_server_whose_app_was_killed_is_found_and_owned(settings, spawn):
    env = os.environ | {"DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(Path.cwd())}
    spawn("-c", KEEP_AND_DIE, env=env).wait()
    left = read_record(settings.data_dir / "queue")
    server = ensure_server(settings)
    assert (server.pid, server.started_by_us) == (left.pid, True)


def test_a_server_is_found_again_after_the_clock_was_set(settings):
    server = ensure_server(settings)
    record = settings.data_dir / "queue" / "server.json"
    born = str(read_record(record.parent).born)
    record.write_text(record.read_text().replace(f'"born": {born}', '"born": 1.0'))
    assert read_record(record.parent).born == 1.0
    assert ensure_server(settings).pid == server.pid


def test_a_stopped_server_leaves_no_process(settings):
    server = ensure_server(settings)
    stop_server(settings)
    assert not psutil.pid_exists(server.pid)


def test_a_long_data_folder_gets_a_short_private_socket_folder(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    path = socket_path(deep)
    assert len(str(path)) < 100
    assert is_private(path.parent)
    path.parent.rmdir()


def test_the_ca_file_becomes_part_of_an_encrypted_address():
    url = with_ca("rediss://:pw@redis.example:6380/0?db=1", "/etc/ca file.pem")
    assert url.endswith("?db=1&ssl_ca_certs=/etc/ca%20file.pem")
    assert with_ca("redis://plain:6379", "/etc/ca.pem") == "redis://plain:6379"


def test_an_encrypted_connection_checks_the_certificate(tmp_path):
    settings = Settings(redis_url="rediss://redis.example", redis_ca_cert="/etc/ca.pem")
    connection = connect(settings).connection_pool.make_connection()
    assert (connection.cert_reqs, connection.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert connection.ca_certs == "/etc/ca.pem"
