"""`inspect` tells in one line per file how it was read, whatever the file is."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ROW_ID
from queue_jobs.inspect_files import csv_names, inspect, same, write_rows
from queue_jobs.limited_child import Limits
from tests.queue_jobs.conftest import eventually
from tests.store.readers.files import workbook

ROOT = Path(__file__).parents[2]
LIMITS = Limits(memory_mb=1_000, seconds=60)
KEYS = [
    "file",
    "outcome",
    "rows",
    "columns",
    "rejected_rows",
    "dialect",
    "sheet",
    "reason",
    "message",
    "seconds",
]


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "queue_jobs", "inspect", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def lines(files, out=None):
    return [json.loads(line) for line in inspect(files, LIMITS, out)]


@pytest.fixture
def files(tmp_path):
    contents = {
        "a.csv": b"id,name\n1,x\n2,\n",
        "book.xlsx": workbook({"Notes": [], "People": [["id"], ["7"], ["8"]]}),
        "document.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        "bad.json": b'[{"a": NaN}]',
        "good.json": b'[{"a": 1}]',
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def test_each_file_has_its_line_in_order_and_the_exit_code_is_0(files, tmp_path):
    asked = [*files, tmp_path / "none.csv", tmp_path]
    done = command(*asked)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [line["file"] for line in said] == [str(file) for file in asked]
    assert [line["outcome"] for line in said] == [
        "loaded",
        "loaded",
        "refused",
        "refused",
        "loaded",
        "refused",
        "refused",
    ]
    assert [(line["rows"], line["columns"]) for line in said[:2]] == [(2, 2), (2, 1)]
    assert said[1]["sheet"] == "People"
    assert said[3]["reason"] == "invalid_json"
    assert all(list(line) == KEYS for line in said)
    assert all((line["reason"] is None) == (line["outcome"] == "loaded") for line in said)
    assert done.stderr == ""


def test_tables_are_written_beside_their_lines(files, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    said = lines(files, out)
    assert [line["table"] and Path(line["table"]).name for line in said] == [
        "a.csv",
        "book.xlsx.csv",
        None,
        None,
        "good.json.csv",
    ]
    assert (out / "a.csv").read_bytes() == b"id,name\r\n1,x\r\n2,\r\n"
    assert {path.name for path in out.iterdir()} == {"a.csv", "book.xlsx.csv", "good.json.csv"}


def test_a_table_that_cannot_be_written_is_said(files, tmp_path):
    (line,) = lines(files[:1], tmp_path / "missing")
    assert (line["outcome"], line["table"]) == ("loaded", None)
    assert "could not be written" in line["message"]


def test_a_name_that_is_no_text_is_a_file_like_others(tmp_path):
    if sys.platform != "linux":
        pytest.skip("this system has no such names")
    file = tmp_path / os.fsdecode(b"\xff\xfe.csv")
    file.write_bytes(b"a,b\n1,2\n")
    (line,) = lines([file])
    assert (line["file"], line["rows"]) == (str(file), 1)


def test_a_wrong_call_is_2():
    assert command().returncode == 2
    assert command("x.csv", "--out", os.devnull + "/x").returncode == 2


NAMES = st.lists(
    st.sampled_from(["a.csv", "A.CSV", "a-2.csv", "b.xlsx", "b.xlsx.csv", "c", ".csv"])
)


@given(NAMES)
def test_no_table_takes_the_name_of_another(names):
    made = csv_names([Path("somewhere") / name for name in names])
    assert len({same(name) for name in made}) == len(names)
    assert all(name.lower().endswith(".csv") for name in made)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["", '"', "a,b", "x\ry", "x\r\ny", "\n", " ", "007", "=1+1", "\ufeff"]
)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.none() | TEXTS, min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@given(TABLES)
def test_a_second_reader_finds_every_cell_again(cells):
    names = [f"c{n}" for n in range(len(cells[0]))]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    with tempfile.TemporaryDirectory() as folder:
        table, target = Path(folder) / "t.parquet", Path(folder) / "t.csv"
        frame.with_row_index(ROW_ID).write_parquet(table, row_group_size=2)
        write_rows(table, target)
        text = target.read_bytes().decode("utf-8")
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found == [names, *([cell or "" for cell in row] for row in cells)]


ENDLESS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from queue_jobs import inspect_files, __main__ as line
inspect_files.existing = lambda path: path
sys.exit(line.inspect_command(line.parser().parse_args(["inspect", *sys.argv[1:]])))
"""
"""Background jobs of a shell ignore Ctrl-C, and tests may be one."""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    run = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, *[str(tmp_path / "pipe.csv")] * 5],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    eventually(lambda: list(temporary.glob("*/*/said.txt")))
    os.killpg(run.pid, signal.SIGINT)
    said, complained = run.communicate(timeout=30)
    assert run.returncode == 130
    assert said == ""
    assert "Traceback" not in complained
    assert list(temporary.iterdir()) == []
