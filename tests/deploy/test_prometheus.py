"""Scrape configuration and alert rules: valid, tried out, explained, about metrics that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from core import Status
from queue_jobs.metrics import registry
from tests.deploy.conftest import DEPLOY, DOCUMENT, alerts, metric_names, queries, samples
from tests.queue_jobs.conftest import eventually, hand_in, row

FILES = DEPLOY / "prometheus"


def run(*command: str | Path, **options) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration(promtool, tmp_path):
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "metrics-token").write_text("a token")
    run(promtool, "check", "config", tmp_path / "prometheus.yml")


def test_prometheus_accepts_the_rules(promtool):
    run(promtool, "check", "rules", FILES / "alerts.yml")


def test_alerts_fire_when_they_should_and_only_then(promtool):
    run(promtool, "test", "rules", FILES / "alerts_test.yml")


def test_every_alert_is_tried_out():
    tried = (FILES / "alerts_test.yml").read_text()
    assert [alert["alert"] for alert in alerts() if f"- name: {alert['alert']}" not in tried] == []


def test_every_alert_says_what_it_means_and_what_to_do():
    headings = re.findall(r"^### (\w+)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    for alert in alerts():
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert alert["annotations"].keys() == {"summary", "description", "runbook"}
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{alert['alert'].lower()}"
    assert sorted(headings) == sorted(alert["alert"] for alert in alerts())


@pytest.mark.end_to_end
def test_every_metric_of_alerts_and_panels_is_in_a_scrape(scraped):
    asked = metric_names(" ".join([*(alert["expr"] for alert in alerts()), *queries()]))
    assert len(asked) > 20
    assert asked - samples(scraped) == set()


@pytest.mark.end_to_end
def test_every_metric_is_in_a_scrape_after_a_real_worker_ran_a_job(house, work):
    work(house)
    job = hand_in(house)
    eventually(lambda: row(house, job).status == Status.COMPLETED, 60)
    text = generate_latest(registry(house)).decode()
    asked = metric_names(" ".join([*(alert["expr"] for alert in alerts()), *queries()]))
    assert asked - samples(text) <= {"assay_step_duration_seconds_bucket"}, "reading has no steps"
    assert re.search(r'assay_jobs_succeeded_total\{tool="read-my-data"\} 1\.0', text)
    assert re.search(r'assay_job_wait_seconds_count\{tool="read-my-data"\} 1\.0', text)


@pytest.mark.end_to_end
def test_every_metric_is_explained_and_nothing_else_is(scraped):
    explained = metric_names(DOCUMENT.read_text(encoding="utf-8"))
    told = {name for name in samples(scraped) if not name.endswith(("_bucket", "_count", "_sum"))}
    histograms = {name.removesuffix("_bucket") for name in samples(scraped) if "_bucket" in name}
    assert explained == told | histograms


@pytest.mark.end_to_end
def test_prometheus_finds_nothing_to_object_to_in_a_scrape(promtool, scraped):
    run(promtool, "check", "metrics", input=scraped)


def test_the_targets_are_asked_with_the_token():
    config = yaml.safe_load((FILES / "prometheus.yml").read_text())
    for scrape in config["scrape_configs"]:
        assert scrape["authorization"] == {
            "type": "Bearer",
            "credentials_file": "metrics-token",
        }
