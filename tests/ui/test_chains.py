"""Jobs are grouped as they were started, and the newest of each kind is found."""

from dataclasses import replace

from core import Job, Status
from ui import chains


def job(name: str, tool: str = "profile-my-data", **values) -> Job:
    """A job of which only the interesting fields are given."""
    blank = dict.fromkeys(Job.__dataclass_fields__)
    base = Job(**blank | {"id": name, "tool": tool, "status": Status.COMPLETED, "summary": {}})
    return replace(base, **values)


PROFILE = job("p")
CLEAN = job("c", "clean-my-data", after_job_id="p")
AFTER = job("p2", after_job_id="c", input_job_id="c", summary={"score": 90.0})
MASTER = job("m", "master-my-data", summary={"rows_in": 10, "rows_out": 7})


def test_a_job_that_was_started_alone_is_its_own_chain():
    assert chains.chain_of(MASTER, [MASTER, PROFILE]) == (MASTER,)


def test_a_chain_is_found_from_any_of_its_jobs():
    for start in (PROFILE, CLEAN, AFTER):
        assert chains.chain_of(start, [AFTER, CLEAN, PROFILE]) == (PROFILE, CLEAN, AFTER)


def test_a_dataset_without_jobs_has_nothing_latest():
    assert chains.latest([]).all == ()


def test_a_profile_of_the_result_is_told_from_one_of_the_upload():
    found = chains.latest([AFTER, CLEAN, PROFILE])
    assert (found.profile, found.after) == (PROFILE, AFTER)


def test_a_profile_of_an_older_result_does_not_count():
    newer = replace(CLEAN, id="c2")
    assert chains.latest([newer, AFTER, CLEAN, PROFILE]).after is None


def test_the_score_is_that_of_the_cleaned_data_when_it_was_measured():
    assert chains.score(chains.latest([AFTER, CLEAN, PROFILE])) == 90.0
    assert chains.score(chains.latest([CLEAN, PROFILE])) is None


def test_merged_rows_are_those_that_are_gone():
    assert chains.merged(chains.latest([MASTER])) == 3


def test_a_chain_has_ended_when_all_its_jobs_have():
    waiting = replace(CLEAN, status=Status.CREATED)
    assert not chains.has_ended((PROFILE, waiting))
    assert chains.current((PROFILE, waiting)) == waiting
    assert chains.current((PROFILE, CLEAN)) == CLEAN


def test_a_chain_that_waits_behind_a_failed_job_has_ended_and_shows_the_failure():
    failed = replace(PROFILE, status=Status.FAILED)
    waiting = replace(CLEAN, status=Status.CREATED)
    assert chains.has_ended((failed, waiting))
    assert chains.current((failed, waiting)) == failed
    assert chains.is_blocked(waiting, (failed, waiting))


def test_running_a_follower_again_leaves_the_old_chain_as_it_was():
    first = replace(MASTER, after_job_id="c", created_at=1.0)
    again = replace(first, id="m2", created_at=2.0)
    jobs = [again, first, replace(CLEAN, created_at=0.5), replace(PROFILE, created_at=0.1)]
    assert [job.id for job in chains.chain_of(jobs[3], jobs)] == ["p", "c", "m"]
    assert [job.id for job in chains.chain_of(again, jobs)] == ["p", "c", "m2"]


def test_findings_before_cleaning_give_way_to_those_after_it():
    assert chains.reported((PROFILE, CLEAN, AFTER)) == (CLEAN, AFTER)
    assert chains.reported((PROFILE, CLEAN)) == (PROFILE, CLEAN)


def test_a_job_that_broke_off_says_nothing():
    assert chains.reported((replace(PROFILE, status=Status.CANCELLED),)) == ()


def test_alerts_are_counted_over_the_jobs_that_speak():
    counted = [replace(job, summary={"alerts": n}) for job, n in ((AFTER, 2), (CLEAN, 3))]
    assert chains.alerts(chains.latest([*counted, PROFILE])) == 5
