"""The log explains the whole table, or the job fails."""

import json

import polars as pl
import pytest

from core import PROPOSAL_SCHEMA, AssayError, StepResult, Work
from core.step import Artifact
from core.transformer import absorb
from tests.tables import run, table
from transformers.clean_my_data.audit import audit


def proposals(*cells: tuple[int, str, str | None, str | None, str]) -> pl.DataFrame:
    """Proposals of (row, column, old, new, tier)."""
    return pl.DataFrame(
        [(*cell[:4], "rule", "step", 1.0, cell[4], "Because.") for cell in cells],
        schema=PROPOSAL_SCHEMA,
        orient="row",
    )


def worked(before: pl.DataFrame, *batches: pl.DataFrame) -> Work:
    work = Work.of(before)
    for batch in batches:
        work, _ = absorb(work, StepResult(work.table, proposals=batch))
    return work


def frame(result: StepResult, name: str) -> pl.DataFrame:
    artifact: Artifact = result.artifacts[name]
    assert isinstance(artifact, pl.DataFrame)
    return artifact


def test_an_untouched_table_has_empty_logs() -> None:
    result = run(audit, table(a=["x", None]))
    assert frame(result, "changes.parquet").is_empty()
    assert frame(result, "quarantine.parquet").schema == {"row": pl.UInt32, "reasons": pl.String}
    assert result.exhibits == ()


def test_a_cell_written_twice_is_one_change() -> None:
    work = worked(
        table(a=["x"]), proposals((0, "a", "x", "y", "AUTO")), proposals((0, "a", "y", "z", "AUTO"))
    )
    changes = frame(run(audit, work), "changes.parquet")
    assert changes.select("row", "column", "old", "new").rows() == [(0, "a", "x", "z")]


def test_a_cell_that_came_back_is_no_change() -> None:
    work = worked(
        table(a=["x"]), proposals((0, "a", "x", "y", "AUTO")), proposals((0, "a", "y", "x", "AUTO"))
    )
    assert frame(run(audit, work), "changes.parquet").is_empty()


def test_everything_found_is_handed_over() -> None:
    found = proposals((0, "a", "x", "y", "REVIEW"), (1, "a", "z", None, "FLAG"))
    assert frame(run(audit, worked(table(a=["x", "z"]), found)), "proposals.parquet").equals(found)


def test_a_change_without_a_record_fails_the_job() -> None:
    work = Work(table=table(a=["y"]), original=table(a=["x"]))
    with pytest.raises(AssayError, match="'y' in row 0 of 'a'") as failure:
        run(audit, work)
    assert failure.value.code == "PROCESSING_ERROR"


def test_null_and_empty_text_are_told_apart() -> None:
    with pytest.raises(AssayError, match="None in row 0"):
        run(audit, Work(table=table(a=[None]), original=table(a=[""])))


def test_a_row_without_a_record_fails_the_job() -> None:
    with pytest.raises(AssayError, match="1 rows"):
        run(audit, Work(table=table(a=["x"]), original=table(a=["x", "y"])))


def test_a_column_that_vanished_fails_the_job() -> None:
    with pytest.raises(AssayError, match="columns"):
        run(audit, Work(table=table(a=["x"]), original=table(a=["x"], b=["y"])))


def test_a_proposal_that_misquotes_the_old_value_fails_the_job() -> None:
    work = worked(table(a=["x"]), proposals((0, "a", "not x", "y", "AUTO")))
    with pytest.raises(AssayError, match="undoing"):
        run(audit, work)


def test_rows_with_half_of_their_cells_flagged_are_listed() -> None:
    before = table(a=["x", "x", None], b=["1", "?", "?"], c=["1", "?", None], d=["1", "1", None])
    flags = [(0, "b", "1", None, "FLAG"), (1, "b", "?", None, "FLAG"), (1, "c", "?", None, "FLAG")]
    work = worked(before, proposals(*flags, (2, "b", "?", None, "FLAG")))
    aside = frame(run(audit, work), "quarantine.parquet")
    assert aside.rows() == [(1, "b: Because.; c: Because."), (2, "b: Because.")]


def test_a_flag_is_settled_when_its_cell_was_repaired() -> None:
    flag, repair = proposals((0, "a", "x", None, "FLAG")), proposals((0, "a", "x", "1", "AUTO"))
    work = worked(table(a=["x"]), flag, repair)
    assert frame(run(audit, work), "quarantine.parquet").is_empty()


def test_the_recipe_names_the_reading_steps_versions_and_columns() -> None:
    work = Work(
        table=table(a=["x"]),
        original=table(a=["x"]),
        recipe={"skip": ["teach"], "accept": "auto", "teach": {}, "audit": {}},
        reading={"delimiter": ";", "quote": "", "header": False, "encoding": None},
    )
    recipe = json.loads(str(run(audit, work).artifacts["recipe.json"]))
    assert [(part["step"], part["enabled"]) for part in recipe["steps"]] == [
        ("teach", False),
        ("audit", True),
    ]
    assert recipe["options"]["accept"] == "auto"
    assert recipe["reading"] == {"delimiter": ";", "quote": "", "header": False}
    assert recipe["columns"] == ["a"]
    assert set(recipe["versions"]) == {"rules", "polars", "rapidfuzz"}


def test_a_logged_change_that_was_not_written_fails_the_job() -> None:
    logged = proposals((0, "a", "x", "y", "AUTO"))
    work = Work(table=table(a=["x"]), original=table(a=["x"]), applied=logged)
    with pytest.raises(AssayError, match="'y' in row 0 of 'a'"):
        run(audit, work)
