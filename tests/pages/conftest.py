"""Pages run against a real store in a folder of their own; jobs are performed in the test."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import Dataset, Job, Settings
from queue_jobs import JobQueue, submit
from queue_jobs.perform import perform_with
from store import Store, jobs, open_store
from web.gate import USER

SHELL = Path(__file__).parents[2] / "pages" / "_shell.py"

CSV = b"""id,name,city,signup
1, Ann ,Berlin,2024-01-02
2,Bob,Paris,2024-02-30
3,Bob,Paris,n/a
4,Cem,,2024-03-04
5,Ann,Berlin,2024-01-02
6,Dora,Rome,2024-05-06
7,Eve,Rome,2024-05-07
8,Finn,Oslo,2024-05-08
"""


class SilentDoorbell:
    """Rings for nobody: the test performs the jobs itself."""

    def ring(self, job_id: str) -> bool:
        return True

    def stop(self, job_id: str) -> None:
        return


@dataclass(frozen=True)
class House:
    """The store behind the pages, and what a test does with it."""

    queue: JobQueue

    @property
    def store(self) -> Store:
        return self.queue.store

    def upload(self, content: bytes = CSV, name: str = "people.csv") -> tuple[Dataset, Job]:
        return submit.upload(self.queue, USER, name, io.BytesIO(content), {})

    def start(self, dataset: Dataset, *tools: str, **params) -> tuple[Job, ...]:
        light = {"profile-my-data": {"skip": ["full-report"]}}
        return submit.start(self.queue, USER, dataset.id, tools, light | params)

    def work(self) -> None:
        """Perform every queued job, and those that they release."""
        while queued := jobs.search(self.store.database, None, statuses=("QUEUED",)).jobs:
            for job in reversed(queued):
                perform_with(self.queue, job.id)

    def job(self, job_id: str) -> Job:
        return jobs.load(self.store.database, job_id)


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty Assay: the same folder for the pages and for the test."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("USE_QUEUE", "true")
    for name in ("APP_PASSWORD", "DATABASE_URL", "STORAGE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.from_environment()
    return House(JobQueue(settings, open_store(settings), SilentDoorbell()))


@pytest.fixture
def dataset(house) -> Dataset:
    """A small file that has been read."""
    uploaded, _ = house.upload()
    house.work()
    return uploaded


def visit(page: str = "", **query: str) -> AppTest:
    """Open a page of the app by its file name and its query parameters."""
    shell = AppTest.from_file(SHELL, default_timeout=60)
    for name, value in query.items():
        shell.query_params[name] = value
    if page:
        shell.switch_page(page)
    return shell.run()


def texts(page: AppTest) -> str:
    """Everything an analyst can read on a page, to look for a sentence."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "error", "warning")
    parts = [str(item.value) for kind in kinds for item in page.get(kind)]
    parts += [f"{metric.label} {metric.value}" for metric in page.metric]
    return "\n".join(parts)
