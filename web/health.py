"""Two answers for those who watch: is the process alive, and can it do its work?"""

import shutil

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core import Settings, Transient
from queue_jobs import JobQueue
from queue_jobs.metrics import MAX_SILENCE_SECONDS, eviction_policy
from queue_jobs.overview import server_state
from web.opened import queue_of

MIN_FREE_BYTES = 100 * 2**20
EVICTS = "Redis throws keys away when its memory is full ({policy}); set noeviction."


def healthz(request: Request) -> Response:
    """GET /healthz: the process answers."""
    return JSONResponse({"status": "ok"})


def readyz(settings: Settings, request: Request) -> Response:
    """GET /readyz: 200, or 503 with what is missing; never an address, a name or a secret.

    A warning is about what goes wrong later: jobs run, so it does not change the status.
    """
    reasons = missing(queue_of(settings))
    body = {
        "status": "not ready" if reasons else "ready",
        "reasons": reasons,
        "warnings": warnings(settings),
    }
    return JSONResponse(body, 503 if reasons else 200, {"Cache-Control": "no-store"})


def missing(queue: JobQueue) -> list[str]:
    """One sentence for each thing without which jobs do not run."""
    checks = (database_problem(queue), storage_problem(queue), *queue_problems(queue))
    return [problem for problem in checks if problem]


def database_problem(queue: JobQueue) -> str:
    """Why the database cannot be used."""
    try:
        with queue.store.database.read() as connection:
            queue.store.database.now(connection)
    except Transient:
        return "The database does not answer."
    return ""


def storage_problem(queue: JobQueue) -> str:
    """Why results could not be stored."""
    artifacts = queue.store.artifacts
    try:
        artifacts.scratch_folder().rmdir()
        artifacts.exists("datasets")
        free = shutil.disk_usage(artifacts.scratch).free
    except OSError:
        return "The file store cannot be used."
    return "" if free > MIN_FREE_BYTES else f"Only {free >> 20} MB of disk are free."


def queue_problems(queue: JobQueue) -> list[str]:
    """Why nobody would take a job; without a queue a thread of this process does."""
    if not queue.settings.use_queue:
        return []
    server = server_state(queue)
    if server is None:
        return ["Redis does not answer."]
    # A worker that was killed stays registered for more than a minute.
    alive = [age for worker in server.workers if (age := worker.heartbeat_age) is not None]
    answers = any(age < MAX_SILENCE_SECONDS for age in alive)
    problems = {
        "Redis is full; new jobs wait until it has room.": server.is_full,
        "No worker is running.": not answers,
    }
    return [sentence for sentence, is_so in problems.items() if is_so]


def warnings(settings: Settings) -> list[str]:
    """What a Redis of your own is set up to do to waiting jobs."""
    policy = eviction_policy(settings) if settings.use_queue and settings.redis_url else ""
    return [] if policy in {"", "noeviction"} else [EVICTS.format(policy=policy)]
