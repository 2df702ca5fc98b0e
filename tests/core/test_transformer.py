"""The loop folds steps over the work, applies what they propose and measures each."""

import polars as pl
import pytest
from pydantic import Field

from core import (
    REMOVED_SCHEMA,
    REPORT_JSON,
    Finding,
    Options,
    Params,
    ParamsError,
    Severity,
    StepError,
    StepResult,
    Transformer,
    Work,
    step,
)
from core.table import PROPOSAL_SCHEMA
from tests.tables import table, values


class ShoutParams(Params):
    mark: str = Field("!", title="Mark", description="What is put at the end.", max_length=3)


@step("Shout", params=ShoutParams)
def shout(work: Work, params: ShoutParams) -> StepResult:
    """Put a mark behind every value of column a."""
    rows = [
        (row, "a", old, old + params.mark, "shout", "shout", 1.0, "AUTO", "")
        for row, old in enumerate(work.table["a"])
    ]
    log = pl.DataFrame(rows, schema=PROPOSAL_SCHEMA, orient="row")
    found = Finding("shout.done", Severity.INFO, f"{len(rows)} values of 'a' are louder.", ("a",))
    return StepResult(work.table, (found,), proposals=log, artifacts={"shout.txt": params.mark})


@step("Behead", params=Params)
def behead(work: Work, params: Params) -> StepResult:
    """Remove the first row."""
    gone = pl.DataFrame([(0, "first", None)], schema=REMOVED_SCHEMA, orient="row")
    return StepResult(work.table, removed=gone)


@step("Stumble", params=Params)
def stumble(work: Work, params: Params) -> StepResult:
    """Ask for a column that is not there."""
    return StepResult(work.table.select("emial"))


CHAIN = Transformer("test", "Test", "A chain.", (shout, behead))


def run(chain=CHAIN, **document):
    return chain.run(Work.of(table(a=["x", "y"])), chain.choose(document))


def test_steps_run_in_order_and_the_loop_writes_their_proposals():
    outcome = run()
    assert values(outcome.table, "a") == ["y!"]
    assert outcome.work.removed.rows() == [(0, "first", None)]


def test_the_original_stays_as_it_was():
    assert values(run().work.original, "a") == ["x", "y"]


def test_parameters_reach_their_step():
    assert values(run(shout={"mark": "?"}).table, "a") == ["y?"]


def test_a_skipped_step_does_not_run_and_is_not_reported():
    outcome = run(skip=["behead"])
    assert values(outcome.table, "a") == ["x!", "y!"]
    assert [part.name for part in outcome.report.steps] == ["shout"]


def test_each_step_is_measured():
    first, second = run().report.steps
    assert (first.rows_in, first.rows_out, first.cells_changed) == (2, 2, 2)
    assert (second.rows_in, second.rows_out) == (2, 1)
    assert first.seconds >= 0
    assert first.memory_mb > 0


def test_the_report_echoes_effective_parameters_and_survives_json():
    report = run().report
    assert report.params["shout"] == {"mark": "!"}
    assert REPORT_JSON.validate_json(REPORT_JSON.dump_json(report)) == report


def test_artifacts_of_all_steps_are_kept():
    assert run().artifacts == {"shout.txt": "!"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"shout": {"mark": "long!"}}, "'mark' was 'long!'"),
        ({"shout": {"volume": 3}}, "'volume'"),
        ({"whisper": {}}, "'whisper'"),
        ({"skip": ["whisper"]}, "unknown steps"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(document, sentence):
    with pytest.raises(ParamsError, match=sentence):
        CHAIN.choose(document)


def test_a_missing_column_is_a_sentence_not_a_traceback():
    chain = Transformer("test", "Test", "A chain.", (stumble,))
    with pytest.raises(StepError, match="emial"):
        run(chain)


def test_the_watcher_hears_of_every_step_and_can_stop_the_run():
    heard = []

    def watch(index, report):
        heard.append((index, report.name))
        if index == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CHAIN.run(Work.of(table(a=["x"])), CHAIN.choose({}), watch)
    assert heard == [(0, CHAIN.steps[0].name)]


def test_options_accept_only_auto_by_default():
    assert Options().tiers == {"AUTO"}


@step("Keep", params=Params, required=True)
def keep(work: Work, params: Params) -> StepResult:
    """Say how sure we are."""
    sure = Finding("keep.confidence", Severity.INFO, "Sure.", evidence={"confidence": 0.75})
    return StepResult(work.table, (sure,))


def test_a_required_step_cannot_be_skipped():
    chain = Transformer("test", "Test", "A chain.", (shout, keep))
    with pytest.raises(ParamsError, match="keep cannot be skipped"):
        chain.choose({"skip": ["keep"]})


def test_a_stated_confidence_stands_in_the_report():
    chain = Transformer("test", "Test", "A chain.", (keep,))
    assert run(chain).report.confidence == 0.75
    assert run().report.confidence is None
