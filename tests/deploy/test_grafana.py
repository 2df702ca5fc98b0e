"""The dashboard: what it shows, that its queries are PromQL, and that Grafana finds it."""

import json
import subprocess

import pytest
import yaml

from tests.deploy.conftest import DASHBOARD, DEPLOY, panels, queries

WANTED = {
    "Success rate, 1 h",
    "Active workers",
    "Waiting",
    "Oldest wait",
    "Failed, 1 h",
    "Dead letters",
    "Jobs per second",
    "Job duration p95 by tool",
    "Wait p95 by tool",
    "Queue depth by priority",
    "Heartbeat ages",
    "Retries",
    "Lease losses and repairs",
    "Redis memory",
    "Redis clients and evictions",
    "Bytes ingested",
    "Disk",
}


def test_operators_see_what_they_need():
    assert {panel["title"] for panel in panels()} >= WANTED


def test_every_panel_explains_itself_and_has_a_place_of_its_own():
    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["description"] for panel in panels())
    places = [place for panel in panels() for place in squares(panel["gridPos"])]
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24


def squares(at: dict[str, int]) -> list[tuple[int, int]]:
    """The squares of Grafana's grid under a panel."""
    columns, lines = range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
    return [(x, y) for x in columns for y in lines]


def test_the_success_rate_is_red_yellow_from_95_and_green_from_99():
    [rate] = [panel for panel in panels() if panel["title"] == "Success rate, 1 h"]
    steps = rate["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["color"], step["value"]) for step in steps] == [
        ("red", None),
        ("yellow", 95),
        ("green", 99),
    ]


def test_every_query_is_promql(promtool, tmp_path):
    rules = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(queries())]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("query", queries())
def test_no_query_counts_two_targets_twice(query):
    assert query.startswith(("max", "min")) or "max by" in query


def test_grafana_finds_data_source_and_dashboard():
    provisioning = DEPLOY / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    [provider] = yaml.safe_load((provisioning / "dashboards" / "assay.yml").read_text())[
        "providers"
    ]
    assert provider["type"] == "file"
    used = {panel["datasource"]["uid"] for panel in panels()}
    assert used == {source["uid"]}
    assert json.loads(DASHBOARD.read_text())["uid"] == "assay"
