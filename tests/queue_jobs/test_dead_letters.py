"""An administrator runs failed jobs of anybody again."""

from dataclasses import dataclass, field

import pytest

from core import DatasetError, IllegalTransition, NotFound, Settings, Status
from queue_jobs import dead_letters
from queue_jobs.dead_letters import RunAgain
from queue_jobs.job_queue import JobQueue
from store import audit, claims, jobs, leases
from store.schema import dataset as dataset_table
from tests.store.rows import add_rows


@dataclass
class Bell:
    """Remembers for which jobs it was rung."""

    rung: list[str] = field(default_factory=list)

    def ring(self, job_id: str) -> bool:
        self.rung.append(job_id)
        return True

    def stop(self, job_id: str) -> None:
        return


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path, log_level="ERROR")


@pytest.fixture
def house(settings, store):
    return JobQueue(settings, store, Bell())


@pytest.fixture
def failed(house):
    """A job of Eve that has failed."""
    job = add_rows(house.store, "eve")
    _, lease = claims.claim(house.store.database, job.id, "w:1", 45)
    leases.fail(house.store.database, lease, "POISON_JOB", "Three workers were lost.")
    return job


def status(house, job):
    return jobs.load(house.store.database, job.id).status


def test_a_failed_job_of_somebody_else_is_queued_rung_and_audited(house, failed):
    dead_letters.run_again(house, "local", failed.id)
    again = jobs.load(house.store.database, failed.id)
    assert (again.status, again.owner, again.failures) == (Status.QUEUED, "eve", 0)
    assert house.doorbell.rung == [failed.id]
    event = audit.recent(house.store.database)[0]
    assert (event.user, event.action, event.object_id) == ("local", "run again", failed.id)
    assert event.detail == {"owner": "eve", "tool": "clean-my-data", "code": "POISON_JOB"}


def test_a_job_that_is_queued_already_is_not_queued_twice(house, failed):
    dead_letters.run_again(house, "local", failed.id)
    with pytest.raises(IllegalTransition):
        dead_letters.run_again(house, "local", failed.id)
    assert house.doorbell.rung == [failed.id]


def test_a_job_whose_file_is_gone_stays_where_it_is(house, failed):
    lose_file(house, failed)
    with pytest.raises(DatasetError) as refused:
        dead_letters.run_again(house, "local", failed.id)
    assert refused.value.code == "INPUTS_DELETED"
    assert (status(house, failed), house.doorbell.rung) == (Status.FAILED, [])


def lose_file(house, job):
    """As retention does."""
    with house.store.database.write() as connection:
        row = dataset_table.update().where(dataset_table.c.id == job.dataset_id)
        connection.execute(row.values(files_deleted_at=1.0))


def test_an_unknown_job_is_not_found(house):
    with pytest.raises(NotFound):
        dead_letters.run_again(house, "local", "unknown")


def test_a_refused_job_does_not_hold_up_the_others(house, failed):
    waiting = add_rows(house.store)
    done = dead_letters.run_all_again(house, "local", [waiting.id, "unknown", failed.id])
    assert (done.queued, len(done.refused)) == (1, 2)
    assert house.doorbell.rung == [failed.id]


def test_nothing_chosen_is_nothing_done(house):
    assert dead_letters.run_all_again(house, "local", []) == RunAgain(0, ())
