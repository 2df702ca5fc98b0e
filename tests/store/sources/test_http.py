"""Files over HTTP: only from checked addresses, bounded in time, whole or not at all."""

import gzip
import io
import shutil
import socket
import ssl
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from core import Settings, Transient, UnreadableFile
from store.sources import Source, http, open_source
from store.sources.addresses import Network
from store.sources.http import open_url
from tests.store.sources.conftest import HOST, LOOPBACK, reply


def fetched(url, hosts=HOST, network=LOOPBACK, seconds=10.0):
    """The name and all bytes."""
    content = open_url(url, hosts, time.monotonic() + seconds, network)
    return content.name, b"".join(content.blocks)


def refusal(url, hosts, network=LOOPBACK, seconds=10.0):
    """The refusal of an address."""
    with pytest.raises(UnreadableFile) as caught:
        fetched(url, hosts, network, seconds)
    return caught.value


def test_a_file_comes_with_its_name(serve):
    server = serve(reply(b"a,b\n1,2\n", Content_Type="text/csv"))
    assert fetched(server.url("/people?x=1"), server.hosts) == ("people.csv", b"a,b\n1,2\n")
    [request] = server.seen
    assert request.headers["Host"] == server.hosts
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.path == "/people?x=1"


def test_a_file_without_a_length_comes_whole(serve):
    def chunked(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        handler.wfile.write(b"4\r\na,b\n\r\n4\r\n1,2\n\r\n0\r\n\r\n")

    server = serve(chunked)
    assert fetched(server.url(), server.hosts)[1] == b"a,b\n1,2\n"


def test_a_file_that_is_packed_on_the_way_stays_packed_for_the_reader(serve):
    server = serve(reply(gzip.compress(b"a\n1\n"), Content_Encoding="gzip"))
    name, content = fetched(server.url(), server.hosts)
    assert (name, gzip.decompress(content)) == ("data.csv.gz", b"a\n1\n")


def test_another_packing_is_refused(serve):
    server = serve(reply(Content_Encoding="br"))
    assert refusal(server.url(), server.hosts).reason == "source_unavailable"


# Where to


def test_by_default_this_machine_is_never_connected_to(canary):
    port = canary.getsockname()[1]
    settings = Settings(source_hosts=f"localhost:{port},127.0.0.1:{port},[::1]:{port}")
    for host in ("localhost", "127.0.0.1", "[::1]"):
        source = Source(url=f"http://{host}:{port}/a.csv")
        with pytest.raises(UnreadableFile) as caught, open_source(source, settings):
            pass
        assert caught.value.reason == "source_refused"


def test_a_host_that_is_not_listed_is_not_even_looked_up(canary):
    def resolve(host, port):
        raise AssertionError(host)

    url = f"http://{HOST}:{canary.getsockname()[1]}/"
    assert refusal(url, "other.example.org", Network(resolve)).reason == "source_refused"


def test_the_connection_goes_to_the_address_that_was_checked(serve, monkeypatch):
    """A name server that answers differently the second time is not asked a second time."""
    server = serve(reply())
    answers = iter([("127.0.0.1",), ("127.0.0.2",)])
    monkeypatch.setattr(socket, "getaddrinfo", only_addresses(socket.getaddrinfo))
    rebinding = Network(lambda host, port: next(answers), lambda address: address == "127.0.0.1")
    assert fetched(server.url(), server.hosts, rebinding)[1]
    assert next(answers) == ("127.0.0.2",)


def only_addresses(original):
    """A resolver that knows no names: whoever connects by name fails."""

    def resolve(host, *arguments, **options):
        socket.inet_aton(host)
        return original(host, *arguments, **options)

    return resolve


def test_the_next_address_is_tried_when_one_does_not_answer(serve, monkeypatch):
    server = serve(reply())
    network = Network(lambda host, port: ("127.0.0.9", "127.0.0.1"), lambda address: True)
    assert fetched(server.url(), server.hosts, network)[1]


# Redirects


def test_a_redirect_is_followed(serve):
    answers = {"/old": reply(status=302, Location="/new/b.csv"), "/new/b.csv": reply(b"x\n1\n")}
    server = serve(lambda handler: answers[handler.path](handler))
    assert fetched(server.url("/old"), server.hosts) == ("b.csv", b"x\n1\n")


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://other.example.org/",
        "file:///etc/passwd",
        "ftp://data.example.org/",
        "http://user:s3cret@data.example.org/",
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_refused(serve, canary, place):
    location = place.format(port=canary.getsockname()[1])
    server = serve(reply(status=302, Location=location))
    error = refusal(server.url(), f"{server.hosts},{HOST}")
    assert error.reason == "source_refused"
    assert "s3cret" not in error.message


def test_a_redirect_to_a_listed_host_with_a_private_address_is_refused(serve, canary):
    port = canary.getsockname()[1]
    server = serve(reply(status=307, Location=f"http://inner.example.org:{port}/"))
    addresses = {HOST: ("127.0.0.1",), "inner.example.org": ("127.0.0.2",)}
    network = Network(lambda host, port: addresses[host], lambda address: address == "127.0.0.1")
    hosts = f"{server.hosts},inner.example.org:{port}"
    assert "not public" in refusal(server.url(), hosts, network).message


def test_a_name_is_checked_anew_at_each_redirect(serve):
    server = serve(reply(status=302, Location="/again"))
    answers = iter([("127.0.0.1",), ("127.0.0.2",)])
    rebinding = Network(lambda host, port: next(answers), lambda address: address == "127.0.0.1")
    assert "not public" in refusal(server.url(), server.hosts, rebinding).message
    assert len(server.seen) == 1


def test_redirects_end_after_five(serve):
    server = serve(reply(status=302, Location="/again"))
    assert "more than 5 times" in refusal(server.url(), server.hosts).message
    assert len(server.seen) == 6


def test_https_never_leads_to_http():
    target = http.permitted(f"https://{HOST}/", HOST)
    with pytest.raises(UnreadableFile, match="https to http"):
        http.redirected(target, f"http://{HOST}/a.csv", HOST)
    assert http.redirected(target, "/b.csv", HOST).scheme == "https"


# What servers say


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_server_that_is_busy_is_asked_again_later(serve, status):
    server = serve(reply(status=status))
    with pytest.raises(Transient) as caught:
        fetched(server.url(), server.hosts)
    assert caught.value.code == "SOURCE_UNAVAILABLE"


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 410, 451])
def test_a_server_that_says_no_is_not_asked_again(serve, status):
    server = serve(reply(status=status))
    error = refusal(server.url("/x?key=s3cret"), server.hosts)
    assert (error.reason, error.code) == ("source_unavailable", "SOURCE_UNAVAILABLE")
    assert str(status) in error.message
    assert "s3cret" not in error.message


def test_a_closed_port_is_tried_again_later():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Transient):
        fetched(f"http://{HOST}:{port}/", f"{HOST}:{port}")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na,b",
    ],
)
def test_what_is_no_http_breaks_nothing(serve, answer):
    server = serve(lambda handler: handler.wfile.write(answer))
    with pytest.raises(Transient):
        fetched(server.url(), server.hosts)


# Lengths and time


def test_a_file_that_ends_before_its_announced_length_is_not_taken(serve):
    server = serve(reply(b"a,b\n1,2\n", length=10**12))
    with pytest.raises(Transient, match="broke off"):
        fetched(server.url(), server.hosts)


@pytest.mark.parametrize("head", [b"Content-Length: -1\r\n", b"Content-Length: x\r\n", b""])
def test_an_endless_file_ends_at_the_limit_whatever_length_it_claims(serve, store, head):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        while True:
            handler.wfile.write(b"1,2\n" * 2**14)

    server = serve(endless)
    content = open_url(server.url(), server.hosts, time.monotonic() + 20, LOOPBACK)
    stream = io.BufferedReader(http_stream(content))
    with pytest.raises(UnreadableFile) as caught:
        store.artifacts.save("datasets/x/upload", stream, 2**20)
    assert caught.value.reason == "too_large"
    assert not store.artifacts.exists("datasets/x/upload")
    content.blocks.close()


def http_stream(content):
    from store.sources.content import ByteStream

    return ByteStream(content.blocks, time.monotonic() + 20)


def dripping(prefix, drop):
    """A server that sends a little from time to time, for ever."""

    def answer(handler):
        handler.wfile.write(prefix)
        while True:
            handler.wfile.write(drop)
            time.sleep(0.02)

    return answer


@pytest.mark.parametrize(
    ("prefix", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
    ids=["head", "continue", "body", "chunks", "trailer"],
)
def test_a_server_that_drips_is_left_when_time_is_up(serve, prefix, drop):
    server = serve(dripping(prefix, drop))
    started = time.monotonic()
    error = refusal(server.url(), server.hosts, seconds=0.3)
    assert (error.reason, "time limit" in error.message) == ("source_unavailable", True)
    assert time.monotonic() - started < 5


def test_a_server_that_falls_silent_is_tried_again_later(serve, monkeypatch):
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.2)
    server = serve(lambda handler: time.sleep(2))
    with pytest.raises(Transient):
        fetched(server.url(), server.hosts)


# Certificates


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for the host of the tests, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test"
    names = f"subjectAltName=DNS:{HOST}"
    files = ["-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run([*command.split(), "-addext", names, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(serve, certificate):
    """A server that speaks TLS, and its address."""
    server = serve(reply(b"a\n1\n"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate", certificate / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server, server.url().replace("http://", "https://")


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    server, url = secure
    assert "certificate" in refusal(url, server.hosts).message
    assert server.seen == []


def test_the_certificate_must_be_of_the_name_not_of_the_address(secure, certificate, monkeypatch):
    server, url = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate"))
    assert fetched(url, server.hosts)[1] == b"a\n1\n"
    other = f"https://other.example.org:{urlsplit(url).port}/"
    assert "certificate" in refusal(other, f"other.example.org:{urlsplit(url).port}").message
