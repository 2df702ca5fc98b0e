"""rq-dashboard in our house: for administrators, without scripts, pickles or changes by GET."""

import pickle
from dataclasses import replace

import pytest
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from queue_jobs.connection import connect
from tests.web.conftest import PASSWORD, visitor
from web.gate import COOKIE, start_session

pytestmark = pytest.mark.end_to_end

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def queue(queued):
    connection = connect(queued)
    for key in connection.scan_iter("rq:*"):
        connection.delete(key)
    return Queue("assay", connection=connection, serializer=JSONSerializer)


@pytest.fixture
def admin(queued, queue):
    return visitor(queued)


def ring(queue, description="perform"):
    return queue.enqueue("queue_jobs.perform.perform", "id", description=description)


def fail(queue, job):
    """Move a job into the failed registry as a worker would."""
    queue.remove(job)
    job.set_status("failed")
    queue.failed_job_registry.add(job, ttl=60)


def test_the_start_page_answers(admin):
    answer = admin.get("/ops/rq", follow_redirects=True)
    assert answer.status_code == 200
    assert "RQ dashboard" in answer.text


@pytest.mark.parametrize(
    "path", ["view/queues", "view/jobs", "view/workers", "data/queues.json", "data/workers.json"]
)
def test_every_view_answers(admin, queue, path):
    ring(queue)
    assert admin.get(f"/ops/rq/0/{path}", follow_redirects=True).status_code == 200


@pytest.mark.parametrize("path", ["static/js/jquery-3.5.1.min.js", "static/css/main.css"])
def test_scripts_and_styles_are_found_under_our_path(admin, path):
    assert f"/ops/rq/{path}" in admin.get("/ops/rq/").text
    assert admin.get(f"/ops/rq/{path}").status_code == 200


def test_a_stranger_is_sent_to_the_login_page(queued):
    closed = replace(queued, app_password=PASSWORD)
    assert visitor(closed, address="192.0.2.7").get("/ops/rq/").status_code == 303


def test_a_member_who_is_no_administrator_is_refused(queued):
    closed = replace(queued, app_password=PASSWORD)
    client = visitor(closed)
    client.cookies.set(COOKIE, start_session(closed, "ann"))
    assert client.get("/ops/rq/0/data/queues.json").status_code == 403


@pytest.mark.parametrize("view", ["job/{id}", "jobs/assay/queued/8/asc/1", "workers"])
def test_what_a_job_says_is_never_printed_as_markup(admin, queue, view):
    job = ring(queue, SCRIPT)
    page = admin.get(f"/ops/rq/0/view/{view.format(id=job.id)}").text
    assert SCRIPT not in page
    assert "<%= d." not in page
    assert "<%- d." in page


def test_the_name_of_a_queue_does_not_get_into_a_script(admin):
    page = admin.get("/ops/rq/0/view/jobs/x');alert(1);('/queued/8/asc/1").text
    assert ";alert(1);('" not in page


def test_scripts_may_not_load_from_or_send_to_another_site(admin):
    policy = admin.get("/ops/rq/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")


def test_requeueing_by_a_link_is_refused(admin):
    assert admin.get("/ops/rq/requeue/assay").status_code == 405
    assert admin.head("/ops/rq/requeue/assay").status_code == 405


def test_requeueing_asked_for_by_another_site_is_refused(admin):
    answer = admin.post("/ops/rq/requeue/assay", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_failed_job_can_be_requeued(admin, queue):
    job = ring(queue)
    fail(queue, job)
    answer = admin.post("/ops/rq/requeue/assay", headers={"origin": "http://localhost:8501"})
    assert answer.json() == {"status": "OK", "count": 1}
    assert queue.get_job_ids() == [job.id]


@pytest.mark.parametrize("change", ["job/{id}/delete", "queue/assay/queued/empty"])
def test_nothing_can_be_deleted(admin, queue, change):
    job = ring(queue)
    admin.post(f"/ops/rq/{change.format(id=job.id)}")
    assert queue.get_job_ids() == [job.id]


def test_a_busy_worker_is_listed(admin, queue):
    job = ring(queue)
    worker = Worker([queue], connection=queue.connection, serializer=JSONSerializer)
    worker.register_birth()
    worker.prepare_execution(job)
    worker.set_state("busy")
    listed = admin.get("/ops/rq/0/data/workers.json").json()["workers"]
    assert listed[0]["current_job"]["job_id"] == job.id


class Canary:
    def __reduce__(self):
        return (pytest.fail, ("a pickle from Redis was run",))


@pytest.mark.parametrize("field", ["data", "meta", "result"])
@pytest.mark.parametrize("path", ["view/job", "data/job"])
def test_a_planted_pickle_is_not_run(admin, queue, field, path):
    job = ring(queue)
    queue.connection.hset(Job.key_for(job.id), field, pickle.dumps(Canary()))
    ending = ".json" if path.startswith("data") else ""
    assert admin.get(f"/ops/rq/0/{path}/{job.id}{ending}").status_code in {200, 422, 500}


@pytest.mark.parametrize("order", ["asc", "dsc"])
@pytest.mark.parametrize("registry", ["queued", "failed"])
def test_pages_show_each_job_once(admin, queue, registry, order):
    jobs = [ring(queue) for _ in range(20)]
    if registry == "failed":
        for job in jobs:
            fail(queue, job)
    pages = [
        admin.get(f"/ops/rq/0/data/jobs/assay/{registry}/8/{order}/{page}.json").json()["jobs"]
        for page in (1, 2, 3)
    ]
    assert [len(page) for page in pages] == [8, 8, 4]
    assert len({job["id"] for page in pages for job in page}) == 20


@pytest.mark.parametrize("registry", ["queued", "failed"])
def test_an_empty_queue_has_an_empty_page(admin, registry):
    answer = admin.get(f"/ops/rq/0/data/jobs/assay/{registry}/8/dsc/1.json")
    assert answer.json()["jobs"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("0/view/job/unknown", 404),
        ("7/view/queues", 404),
        ("0/data/jobs/assay/odd/8/asc/1.json", 404),
    ],
)
def test_what_is_not_there_is_not_found(admin, path, status):
    assert admin.get(f"/ops/rq/{path}").status_code == status


def test_without_redis_it_says_so(settings):
    away = replace(settings, use_queue=True, redis_url="redis://rq:hunter2@127.0.0.1:1/0")
    answer = visitor(away).get("/ops/rq/")
    assert (answer.status_code, "Redis does not answer" in answer.text) == (503, True)
    assert "hunter2" not in answer.text


def test_before_the_queue_was_started_it_says_so(settings):
    answer = visitor(replace(settings, use_queue=True)).get("/ops/rq/")
    assert (answer.status_code, "Redis does not answer" in answer.text) == (503, True)


def test_without_a_queue_it_says_so(browser):
    answer = browser.get("/ops/rq/")
    assert (answer.status_code, "USE_QUEUE" in answer.text) == (503, True)
