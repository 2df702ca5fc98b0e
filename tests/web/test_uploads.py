"""The chunk route: only for the user of the token, within the limits, straight to disk."""

import time
from dataclasses import replace

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.requests import Request

from core import Status
from queue_jobs import upload
from store import jobs, uploads
from store.parts import CHUNK_BYTES
from tests.web.conftest import visitor
from web.opened import queue_of
from web.signing import sign
from web.uploads import MAX_QUESTION_BYTES, serve

CSV = b"id,city\n1,Rome\n2,Oslo\n"
SIZE = len(CSV)


def begin(browser, size=SIZE, name="big.csv", **more):
    return browser.post("/api/uploads", json={"name": name, "size": size, **more})


def put(browser, begun, content, offset, **headers):
    """One chunk with the token of a reply."""
    given = {"x-upload-token": begun["token"], "x-offset": str(offset)} | headers
    return browser.put(f"/api/uploads/{begun['dataset']}", content=content, headers=given)


def head(browser, begun):
    return browser.head(
        f"/api/uploads/{begun['dataset']}", headers={"x-upload-token": begun["token"]}
    )


@pytest.fixture
def settings(settings):
    """With a queue that nobody serves: a job that is queued stays so."""
    return replace(settings, use_queue=True, redis_url="redis://127.0.0.1:1")


@pytest.fixture
def begun(browser):
    return begin(browser).json()


@pytest.fixture
def row(settings, begun):
    """The job of the upload as it is now."""

    def look():
        store = queue_of(settings).store
        return uploads.find(store.database, "local", begun["dataset"])[1]

    return look


def test_begin_names_a_dataset_and_gives_a_token(browser):
    reply = begin(browser)
    assert reply.status_code == 201
    assert reply.json().keys() == {"dataset", "size", "have", "done", "token"}
    assert (reply.json()["have"], reply.json()["done"]) == (0, False)
    assert reply.headers["cache-control"] == "no-store"


def test_chunks_make_a_file_and_queue_the_job_that_reads_it(browser, begun, row):
    first = put(browser, begun, CSV[:9], 0)
    assert (first.status_code, first.json()["have"]) == (200, 9)
    assert row().status == Status.UPLOADING
    last = put(browser, first.json(), CSV[9:], 9, **{"x-last": "1"})
    assert (last.json()["have"], last.json()["done"]) == (SIZE, True)
    assert row().status == Status.QUEUED


def test_head_tells_how_much_is_here_also_when_it_is_all(browser, begun):
    assert head(browser, begun).headers["x-have"] == "0"
    put(browser, begun, CSV[:9], 0)
    assert head(browser, begun).headers["x-have"] == "9"
    put(browser, begun, CSV[9:], 9)
    assert head(browser, begun).headers["x-have"] == str(SIZE)
    assert head(browser, begun).headers["x-upload-token"]


def test_a_wrong_offset_is_answered_with_the_right_one(browser, begun):
    put(browser, begun, CSV[:9], 0)
    reply = put(browser, begun, CSV[5:], 5)
    assert (reply.status_code, reply.json()["have"]) == (409, 9)


def test_begin_goes_on_with_an_upload_that_was_broken_off(browser, begun):
    put(browser, begun, CSV[:9], 0)
    again = begin(browser, dataset=begun["dataset"]).json()
    assert (again["dataset"], again["have"]) == (begun["dataset"], 9)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "nine", "²", "9" * 5_000])
def test_an_offset_must_be_a_number(browser, begun, text):
    encoded = {"x-offset": text.encode()}
    assert put(browser, begun, CSV, 0, **encoded).status_code == 400


def forged(settings, begun, **claims):
    given = {"dataset": begun["dataset"], "size": SIZE} | claims
    user = given.pop("user", "local")
    return begun | {"token": sign(settings, user, given.pop("purpose", "upload"), **given)}


@pytest.mark.parametrize(
    "claims",
    [
        {"user": "ben"},
        {"dataset": "another"},
        {"size": SIZE + 1},
        {"purpose": "file"},
        {"until": time.time() - 1},
    ],
)
def test_a_token_of_another_user_file_size_purpose_or_time_is_refused(
    browser, settings, begun, claims
):
    assert put(browser, forged(settings, begun, **claims), CSV, 0).status_code == 403
    assert head(browser, begun).headers["x-have"] == "0"


@pytest.mark.parametrize("token", ["", "x", "a.b"])
def test_a_request_without_a_good_token_is_refused(browser, begun, token):
    reply = put(browser, begun | {"token": token}, CSV, 0)
    assert (reply.status_code, reply.json()["error_code"]) == (403, "BAD_TOKEN")


def test_the_token_of_one_user_is_worth_nothing_to_another(member):
    begun = begin(member("ann")).json()
    assert put(member("ben"), begun, CSV, 0).status_code == 403
    assert put(member("ann"), begun, CSV, 0).status_code == 200


def test_an_unknown_dataset_is_not_found(browser, settings):
    nothing = {"dataset": "nothing"}
    assert put(browser, forged(settings, nothing), CSV, 0).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE"])
def test_nobody_uploads_without_having_signed_in(stranger, method):
    address = "/api/uploads" if method == "POST" else "/api/uploads/some"
    assert stranger.request(method, address).status_code == 401


def test_a_page_of_another_site_is_refused(browser, begun):
    reply = put(browser, begun, CSV, 0, origin="https://evil.example")
    assert reply.status_code == 403
    form = browser.post("/api/uploads", content=b"{}", headers={"content-type": "text/plain"})
    assert form.status_code == 400


@pytest.mark.parametrize(
    "question",
    [
        b"",
        b"[]",
        b"{",
        b'{"name": "x"}',
        b'{"name": 1, "size": 1}',
        b'{"name": "x", "size": true}',
        b'{"name": "x", "size": 1.5}',
        b'{"name": "x", "size": ' + b"9" * 400 + b"}",
        b'{"name": "x", "size": 1, "dataset": 3}',
        b'{"name": "' + b"x" * MAX_QUESTION_BYTES + b'", "size": 1}',
    ],
)
def test_a_question_that_makes_no_sense_is_refused(browser, question):
    reply = browser.post(
        "/api/uploads", content=question, headers={"content-type": "application/json"}
    )
    assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETERS")


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [(0, 400, "FILE_UNREADABLE"), (9 * 2**30, 413, "FILE_TOO_LARGE")],
)
def test_a_size_that_cannot_be_taken_is_refused_at_once(browser, size, status, code):
    reply = begin(browser, size)
    assert (reply.status_code, reply.json()["error_code"]) == (status, code)
    assert "big.csv" in reply.json()["detail"]


def test_a_name_of_odd_characters_is_no_trouble(browser):
    kind = {"content-type": "application/json"}
    for size, status in ((SIZE, 201), (0, 400)):
        question = rb'{"name": "\ud800\u0000<b>.csv", "size": %d}' % size
        reply = browser.post("/api/uploads", content=question, headers=kind)
        assert reply.status_code == status


def test_a_dataset_of_odd_characters_is_an_unknown_one(browser):
    question = rb'{"name": "x.csv", "size": 3, "dataset": "\ud800\u0000"}'
    kind = {"content-type": "application/json"}
    assert browser.post("/api/uploads", content=question, headers=kind).status_code == 201


def test_the_quota_and_the_number_at_once_are_refused_with_their_own_codes(settings):
    small = visitor(replace(settings, upload_quota_mb=1))
    assert begin(small, 2 * 2**20).status_code == 413
    for _ in range(upload.MOST_AT_ONCE):
        assert begin(small).status_code == 201
    assert begin(small).status_code == 429


def stream_of(count):
    """A body without a length."""
    return (b"x" * 65_536 for _ in range(count))


def test_a_body_without_a_length_is_cut_at_the_limit(browser, row, begun):
    size = CHUNK_BYTES * 3
    large = begin(browser, size).json()
    most = CHUNK_BYTES // 65_536
    reply = put(browser, large, stream_of(most + 17), 0)
    assert (reply.status_code, reply.json()["error_code"]) == (413, "FILE_TOO_LARGE")
    assert head(browser, large).headers["x-have"] == "0"
    assert put(browser, large, stream_of(most), 0).json()["have"] == CHUNK_BYTES


def test_more_than_was_announced_breaks_the_upload_with_a_sentence(browser, begun, row):
    reply = put(browser, begun, CSV + b"!", 0)
    assert reply.status_code == 413
    assert (row().status, row().error_code) == (Status.UPLOAD_FAILED, "FILE_TOO_LARGE")
    assert row().error_message == reply.json()["detail"]


def test_a_last_chunk_that_leaves_a_gap_breaks_the_upload(browser, begun, row):
    reply = put(browser, begun, CSV[:9], 0, **{"x-last": "1"})
    assert (reply.status_code, row().status) == (400, Status.UPLOAD_FAILED)


async def cut_off(settings, begun, content):
    """A last chunk whose connection breaks before all of it has come."""
    messages = [
        {"type": "http.request", "body": content, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    scope = {
        "type": "http",
        "method": "PUT",
        "path_params": {"dataset": begun["dataset"]},
        "headers": [
            (b"x-upload-token", begun["token"].encode()),
            (b"x-offset", b"0"),
            (b"x-last", b"1"),
        ],
    }
    return await serve(settings, Request(scope, receive))


def test_a_last_chunk_that_is_cut_off_is_no_failure_and_goes_on_there(
    browser, settings, begun, row
):
    # In a thread of its own: a browser of another test may have a loop running in this one.
    with start_blocking_portal() as portal:
        portal.call(cut_off, settings, begun, CSV[:9])
    assert (row().status, row().error_message) == (Status.UPLOADING, None)
    assert head(browser, begun).headers["x-have"] == "9"
    assert put(browser, begun, CSV[9:], 9, **{"x-last": "1"}).json()["done"]


def test_a_full_disk_is_507_and_the_upload_can_go_on(browser, begun, row, monkeypatch):
    def full(file, block):
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("store.parts.write_all", full)
        assert put(browser, begun, CSV, 0).status_code == 507
    assert row().status == Status.UPLOAD_FAILED
    assert put(browser, begun, CSV, 0).json()["done"]


def test_a_chunk_during_another_one_is_locked_out(browser, settings, begun):
    queue = queue_of(settings)
    current = upload.find(queue, "local", begun["dataset"])
    chunk = upload.open_chunk(queue, current, 0)
    assert put(browser, begun, CSV, 0).status_code == 423
    chunk.close()
    assert put(browser, begun, CSV, 0).status_code == 200


def test_delete_cancels_and_what_comes_later_is_gone(browser, begun, row):
    put(browser, begun, CSV[:9], 0)
    address = f"/api/uploads/{begun['dataset']}"
    reply = browser.delete(address, headers={"x-upload-token": begun["token"]})
    assert (reply.status_code, row().status) == (204, Status.CANCELLED)
    assert put(browser, begun, CSV[9:], 9).status_code in {409, 410}
    assert head(browser, begun).status_code == 410
    assert browser.delete(address, headers={"x-upload-token": begun["token"]}).status_code == 204


def test_deleting_a_finished_upload_keeps_it(browser, settings, begun, row):
    put(browser, begun, CSV, 0)
    address = f"/api/uploads/{begun['dataset']}"
    browser.delete(address, headers={"x-upload-token": begun["token"]})
    assert row().status == Status.QUEUED
    assert jobs.search(queue_of(settings).store.database, "local").total == 1
