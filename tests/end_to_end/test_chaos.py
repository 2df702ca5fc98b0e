"""A minute in which everything breaks: no job is lost, doubled or stuck, and no file is left."""

import json
import subprocess
import sys

import pytest

from tests.end_to_end.running import ROOT

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(420)]

COMMAND = [sys.executable, "-m", "benchmarks.chaos", "--seconds", "25", "--jobs", "40"]


def test_a_minute_of_chaos_violates_nothing():
    done = subprocess.run(
        [*COMMAND, "--seed", "7"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    assert report.get("violations") == [], done.stdout + done.stderr
    assert done.returncode == 0
    assert report["completed"] > report["jobs"] / 2
    assert len(report["faults"]) >= 8
