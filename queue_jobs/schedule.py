"""Recurring profiles: makes a schedule of a fetched dataset, and runs those that are due."""

from core import Dataset, DatasetError, IllegalTransition, Job, NotFound, ParamsError, new_id
from core.params import parse
from core.recurrence import recurrence
from queue_jobs.fetch_source import source_of
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from queue_jobs.submit import KNOWN, announce
from queue_jobs.tools import READ, transformer
from store import datasets, schedules, series
from store.jobs import JobRequest
from store.schedules import NewRun, Schedule, series_of
from store.sources import Source, place

UPLOADED = (
    "'{name}' was uploaded, and only what is fetched from a source can be fetched again; "
    "load it from its address, bucket or database to schedule it."
)
STILL_RUNNING = "The run before had not ended when the next one was due; it was left out."
UNDER_WAY = "A run of this schedule is under way; wait until it has ended."
PRIORITY = "low"


def create(queue: JobQueue, owner: str, dataset_id: str, rule: str) -> Schedule:
    """Profile a dataset's source again and again; the first dataset is the baseline.

    Raises NotFound, ParamsError for a bad rule, DatasetError when it was uploaded or has a
    schedule, or UnreadableFile "source_refused".
    """
    dataset = datasets.get(queue.store.database, owner, dataset_id)
    source = source_of(queue, dataset)
    if source is None:
        raise DatasetError(UPLOADED.format(name=dataset.name))
    place(source, queue.settings)
    first = series_of(dataset)
    new = Schedule(
        id=new_id(),
        owner=owner,
        dataset_id=first,
        rule=recurrence(rule).rule,
        params={"source": source.model_dump(exclude_defaults=True)},
        baseline_dataset_id=first,
        enabled=True,
        next_at=0.0,
        last_at=None,
        last_job_id=None,
        missed=0,
        error_message=None,
        created_at=0.0,
    )
    return schedules.add(queue.store.database, new)


def run_due(queue: JobQueue) -> int:
    """Note the runs that have ended, then start one for each schedule whose time has come.

    Safe in several processes at once: one conditional update of the row decides who starts a run,
    in the transaction that stores its jobs. Returns how many were started.
    """
    database = queue.store.database
    for schedule in schedules.under_way(database):
        series.note_end(database, schedule)
    return sum(run_one(queue, schedule) for schedule in schedules.due(database))


def run_one(queue: JobQueue, schedule: Schedule) -> bool:
    """Start the run of a schedule that is due, or count it as missed and say why."""
    database = queue.store.database
    if schedule.last_job_id is not None:
        schedules.skip(database, schedule, STILL_RUNNING)
        return False
    try:
        run = new_run(queue, schedule)
    except (DatasetError, ParamsError, NotFound) as error:
        log.warning("scheduled run refused", schedule=schedule.id, error=error.code)
        schedules.skip(database, schedule, error.message)
        return False
    return started(queue, schedules.begin(database, schedule, run, is_due=True))


def started(queue: JobQueue, read: Job | None) -> bool:
    """Ring for a run that was stored."""
    if read is not None:
        announce(queue, read)
    return read is not None


def run_now(queue: JobQueue, owner: str, schedule_id: str) -> None:
    """Start a run beside the appointed times.

    Raises NotFound, UnreadableFile "source_refused", or IllegalTransition while another run is
    under way.
    """
    database = queue.store.database
    schedule = schedules.get(database, owner, schedule_id)
    if schedule.last_job_id is not None and series.note_end(database, schedule):
        schedule = schedules.get(database, owner, schedule_id)
    run = new_run(queue, schedule)
    if not started(queue, schedules.begin(database, schedule, run, is_due=False)):
        raise IllegalTransition(UNDER_WAY)


def new_run(queue: JobQueue, schedule: Schedule) -> NewRun:
    """The next dataset of the series, the job that fetches and reads it, and its profile.

    Raises UnreadableFile when the settings do not allow the source (any more).
    """
    source = schedule.params["source"]
    place(parse(Source, source, "source"), queue.settings)
    first = datasets.load(queue.store.database, schedule.dataset_id)
    dataset = next_dataset(first)
    known = {name: first.reading[name] for name in KNOWN if first.reading.get(name)}
    profile = transformer("profile").choose(known).document()

    def request(tool: str, params: dict[str, object], reference: str | None = None) -> JobRequest:
        return JobRequest(
            schedule.owner,
            dataset.id,
            tool,
            params,
            reference_dataset_id=reference,
            max_failures=queue.settings.max_failures,
            priority=PRIORITY,
            schedule_id=schedule.id,
        )

    return NewRun(
        dataset,
        request(READ, {"reading": dict(first.reading), "source": source}),
        request("profile-my-data", profile, baseline_of(queue, schedule)),
    )


def next_dataset(first: Dataset) -> Dataset:
    """A dataset of the same series whose bytes are still to come."""
    dataset_id = new_id()
    return Dataset(
        id=dataset_id,
        owner=first.owner,
        name=first.name,
        bytes=0,
        sha256="",
        key=f"datasets/{dataset_id}/upload",
        reading=first.reading,
        ingest_job_id=None,
        rows=None,
        columns=None,
        created_at=0.0,
        series_id=first.id,
    )


def baseline_of(queue: JobQueue, schedule: Schedule) -> str:
    """The dataset to compare with: the accepted one, or the first when that was deleted."""
    try:
        return datasets.load(queue.store.database, schedule.baseline_dataset_id or "").id
    except NotFound:
        return schedule.dataset_id
