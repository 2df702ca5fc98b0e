"""A worker's own /metrics: where it listens, whom it answers, and that it survives forks."""

import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from core import AssayError, Settings
from queue_jobs.backend import worker_environment
from queue_jobs.job_queue import JobQueue, open_queue
from queue_jobs.metrics_server import is_loopback, serve
from tests.queue_jobs.conftest import eventually


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def queue(tmp_path) -> JobQueue:
    """Store and doorbell as a process has them that forks."""
    return open_queue(Settings(data_dir=tmp_path, use_queue=False), pooled=False)


@pytest.fixture
def start(queue, free_port):
    """Starts servers that end with the test; changes are settings."""
    servers = []

    def start(**changes):
        server = serve(replace(queue.settings, metrics_port=free_port, **changes), queue)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server is not None:
            server.shutdown()
            server.server_close()


def get(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    """Status and body of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_without_a_port_there_is_none(queue):
    assert serve(queue.settings, queue) is None


def test_this_computer_reads_them_without_a_token(start, free_port):
    start()
    status, text = get(free_port)
    assert status == 200
    assert "\nassay_database_up 1.0\n" in text


def test_nothing_else_is_served(start, free_port):
    start()
    assert get(free_port, "/")[0] == 404


def test_with_a_token_only_its_bearer_reads_them(start, free_port):
    start(metrics_token="scrape-me")
    assert get(free_port)[0] == 401
    assert get(free_port, Authorization="Bearer guess")[0] == 401
    assert get(free_port, Authorization="Bearer scrape-me")[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "metrics.example"])
def test_other_computers_are_not_let_in_without_a_token(start, host):
    with pytest.raises(AssayError, match="set METRICS_TOKEN"):
        start(metrics_host=host)


def test_an_address_of_another_computer_is_refused_with_a_sentence(start):
    with pytest.raises(AssayError, match="change METRICS_HOST"):
        start(metrics_host="192.0.2.7", metrics_token="scrape-me")


def test_the_second_worker_of_a_host_goes_on_without(start, free_port):
    assert start() is not None
    assert start() is None
    assert get(free_port)[0] == 200


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_a_loopback_address_is_recognised(host, ours):
    assert is_loopback(host) is ours


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_child_is_forked_between_scrapes_and_does_not_hold_the_port(start, free_port):
    server = start()
    busy = threading.Thread(target=lambda: [get(free_port) for _ in range(20)])
    busy.start()
    endings = [in_child(server) for _ in range(10)]
    busy.join()
    assert endings == [0] * 10
    assert get(free_port)[0] == 200


def in_child(server) -> int:
    """Fork a child that looks at its copy of the port; return 0 when that is closed."""
    child = os.fork()
    if child == 0:
        os._exit(0 if server.socket.fileno() == -1 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.end_to_end
def test_a_worker_serves_them(house, work, free_port):
    work(house, METRICS_PORT=str(free_port))
    # Registered with RQ, it has yet to send its first heartbeat.
    eventually(lambda: "\nassay_active_workers 1.0\n" in get(free_port)[1], 30)


@pytest.mark.end_to_end
def test_a_worker_that_would_tell_everybody_does_not_start(house, spawn, free_port):
    open_to_all = {"METRICS_HOST": "0.0.0.0", "METRICS_PORT": str(free_port)}
    environment = worker_environment(house.settings) | open_to_all
    worker = spawn("-m", "queue_jobs", "worker", env=environment, stderr=subprocess.PIPE)
    assert b"set METRICS_TOKEN" in worker.communicate(timeout=60)[1]
    assert worker.returncode != 0
