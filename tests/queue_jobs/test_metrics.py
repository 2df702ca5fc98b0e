"""What a scrape says: counters from the tally, state from rows, server and workers from Redis."""

from dataclasses import replace

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as as_openmetrics
from prometheus_client.parser import text_string_to_metric_families as as_text
from rq import Worker

from core import Settings, Status
from queue_jobs.job_queue import open_queue
from queue_jobs.metrics import COUNTERS, HISTOGRAMS, NAMES, eviction_policy, registry
from store import claims, jobs, leases, tally
from store.schema import job as rows
from tests.queue_jobs.conftest import hand_in, rq_queue, silent

pytestmark = pytest.mark.end_to_end

READ = {"tool": "read-my-data"}


def scrape(house) -> dict[str, dict[frozenset, float]]:
    """Samples by name and labels."""
    found: dict[str, dict[frozenset, float]] = {}
    for family in as_text(generate_latest(registry(house)).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def value(house, name: str, **labels: str) -> float:
    """One sample of a new scrape."""
    return scrape(house)[f"assay_{name}"][frozenset(labels.items())]


def count(house, name: str, by: float = 1.0, **labels: str) -> None:
    """Let a counter grow."""
    with house.store.database.write() as connection:
        tally.count(connection, name, by, **labels)


def observe(house, name: str, *seconds: float, **labels: str) -> None:
    """Let a histogram grow."""
    with house.store.database.write() as connection:
        for each in seconds:
            tally.observe(connection, name, each, **labels)


@pytest.fixture
def away(tmp_path):
    """A house whose Redis does not answer."""
    return open_queue(Settings(data_dir=tmp_path / "away", redis_url="redis://127.0.0.1:1"))


def test_before_the_first_event_everything_is_there_as_zero(house):
    found = scrape(house)
    for name in COUNTERS:
        assert set(found[f"assay_{name}"].values()) == {0.0}, name
    for name in HISTOGRAMS.keys() - {"step_duration_seconds"}:
        assert set(found[f"assay_{name}_count"]) == {frozenset({("tool", tool)}) for tool in NAMES}
    assert found["assay_jobs"] == {frozenset({("status", each)}): 0.0 for each in Status}
    for name in ("oldest_wait_seconds", "running_jobs", "job_heartbeat_age_seconds"):
        assert found[f"assay_{name}"] == {frozenset(): 0.0}


def test_a_counter_has_the_value_of_the_tally(house):
    count(house, "jobs_failed_total", error_code="HARD_TIMEOUT", **READ)
    count(house, "jobs_failed_total", error_code="HARD_TIMEOUT", **READ)
    count(house, "bytes_ingested_total", 4096.0)
    assert value(house, "jobs_failed_total", error_code="HARD_TIMEOUT", **READ) == 2
    assert value(house, "jobs_failed_total", error_code="DISK_FULL", **READ) == 0
    assert value(house, "bytes_ingested_total") == 4096


def test_the_buckets_of_a_histogram_are_cumulative(house):
    observe(house, "job_duration_seconds", 0.05, 7.0, 8.0, 4000.0, **READ)
    found = scrape(house)["assay_job_duration_seconds_bucket"]
    by_bound = {
        dict(labels)["le"]: each for labels, each in found.items() if READ.items() <= labels
    }
    assert [by_bound[bound] for bound in ("0.1", "5.0", "10.0", "1800.0", "+Inf")] == [
        1,
        1,
        3,
        3,
        4,
    ]
    assert value(house, "job_duration_seconds_count", **READ) == 4
    assert value(house, "job_duration_seconds_sum", **READ) == pytest.approx(4015.05)


def test_a_histogram_by_step_appears_with_its_first_value(house):
    observe(house, "step_duration_seconds", 2.0, step="unified-profiler", **READ)
    assert value(house, "step_duration_seconds_count", step="unified-profiler", **READ) == 1


def test_counters_of_other_modules_are_shown_too(house):
    count(house, "letters_sent_total", 3.0, channel="mail")
    observe(house, "letter_seconds", 1.0, channel="mail")
    assert value(house, "letters_sent_total", channel="mail") == 3
    assert value(house, "letter_seconds_count", channel="mail") == 1


def test_rows_say_what_waits(house):
    hand_in(silent(house))
    hand_in(silent(house), "a\n2\n")
    assert value(house, "queue_length", priority="high") == 2
    assert value(house, "queue_length", priority="low") == 0
    assert value(house, "jobs", status="QUEUED") == 2
    assert 0 <= value(house, "oldest_wait_seconds") < 60


def test_a_running_job_is_as_old_as_its_last_heartbeat(house):
    job, database = hand_in(silent(house)), house.store.database
    claims.claim(database, job.id, "host:1", house.settings.lease_seconds)
    assert value(house, "running_jobs") == 1
    assert 0 <= value(house, "job_heartbeat_age_seconds") < 60
    with database.write() as connection:
        connection.execute(rows.update().values(lease_until=database.now(connection) - 100))
    age = value(house, "job_heartbeat_age_seconds") - house.settings.lease_seconds
    assert 100 <= age < 160


def test_a_failed_job_is_a_dead_letter_until_it_is_run_again(house):
    job, database = hand_in(silent(house)), house.store.database
    _, lease = claims.claim(database, job.id, "host:1", 45)
    leases.fail(database, lease, "FILE_UNREADABLE", "No.")
    assert value(house, "dead_letters") == 1
    jobs.retry(database, job.owner, job.id)
    assert value(house, "dead_letters") == 0


def test_every_process_answers_the_same(house):
    count(house, "jobs_succeeded_total", **READ)
    other = open_queue(house.settings)
    assert value(other, "jobs_succeeded_total", **READ) == 1
    assert value(house, "jobs_succeeded_total", **READ) == 1


def test_the_server_is_measured(house):
    found = scrape(house)
    assert found["assay_redis_up"] == {frozenset(): 1.0}
    used, most = (value(house, f"redis_memory_{each}_bytes") for each in ("used", "max"))
    assert 0 < used < most
    assert value(house, "redis_connected_clients") >= 1
    assert value(house, "redis_evicted_keys_total") == 0
    assert eviction_policy(house.settings) == "noeviction"


def test_a_worker_is_active_while_it_beats(house):
    queue = rq_queue(house)
    before = value(house, "active_workers")
    worker = Worker([queue], "someone", connection=queue.connection)
    worker.register_birth()
    seen, age = (
        value(house, "active_workers"),
        value(house, "worker_heartbeat_age_seconds", worker="someone"),
    )
    queue.connection.hset(worker.key, "last_heartbeat", "2020-01-01T00:00:00.000000Z")
    silent_now = value(house, "active_workers")
    worker.register_death()
    assert (seen - before, silent_now - before) == (1, 0)
    assert 0 <= age < 60


def test_without_redis_the_rest_is_still_said(away):
    found = scrape(away)
    assert found["assay_redis_up"] == {frozenset(): 0.0}
    assert found["assay_database_up"] == {frozenset(): 1.0}
    assert "assay_active_workers" not in found
    assert eviction_policy(away.settings) == ""


def test_without_the_database_the_rest_is_still_said(house):
    house.store.database.engine.dispose()
    for part in house.settings.data_dir.glob("assay.sqlite3*"):
        part.unlink()
    (house.settings.data_dir / "assay.sqlite3").mkdir()
    found = scrape(house)
    assert found["assay_database_up"] == {frozenset(): 0.0}
    assert found["assay_redis_up"] == {frozenset(): 1.0}
    assert "assay_jobs" not in found


def test_without_a_queue_nothing_is_said_about_redis(house):
    found = scrape(replace(house, settings=replace(house.settings, use_queue=False)))
    assert "assay_redis_up" not in found
    assert found["assay_database_up"] == {frozenset(): 1.0}


def test_disk_and_version_are_told(house):
    found = scrape(house)
    assert (
        0
        < found["assay_disk_free_bytes"][frozenset()]
        < found["assay_disk_total_bytes"][frozenset()]
    )
    [build] = found["assay_build_info"]
    assert {name for name, _ in build} == {"version", "python"}


def test_it_is_openmetrics_too(house):
    observe(house, "job_wait_seconds", 1.0, **READ)
    text = openmetrics.generate_latest(registry(house)).decode()
    assert "assay_job_wait_seconds" in {family.name for family in as_openmetrics(text)}
