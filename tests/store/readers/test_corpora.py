"""Public test files, where their folder is given in ASSAY_CORPORA: shapes, refusals, no crash."""

import csv
import os
from pathlib import Path

import pytest

from core import UnreadableFile
from store.readers import read_table

FOLDER = os.environ.get("ASSAY_CORPORA", "")
SPARED = {"empty"}
"""A table without rows is refused here; the corpora count it as loaded."""

pytestmark = pytest.mark.skipif(not FOLDER, reason="ASSAY_CORPORA names no folder")


def manifest(outcome):
    """The files for which independent readers agree on an outcome."""
    if not FOLDER:
        return []
    with (Path(FOLDER) / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["outcome"] == outcome]


def outcome_of(row):
    """("load", rows, columns), or ("refuse", reason, "")."""
    path = Path(FOLDER) / row["file"]
    try:
        result = read_table(path, path.name)
    except UnreadableFile as error:
        return "refuse", error.reason, ""
    assert result.dialect["rows_rejected"] == result.rejected.height
    return "load", str(result.table.height), str(result.table.width - 1)


def test_at_least_98_percent_of_the_good_files_have_the_shape_that_other_readers_give():
    rows = manifest("load")
    wrong = [
        row["file"]
        for row in rows
        if (found := outcome_of(row)) != ("load", row["rows"], row["cols"])
        and not (row["rows"] == "0" and found[1] in SPARED)
    ]
    assert len(wrong) <= 0.02 * len(rows), wrong


def test_every_bad_file_is_refused():
    loaded = [row["file"] for row in manifest("refuse") if outcome_of(row)[0] != "refuse"]
    assert loaded == []


@pytest.mark.parametrize("row", manifest("either"), ids=lambda row: row["file"])
def test_a_doubtful_file_is_loaded_or_refused(row):
    assert outcome_of(row)[0] in {"load", "refuse"}
