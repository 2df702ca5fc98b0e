"""Files from buckets: only from those on the list, through a client that is told where S3 is."""

import re

import pytest

from core import Settings, Transient, UnreadableFile
from store.sources import Source, open_source
from store.sources.s3 import permitted_object

CONTENT = b"a,b\n" + b"1,2\n" * 700_000


@pytest.fixture
def bucket(serve, monkeypatch):
    """A bucket on a server of ours, and settings that allow it. `status` forces an answer."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "reader",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    server = serve(lambda handler: answer(handler, server.status))
    server.status = None
    return server, Settings(
        source_buckets="open-data, other", s3_endpoint_url=f"http://127.0.0.1:{server.port}"
    )


def answer(handler, status):
    """As S3 answers a path-style request for an object, or a part of it."""
    found = handler.path.partition("?")[0] == "/open-data/2024/people.csv"
    span = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
    first, last = map(int, span.groups()) if span else (0, len(CONTENT) - 1)
    part = CONTENT[first : last + 1] if found and status is None else b""
    handler.send_response(status or (404 if not found else 206 if span else 200))
    handler.send_header("Content-Length", str(len(part)))
    if span:
        end = first + len(part) - 1
        handler.send_header("Content-Range", f"bytes {first}-{end}/{len(CONTENT)}")
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(part)


def fetched(url, settings):
    with open_source(Source(url=url), settings) as (name, stream):
        return name, stream.read()


def test_an_object_comes_whole_and_signed(bucket):
    server, settings = bucket
    assert fetched("s3://open-data/2024/people.csv", settings) == ("people.csv", CONTENT)
    assert all("s3cret" not in str(request.headers) for request in server.seen)
    assert all("reader/" in request.headers["Authorization"] for request in server.seen)


def test_an_object_that_is_not_there_is_final(bucket):
    with pytest.raises(UnreadableFile, match="no such file in the bucket 'open-data'") as caught:
        fetched("s3://open-data/2024/none.csv", bucket[1])
    assert caught.value.reason == "source_unavailable"


def test_a_refused_access_is_final(bucket):
    server, settings = bucket
    server.status = 403
    with pytest.raises(UnreadableFile, match="AWS_"):
        fetched("s3://open-data/2024/people.csv", settings)


def test_a_broken_server_is_asked_again_later(bucket):
    server, settings = bucket
    server.status = 503
    with pytest.raises(Transient) as caught:
        fetched("s3://open-data/2024/people.csv", settings)
    assert "127.0.0.1" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "s3://private/a.csv",
        "s3://open/a.csv",
        "s3://open-data.evil/a.csv",
        "s3://open-data",
        "s3://open-data/",
        "s3://open-data/folder/",
        "s3://open-data/../private/a.csv",
        "s3://open-data/./a.csv",
        "s3://open-data//a.csv",
        "s3://open-data/a\n.csv",
        "s3://user:s3cret@open-data/a.csv",
        "s3:///a.csv",
        "s3://",
        "s3://OPEN-DATA/a.csv",
    ],
)
def test_other_buckets_and_odd_keys_are_refused_without_asking(bucket, url):
    server, settings = bucket
    with pytest.raises(UnreadableFile) as caught:
        fetched(url, settings)
    assert caught.value.reason == "source_refused"
    assert "s3cret" not in caught.value.message
    assert server.seen == []


def test_an_empty_list_allows_no_bucket():
    for buckets in ("", ",", "*"):
        with pytest.raises(UnreadableFile):
            permitted_object("s3://open-data/a.csv", buckets)
