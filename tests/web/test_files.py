"""Downloads: the owner's files under a good name, nobody else's, and reports in a sandbox."""

import io
import zipfile
from dataclasses import replace

import polars as pl
import pytest

from store import audit
from tests.web.conftest import visitor
from web.files import SANDBOX
from web.opened import queue_of
from web.signing import FILE, file_url, report_url, sign, zip_url

FORMULA = pl.DataFrame({"name": ["=1+1", "-5", "Zoë"], "=head": ["a", None, ""]})


def parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


FILES = {
    "table.parquet": parquet(FORMULA),
    "table.csv": FORMULA.write_csv().encode(),
    "report.json": b'{"a": 1}',
    "report.html": b"<script>parent.document.title = 'owned'</script>",
    "quarantine.parquet": parquet(pl.DataFrame({"row": [1], "reasons": ["bad"]})),
}


@pytest.fixture
def job(publish):
    return publish(FILES, name="cleaned_customers.csv")


@pytest.fixture
def get(browser, settings, job):
    """Fetches an artifact of the job as its owner."""

    def get(name, query="", *, download=True):
        return browser.get(file_url(settings, "local", job.id, name, download=download) + query)

    return get


def test_a_stored_file_is_sent_as_it_is(get):
    answer = get("table.parquet")
    assert answer.content == FILES["table.parquet"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")


def test_a_csv_is_safe_for_spreadsheets(get):
    assert get("table.csv").text == "name,'=head\r\n'=1+1,a\r\n-5,\r\nZoë,\"\"\r\n"


def test_the_raw_csv_is_the_stored_one(get):
    assert get("table.csv", "?raw=1").content == FILES["table.csv"]


def test_every_table_can_be_had_as_csv(get):
    assert get("quarantine.csv").text == "row,reasons\r\n1,bad\r\n"


def test_a_csv_without_a_parquet_is_made_safe_too(browser, settings, publish):
    job = publish({"violations.csv": b"cell\r\n=1+1\r\n"})
    answer = browser.get(file_url(settings, "local", job.id, "violations.csv", download=True))
    assert answer.text == "cell\r\n'=1+1\r\n"


def test_a_part_of_a_stored_file_can_be_asked_for(browser, settings, job):
    url = file_url(settings, "local", job.id, "table.parquet", download=True)
    answer = browser.get(url, headers={"range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"PAR1")


def test_the_zip_holds_exactly_the_stored_files(browser, settings, job):
    answer = browser.get(zip_url(settings, "local", job.id))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_nothing_is_left_behind(get, store):
    get("table.csv")
    get("*")
    assert list(store.artifacts.scratch.iterdir()) == []


def test_the_report_runs_in_a_sandbox_that_only_we_may_frame(browser, settings, job):
    answer = browser.get(report_url(settings, "local", job.id))
    assert answer.content == FILES["report.html"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["content-disposition"].startswith("inline;")
    assert "allow-same-origin" not in SANDBOX
    assert SANDBOX.startswith("sandbox ")


@pytest.mark.parametrize("name", ["no.csv", "../table.csv", "/etc/passwd", "..", "", "secret"])
def test_what_the_job_does_not_have_is_not_found(get, name):
    assert get(name).status_code == 404


def test_a_forged_token_is_not_found(browser):
    answer = browser.get("/files/forged")
    assert (answer.status_code, "open the page again" in answer.text) == (404, True)


def test_an_expired_link_is_not_found(browser, settings, job):
    token = sign(settings, "local", FILE, until=1.0, job=job.id, name="table.csv", download=True)
    assert browser.get(f"/files/{token}").status_code == 404


def test_somebody_elses_link_is_not_found(member, closed, job):
    url = file_url(closed, "local", job.id, "table.csv", download=True)
    assert member().get(url).status_code == 200
    assert member("ann").get(url).status_code == 404


def test_a_link_that_names_somebody_elses_job_is_not_found(member, closed, job):
    url = file_url(closed, "ann", job.id, "table.csv", download=True)
    assert member("ann").get(url).status_code == 404


def test_a_link_opens_nothing_for_somebody_who_is_not_signed_in(stranger, closed, job):
    url = file_url(closed, "local", job.id, "table.csv", download=True)
    assert stranger.get(url).status_code == 303


def test_a_job_whose_files_are_no_longer_kept_says_so(get, store, job):
    store.artifacts.remove(job.artifact_folder)
    answer = get("table.csv")
    assert (answer.status_code, "run it again" in answer.text) == (404, True)


def test_a_download_is_in_the_audit_log(get, store, job):
    get("table.csv")
    event = audit.recent(store.database)[0]
    assert (event.action, event.object_id, event.detail) == (
        "download",
        job.id,
        {"name": "table.csv"},
    )


def test_files_of_a_remote_store_are_streamed(settings, job):
    remote = replace(settings, storage_url="memory://assay")
    files = queue_of(remote).store.artifacts
    for name, content in FILES.items():
        files.filesystem.pipe(files.path(f"{job.artifact_folder}/{name}"), content)
    client = visitor(remote)
    for name in ("table.parquet", "report.html"):
        answer = client.get(file_url(remote, "local", job.id, name, download=True))
        assert answer.content == FILES[name]
    assert len(client.get(zip_url(remote, "local", job.id)).content) > 100
