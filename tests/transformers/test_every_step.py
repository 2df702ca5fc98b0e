"""What every step of every chain promises: pure, told in JSON, documented, tested, listed."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from core import (
    ROW_ID,
    STEP_REPORT_JSON,
    Step,
    StepReport,
    StepResult,
    Table,
    Transformer,
    Work,
    with_row_ids,
)
from core.transformer import absorb
from tests.tables import table

CHAINS = {"profile_my_data": "PROFILE", "clean_my_data": "CLEAN", "master_my_data": "MASTER"}
TRANSFORMERS = Path(__file__).parents[2] / "transformers"
TESTS = Path(__file__).parent

SLOW = {"full-report"}
"""Steps that run once on a small table, and not on every drawn one."""


def existing_chains() -> Iterator[Any]:
    for folder, name in CHAINS.items():
        module = importlib.import_module(f"transformers.{folder}")
        if hasattr(module, name):
            yield pytest.param(getattr(module, name), id=folder)


EXISTING = list(existing_chains())
STEPS = [
    pytest.param(chain.id, step, id=f"{chain.id}-{step.name}")
    for chain in EXISTING
    for step in chain.values[0].steps
]
every_chain = pytest.mark.parametrize("chain", EXISTING)
every_step = pytest.mark.parametrize(("folder", "step"), STEPS)

CELLS = st.sampled_from(
    (
        *(None, "", " ", "x", "X ", "Ünï", "\u200b", "<b>", "n/a", "1", "01", "-2.5", "1,5", "nan"),
        *("inf", "9" * 25, "yes", "no", "2024-02-30", "01/02/2024", "a@b.de", "😀", "\x00"),
    )
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(ROW_ID.__ne__)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Small dirty tables: odd names, no rows, no columns, empty cells, repeated rows."""
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    rows = draw(st.lists(st.tuples(*[CELLS] * len(names)), max_size=6))
    rows += rows[: draw(st.integers(0, 3))]
    return with_row_ids(pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row"))


PEOPLE = {
    "id": ["1", "2", "2", "4"],
    "name": ["Ann Lee", "Bob  Ray", "Bob  Ray", "ann lee"],
    "city": ["Rome", None, None, "n/a"],
    "born": ["2001-05-03", "13/02/1999", "13/02/1999", ""],
}
EXAMPLES = {
    "no rows": {"a": [], "b": []},
    "no columns": {},
    "one row": {"a": ["1"], "b": [None]},
    "only nulls": {"a": [None, None], "b": [None, None]},
    "unicode names": {
        "größe": ["1", "2"],
        "名前": ["x", "y"],
        "": ["a", "b"],
        "a.b $c": ["1", "x"],
    },
    "repeated rows": {"a": ["x", "x", "x"], "b": [None, None, None]},
    "people": PEOPLE,
}


def check_step(step: Step[Any], work: Work) -> StepResult:
    """Run a step with its defaults and check what it promises."""
    before = work.table.clone()
    result = step.run(work, step.params())
    assert_frame_equal(work.table, before)
    assert result.table.height <= before.height, f"{step.name} adds rows"
    check_findings(step, result, {*before.columns, *result.table.columns, *work.original.columns})
    check_json(step, result)
    return result


def check_findings(step: Step[Any], result: StepResult, columns: set[str]) -> None:
    for finding in result.findings:
        assert finding.code.startswith(f"{step.name}."), finding.code
        assert finding.message.endswith("."), finding.message
        assert set(finding.columns) <= columns - {ROW_ID}, finding
        assert finding.rows >= 0
    names = [exhibit.name for exhibit in result.exhibits]
    assert len(set(names)) == len(names), f"{step.name} repeats an exhibit's name"


def check_json(step: Step[Any], result: StepResult) -> None:
    report = StepReport(step.name, step.title, 0, 0, 0, 0, 0, result.findings, result.exhibits)
    text = json.dumps(STEP_REPORT_JSON.dump_python(report, mode="json"), allow_nan=False)
    again = STEP_REPORT_JSON.validate_json(text)
    assert STEP_REPORT_JSON.dump_python(again, mode="json") == json.loads(text)


def check_chain(chain: Transformer, before: Table, skip: set[str]) -> None:
    work = Work.of(before)
    for step in chain.steps:
        if step.name not in skip:
            work = absorb(work, check_step(step, work))[0]
    assert_frame_equal(work.original, before)


@every_chain
@pytest.mark.parametrize("columns", EXAMPLES.values(), ids=EXAMPLES)
def test_every_step_keeps_its_promises_on(chain: Transformer, columns: dict[str, Any]) -> None:
    check_chain(chain, table(**columns), SLOW)


@every_chain
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=tables())
def test_every_step_keeps_its_promises_on_any_table(chain: Transformer, before: Table) -> None:
    check_chain(chain, before, SLOW)


@every_chain
def test_the_whole_chain_runs_with_its_defaults(chain: Transformer) -> None:
    check_chain(chain, table(**PEOPLE), set())


@every_chain
def test_step_names_are_unique_and_no_options(chain: Transformer) -> None:
    names = [step.name for step in chain.steps]
    assert len(set(names)) == len(names)
    assert not {name.replace("-", "_") for name in names} & set(chain.options.model_fields)


@every_step
def test_file_function_and_step_share_one_name(folder: str, step: Step[Any]) -> None:
    assert step.run.__name__ == step.name.replace("-", "_")
    assert step.run.__module__ == f"transformers.{folder}.{step.run.__name__}"


@every_step
def test_every_step_has_a_test_file(folder: str, step: Step[Any]) -> None:
    assert (TESTS / folder / f"test_{step.run.__name__}.py").exists()


@every_step
def test_every_step_says_in_a_sentence_what_it_does(folder: str, step: Step[Any]) -> None:
    assert step.title
    assert step.title == step.title.strip()
    assert step.summary[:1].isupper(), step.summary
    assert step.summary.endswith("."), step.summary


@every_step
def test_every_parameter_has_a_default_a_title_and_a_description(
    folder: str, step: Step[Any]
) -> None:
    for name, field in step.params.model_fields.items():
        assert not field.is_required(), name
        assert field.title, name
        assert field.description, name


@every_chain
def test_every_step_file_is_in_the_tuple(chain: Transformer) -> None:
    """A file without a step serves the steps of its chain; one with a step must be listed."""
    folder = chain.name.replace("-", "_")
    files = {
        path.stem
        for path in (TRANSFORMERS / folder).glob("*.py")
        if "\n@step(" in path.read_text(encoding="utf-8")
    }
    assert files == {step.run.__name__ for step in chain.steps}
