"""The files that operators take over, and what a scrape of a system holds that has done things."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from rq import Worker

from queue_jobs.metrics import registry
from store import claims, leases, tally
from tests.queue_jobs.conftest import (  # noqa: F401 - fixtures
    hand_in,
    house,
    rq_queue,
    server_url,
    settings,
    silent,
    spawn,
    work,
)

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "assay.json"


@pytest.fixture(scope="session")
def promtool() -> str:
    """The checker of Prometheus; in CI it has to be there."""
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI"):
        pytest.fail("promtool is missing; .ci/run installs it with the Debian package prometheus")
    if found is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    return found


def alerts() -> list[dict]:
    """The alert rules."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict]:
    """The panels of the dashboard."""
    return json.loads(DASHBOARD.read_text())["panels"]


def queries() -> list[str]:
    """Every query of the dashboard, with Grafana's variable filled in."""
    return [
        target["expr"].replace("$__rate_interval", "5m")
        for panel in panels()
        for target in panel["targets"]
    ]


def metric_names(text: str) -> set[str]:
    """The metrics that a text names."""
    return set(re.findall(r"\bassay_[a-z0-9_]+", text))


def samples(text: str) -> set[str]:
    """The names of the samples of a scrape."""
    return {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    }


@pytest.fixture
def scraped(house) -> Iterator[str]:  # noqa: F811
    """A scrape of a system in which a job has run a step and a worker waits."""
    queue = rq_queue(house)
    worker = Worker([queue], connection=queue.connection)
    worker.register_birth()
    job = hand_in(silent(house))
    _, lease = claims.claim(house.store.database, job.id, "host:1", 45)
    leases.publish(house.store.database, lease, "folder", {})
    with house.store.database.write() as connection:
        tally.observe(connection, "step_duration_seconds", 1.0, tool=job.tool, step="a-step")
    yield generate_latest(registry(house)).decode()
    worker.register_death()
