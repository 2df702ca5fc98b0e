"""The command line runs a job as a worker would, and answers with 0 or 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core import ParamsError
from queue_jobs.inline import load_params

ROOT = Path(__file__).parents[2]


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "queue_jobs", "run", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    lines = [f"{n},Ann {n},0{n:04}" for n in range(50)]
    file.write_text("\n".join(["id,name,zip", *lines, lines[3]]))
    return file


CONTRACT = {
    "profile-my-data": {"profile.json", "report.html"},
    "clean-my-data": {
        "table.parquet",
        "table.csv",
        "proposals.parquet",
        "changes.parquet",
        "removed.parquet",
        "quarantine.parquet",
        "recipe.json",
    },
    "master-my-data": {
        "golden.parquet",
        "golden.csv",
        "crosswalk.parquet",
        "pairs.parquet",
        "review.parquet",
        "lineage.parquet",
    },
}


@pytest.mark.parametrize("tool", CONTRACT)
def test_a_tool_leaves_its_artifacts_under_their_names(tool, people, tmp_path):
    done = command(tool, people, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= CONTRACT[tool] | {"report.json", "manifest.json"}
    assert "51 rows in" in done.stdout
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert f" {report['steps'][0]['name']}" in done.stdout


def test_the_recipe_of_a_cleaning_holds_the_reading_that_was_asked_for(people, tmp_path):
    params = '{"reading": {"delimiter": ",", "header": true}}'
    done = command("clean-my-data", people, "--params", params, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    recipe = json.loads((tmp_path / "out" / "recipe.json").read_text())
    assert recipe["reading"] == {"delimiter": ",", "header": True}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("names-only.csv", b"id,name\n"),
        ("document.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
        ("cut.parquet", b"PAR1" + bytes(64)),
    ],
)
def test_a_refused_file_ends_with_2_and_one_sentence(name, content, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    done = command("profile-my-data", file, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_parameters_come_as_json_or_from_a_file(tmp_path):
    file = tmp_path / "params.json"
    file.write_text('{"accept": "review"}')
    assert load_params('{"accept": "review"}') == load_params(str(file))
    assert load_params(None) == {}


@pytest.mark.parametrize("text", ["{nonsense", "no-such-file.json"])
def test_wrong_parameters_are_a_sentence(text):
    with pytest.raises(ParamsError, match="--params"):
        load_params(text)
