"""The people of a drill: they hand in jobs all the time, click twice and change their mind."""

import io
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.drill import DRILL
from core import AssayError, IllegalTransition, Job
from queue_jobs import JobQueue, submit
from store.jobs import JobRequest

OWNERS = ("local", "ann", "bob", "cem", "dora")
"""Pages show the jobs of "local" when there is no login."""

PRIORITIES = ("high", "default", "default", "low")
CANCELLED_SHARE = 0.08
HEAD = "name,town,amount,day\n"
LINE = "{name} , {town},{amount},2024-01-{day:02}\n"


@dataclass(frozen=True)
class Order:
    """One thing that somebody does. `cancel_after` is in seconds, None when they wait."""

    at: float
    kind: str
    owner: str
    seed: int
    drill: dict[str, Any]
    priority: str
    cancel_after: float | None


@dataclass
class Client:
    """Carries out orders. `told` holds the ids of jobs that were promised to somebody."""

    queue: JobQueue
    told: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    doubled: list[str] = field(default_factory=list)
    datasets: dict[str, list[str]] = field(default_factory=dict)
    cancelling: list[tuple[float, Job]] = field(default_factory=list)

    def run(self, orders: list[Order]) -> None:
        """Carry out all orders at their times, then what is still to be cancelled."""
        began = time.monotonic()
        for order in orders:
            self.wait(began + order.at)
            self.carry_out(order)
        self.wait(max((due for due, _ in self.cancelling), default=0.0))

    def wait(self, until: float) -> None:
        """Sleep until then; whoever changed their mind meanwhile cancels."""
        while True:
            now = time.monotonic()
            due = [job for at, job in self.cancelling if at <= now]
            self.cancelling = [(at, job) for at, job in self.cancelling if at > now]
            for job in due:
                self.cancel(job)
            if now >= until:
                return
            time.sleep(min(0.1, until - now))

    def carry_out(self, order: Order) -> None:
        """One order; a refusal is an answer, too, but then nothing was promised."""
        try:
            jobs = KINDS[order.kind](self, order)
        except (AssayError, OSError) as error:
            self.counts[f"refused: {type(error).__name__}"] += 1
            return
        self.counts[order.kind] += 1
        self.told += [job.id for job in jobs]
        if order.cancel_after is not None:
            self.cancelling.append((time.monotonic() + order.cancel_after, jobs[0]))

    def cancel(self, job: Job) -> None:
        """Cancel a job, if that is still possible."""
        try:
            submit.cancel(self.queue, job.owner, job.id)
            self.counts["cancelled"] += 1
        except IllegalTransition:
            self.counts["ended before it was cancelled"] += 1
        except AssayError as error:
            self.counts[f"refused: {type(error).__name__}"] += 1

    def upload(self, order: Order) -> tuple[str, Job]:
        """A new small file of somebody, and the job that reads it."""
        content = io.BytesIO(small_csv(order.seed))
        dataset, job = submit.upload(self.queue, order.owner, "small.csv", content, {})
        self.datasets.setdefault(order.owner, []).append(dataset.id)
        return dataset.id, job

    def dataset(self, order: Order) -> tuple[str, tuple[Job, ...]]:
        """A file that somebody has handed in, or a new one and its job."""
        known = self.datasets.get(order.owner, [])
        if known:
            return Random(order.seed).choice(known), ()
        dataset_id, job = self.upload(order)
        return dataset_id, (job,)

    def drill(self, order: Order, dataset_id: str) -> Job:
        """One drill. A job that cannot succeed gets two tries, since pauses grow."""
        hopeless = order.drill["mode"] in ("crash", "exit")
        request = JobRequest(
            order.owner,
            dataset_id,
            DRILL.name,
            DRILL.choose({"drill": order.drill}).document(),
            max_failures=2 if hopeless else self.queue.settings.max_failures,
            priority=order.priority,
        )
        return submit.hand_in(self.queue, request)


def read(client: Client, order: Order) -> tuple[Job, ...]:
    """Hand in a file."""
    return (client.upload(order)[1],)


def drill(client: Client, order: Order) -> tuple[Job, ...]:
    """A drill on a file."""
    dataset_id, before = client.dataset(order)
    return (client.drill(order, dataset_id), *before)


def double(client: Client, order: Order) -> tuple[Job, ...]:
    """A drill that is asked for twice at once; it has to be one job."""
    dataset_id, before = client.dataset(order)
    first, second = client.drill(order, dataset_id), client.drill(order, dataset_id)
    if first.id != second.id:
        client.doubled += [first.id, second.id]
    return (first, second, *before)


def clean(client: Client, order: Order) -> tuple[Job, ...]:
    """A new file that is cleaned, perhaps before it was read."""
    return start(client, order, ["clean-my-data"])


def profile(client: Client, order: Order) -> tuple[Job, ...]:
    """A new file that is profiled."""
    return start(client, order, ["profile-my-data"])


def chain(client: Client, order: Order) -> tuple[Job, ...]:
    """A new file that is cleaned; a drill waits for its result."""
    return start(client, order, ["clean-my-data", DRILL.name])


def start(client: Client, order: Order, tools: list[str]) -> tuple[Job, ...]:
    """Hand in a file and start tools on it."""
    dataset_id, job = client.upload(order)
    params = {DRILL.name: {"drill": order.drill | {"mode": "work"}}}
    # Promised already, whatever becomes of the rest.
    client.told.append(job.id)
    return submit.start(client.queue, order.owner, dataset_id, tools, params)


KINDS: dict[str, Callable[[Client, Order], tuple[Job, ...]]] = {
    "read": read,
    "drill": drill,
    "double": double,
    "clean": clean,
    "profile": profile,
    "chain": chain,
}
WEIGHTS = {"read": 16, "drill": 50, "double": 8, "clean": 8, "profile": 2, "chain": 7}
JOBS_OF = {"read": 1, "drill": 1, "double": 1, "clean": 2, "profile": 2, "chain": 3}
MODE_WEIGHTS = {"work": 40, "sleep": 30, "python_loop": 20, "crash": 5, "exit": 4}


def orders(seed: int, jobs: int, seconds: float) -> list[Order]:
    """About so many jobs, spread over the time."""
    chance = Random(seed)
    kinds: list[str] = []
    while sum(JOBS_OF[kind] for kind in kinds) < jobs:
        kinds.append(chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0])
    times = sorted(chance.uniform(0.0, seconds) for _ in kinds)
    return [order(chance, at, kind) for at, kind in zip(times, kinds, strict=True)]


def drills(seed: int, jobs: int, seconds: float) -> list[Order]:
    """Exactly so many drills, for queues that know nothing else."""
    chance = Random(seed)
    return [order(chance, at * seconds / jobs, "drill") for at in range(jobs)]


def order(chance: Random, at: float, kind: str) -> Order:
    """One order; every drill has a label of its own, or equal ones would be one job."""
    seed = chance.randrange(2**32)
    mode = chance.choices(list(MODE_WEIGHTS), list(MODE_WEIGHTS.values()))[0]
    seconds = round(chance.choice((0.0, 1.0, 3.0, 8.0)) + chance.random(), 2)
    drilled = {"label": f"{seed:08x}", "mode": mode, "seconds": seconds, "rows": 10}
    cancel_after = chance.uniform(0.0, 6.0) if chance.random() < CANCELLED_SHARE else None
    owner, priority = chance.choice(OWNERS), chance.choice(PRIORITIES)
    return Order(at, kind, owner, seed, drilled, priority, cancel_after)


def small_csv(seed: int) -> bytes:
    """Forty rows with spaces, a repeated row and a null word."""
    chance = Random(seed)
    lines = [
        LINE.format(
            name=chance.choice(("Anna", "Bruno", "Clara")),
            town=chance.choice(("Oslo", " Rome", "n/a")),
            amount=chance.randrange(10_000),
            day=chance.randint(1, 28),
        )
        for _ in range(39)
    ]
    return (HEAD + "".join([*lines, lines[0]])).encode()


def give_up_waiting(queue: JobQueue, waiting: list[Job]) -> int:
    """Cancel the jobs that wait for one that has failed, as their owners would."""
    for job in waiting:
        with suppress(IllegalTransition):
            submit.cancel(queue, job.owner, job.id)
    return len(waiting)
