"""What an administrator sees of the queue, and how dead jobs come back to life."""

import io

import pytest

from core import Status
from queue_jobs import submit
from store import audit, claims, jobs, leases, outbox
from store.schema import dataset as dataset_table
from store.schema import outbox as outbox_table
from tests.pages.conftest import texts, visit
from ui import operations_access

PROFILE = "profile-my-data"


@pytest.fixture
def fail(house):
    """Makes a job of a user that failed with a code."""

    def make(code="STEP_ERROR", owner="local", name="people.csv"):
        content = io.BytesIO(b"a,b\n1,2\n")
        _, job = submit.upload(house.queue, owner, name, content, {})
        claimed, lease = claims.claim(house.store.database, job.id, "host-12345678:1", 45)
        leases.fail(house.store.database, lease, code, f"It failed with {code}.")
        return claimed

    return make


def operations(tab="Now"):
    page = visit("operations.py", tab=tab)
    assert not page.exception
    return page


def keys(page, prefix):
    return [button.key for button in page.button if (button.key or "").startswith(prefix)]


def test_an_empty_house_says_so(house):
    said = texts(operations())
    assert "Waiting 0" in said
    assert "No job has ended in the last 3 hours." in said
    assert "No job has failed." in said
    assert "0 retries, 0 lost leases" in said


def test_an_unreachable_server_is_said(house):
    assert "Redis cannot be reached" in texts(operations())


def test_numbers_say_what_waits_and_runs(house, dataset):
    house.start(dataset, PROFILE)
    submit.upload(house.queue, "eve", "more.csv", io.BytesIO(b"a\n1\n"), {})
    waiting = {metric.label: metric for metric in operations().metric}["Waiting"]
    assert (waiting.value, waiting.delta) == ("2", "1 high · 1 default")


def test_what_has_ended_is_drawn_and_measured(house, dataset, fail):
    fail()
    page = operations()
    assert len(page.get("plotly_chart")) == 1
    assert "Read the file" in list(table(page, "median")["tool"])
    assert list(table(page, "code")["code"]) == ["STEP_ERROR"]
    assert {metric.label: metric.value for metric in page.metric}["Ended per minute"] == "0.4"


def table(page, column):
    """The table that has this column."""
    return next(frame.value for frame in page.dataframe if column in frame.value)


def test_a_running_job_is_shown_with_its_process_and_its_user(house, dataset):
    [job] = house.start(dataset, PROFILE)
    claims.claim(house.store.database, job.id, "elsewhere-12345678:7", 25)
    [line] = table(operations(), "process").to_dict("records")
    assert line["process"] == "elsewhere-12345678:7"
    assert (line["job"], line["user"]) == ("Profile my data", "local")
    assert line["last heartbeat"].endswith("s ago")


def test_without_failures_no_job_is_dead(house, dataset):
    assert "No job is dead" in texts(operations("Dead letters"))


def test_a_dead_job_of_anybody_says_why_and_whose_it_is(house, fail):
    fail(owner="eve")
    page = operations("Dead letters")
    said = texts(page).replace("\\", "")
    assert page.checkbox[0].label == "**Read the file · people\\.csv**"
    assert "eve · failed just now · 1 attempt" in said
    assert "It failed with STEP_ERROR." in said


def test_a_poison_job_is_marked(house, fail):
    fail("POISON_JOB")
    said = texts(operations("Dead letters"))
    assert "poison job" in said
    assert "It took its worker with it each time" in said


def test_one_job_is_run_again_and_that_is_audited(house, fail):
    job = fail(owner="eve")
    page = operations("Dead letters").button(key=f"dead-run-{job.id}").click().run()
    assert not page.exception
    assert house.job(job.id).status == Status.QUEUED
    event = audit.recent(house.store.database)[0]
    assert (event.user, event.action, event.object_id) == ("local", "run again", job.id)
    assert "No job is dead" in texts(page)


def test_the_chosen_jobs_are_run_again_and_no_others(house, fail):
    first, second, third = fail(), fail(), fail()
    page = operations("Dead letters")
    assert page.button(key="dead-run-chosen").disabled
    for job in (first, third):
        page.checkbox(key=f"dead-pick-{job.id}").check()
    page.run().button(key="dead-run-chosen").click().run()
    found = {job.id: house.job(job.id).status for job in (first, second, third)}
    assert found == {first.id: "QUEUED", second.id: "FAILED", third.id: "QUEUED"}


def test_all_of_a_page_are_chosen_at_once(house, fail):
    for _ in range(11):
        fail()
    page = operations("Dead letters").button(key="dead-choose").click().run()
    assert page.button(key="dead-run-chosen").label == "Run 10 jobs again"
    page.button(key="dead-run-chosen").click().run()
    assert jobs.search(house.store.database, None, statuses=(Status.FAILED,)).total == 1


def test_a_chosen_job_that_fails_again_is_not_chosen_any_more(house, fail):
    job = fail()
    page = operations("Dead letters")
    page.checkbox(key=f"dead-pick-{job.id}").check().run()
    page.button(key="dead-run-chosen").click().run()
    _, lease = claims.claim(house.store.database, job.id, "host-12345678:1", 45)
    leases.fail(house.store.database, lease, "STEP_ERROR", "Once more.")
    page.run()
    assert not page.checkbox(key=f"dead-pick-{job.id}").value
    assert page.button(key="dead-run-chosen").disabled


def test_dead_jobs_are_kept_by_code_and_in_pages(house, fail):
    for _ in range(11):
        fail("READER_CRASHED")
    poison = fail("POISON_JOB")
    page = operations("Dead letters")
    assert len(keys(page, "dead-run-")) == 11
    page.session_state["dead-page-all"] = 2
    assert len(keys(page.run(), "dead-run-")) == 3
    page.selectbox(key="dead-code").select("POISON_JOB").run()
    assert keys(page, "dead-run-") == ["dead-run-chosen", f"dead-run-{poison.id}"]


def test_a_code_that_nobody_has_any_more_asks_for_all(house, fail):
    poison, other = fail("POISON_JOB"), fail()
    page = operations("Dead letters")
    page.selectbox(key="dead-code").select("POISON_JOB").run()
    page.button(key=f"dead-run-{poison.id}").click().run()
    assert not page.exception
    assert f"dead-run-{other.id}" in keys(page, "dead-run-")


def test_a_job_whose_file_is_gone_cannot_be_run_again(house, fail):
    job = fail()
    with house.store.database.write() as connection:
        connection.execute(dataset_table.update().values(files_deleted_at=1.0))
    page = operations("Dead letters")
    assert page.button(key=f"dead-run-{job.id}").disabled
    assert page.checkbox(key=f"dead-pick-{job.id}").disabled
    assert "Its file is no longer kept" in texts(page)


def test_who_is_no_administrator_sees_and_does_nothing(house, fail, monkeypatch):
    job = fail()
    page = operations("Dead letters")
    monkeypatch.setattr(operations_access, "is_admin", lambda name: False)
    page.button(key=f"dead-run-{job.id}").click().run()
    assert house.job(job.id).status == Status.FAILED
    assert "Only an administrator may see this." in texts(page)
    assert not keys(page, "dead-run-")


def test_upkeep_says_what_is_kept_and_for_how_long(house, dataset, monkeypatch):
    monkeypatch.setenv("RETENTION_INPUT_DAYS", "9")
    monkeypatch.setenv("RETENTION_OUTPUT_DAYS", "0")
    page = operations("Upkeep")
    said = texts(page)
    assert "nobody has used them for 9 days" in said
    assert "Results are kept until somebody deletes them." in said
    shown = {metric.label: metric.delta for metric in page.metric}
    assert shown["Uploads"] == "1 dataset"
    assert "No dataset is profiled on a schedule." in said


def test_upkeep_says_that_nobody_is_told(house):
    assert "NOTIFY_URLS is empty" in texts(operations("Upkeep"))


def test_upkeep_says_what_could_not_be_told_without_any_secret(house, monkeypatch):
    monkeypatch.setenv("NOTIFY_URLS", "json://127.0.0.1/hook nonsense://s3cret")
    database = house.store.database
    for number in range(2):
        with database.write() as connection:
            outbox.put(connection, f"job:{number}:1", "job", "ann", {"tool": PROFILE})
    with database.write() as connection:
        lost = outbox_table.update().where(outbox_table.c.key == "job:0:1")
        connection.execute(lost.values(attempts=outbox.MOST_ATTEMPTS, error_message="No answer."))
    page = operations("Upkeep")
    said = texts(page).replace("\\", "")
    assert "2 in NOTIFY_URLS · 1 to be sent · 1 given up" in said
    assert "address 2" in said
    assert "s3cret" not in said
    assert list(table(page, "about")["error"]) == ["No answer."]


def test_the_audit_log_names_who_did_what(house, dataset):
    assert list(table(operations("Audit log"), "action")["action"]) == ["upload"]
