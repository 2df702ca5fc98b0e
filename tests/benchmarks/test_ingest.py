"""The file that ingest is measured with, and the verdict on the figures."""

import csv
from dataclasses import replace

from benchmarks.ingest import WAYS, Cost, generate, judged

FAST = Cost(wall_seconds=1, cpu_seconds=1, peak_mb=100, written_mb=10, failed=False)


def test_the_file_is_the_same_each_time_and_has_what_trips_readers(tmp_path):
    generate(300, tmp_path / "one.csv")
    generate(300, tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    with (tmp_path / "one.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    assert {len(row) for row in rows} == {12}
    assert any(row["zip"].startswith("0") for row in rows)
    assert any("," in row["city"] for row in rows)
    assert any('"' in row["note"] for row in rows)


def test_each_bound_can_be_missed(capsys):
    costs = dict.fromkeys(WAYS, FAST)
    assert judged(10**8, costs)
    for worse in (
        {"wall_seconds": 3.1},
        {"peak_mb": 1_501},
        {"cpu_seconds": 4.1},
        {"failed": True},
    ):
        assert not judged(10**8, {**costs, "Assay": replace(FAST, **worse)})
    assert judged(10**9, {**costs, "Assay": replace(FAST, cpu_seconds=40)})
    assert "MISSED" in capsys.readouterr().out
