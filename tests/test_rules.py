"""The rules of the house, checked with the tests: style, types, floors, documents."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import transformers

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt"
    " && .venv/bin/python -m pytest"
)


@pytest.mark.parametrize(
    "command",
    ["ruff check .", "ruff format --check .", "mypy", "lint-imports"],
    ids=["style", "format", "types", "floors"],
)
@pytest.mark.timeout(240)
def test_the_code_keeps_the_rules(command):
    program, *arguments = command.split()
    done = subprocess.run(
        [BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_app_starts_things_and_does_nothing_else():
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    imported = {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    } | {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert not imported & {"redis", "rq", "sqlalchemy", "fsspec", "polars", "store", "transformers"}


def test_transformers_is_our_own_package():
    assert Path(transformers.__file__).parent == ROOT / "transformers"


def test_modules_stay_short():
    folders = ("core", "store", "transformers", "queue_jobs", "web", "ui", "pages")
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_pages_only_compose():
    lengths = {p.name: len(p.read_text().splitlines()) for p in (ROOT / "pages").glob("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}


def test_ci_runs_the_test_command_of_the_readme():
    assert TEST_COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith(TEST_COMMAND)


def test_every_dependency_is_pinned_and_explained():
    named = [
        line.split(";")[0].split("[")[0].split("<")[0].strip()
        for file in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / file).read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]
    explained = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    assert [name for name in named if f"| {name} |" not in explained] == []
    for line in (ROOT / "requirements-dev.txt").read_text().splitlines():
        assert "==" in line


def test_the_list_of_steps_is_up_to_date():
    from docs.steps import render

    assert (ROOT / "docs/steps.md").read_text(encoding="utf-8") == render()
