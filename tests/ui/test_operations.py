"""What the operations page says in words and bars."""

from dataclasses import replace

import pytest

from core import Settings, Status
from queue_jobs.overview import MENDED, Figures
from tests.ui.test_chains import job
from ui.operations_dead_letters import history
from ui.operations_figures import by_priority, mended
from ui.operations_throughput import COLOURS, throughput
from ui.operations_upkeep import retention

NOTHING = Figures({}, None, None, (), 0, 0, {}, {}, {}, dict.fromkeys(MENDED, 0.0))
NOON = 1_764_000_000.0


@pytest.mark.parametrize(
    ("queued", "said"),
    [
        ({}, "nothing waits"),
        ({"low": 1_200}, "1,200 low"),
        ({"low": 1, "high": 2, "default": 3}, "2 high · 3 default · 1 low"),
        ({"urgent": 1, "low": 2}, "2 low · 1 urgent"),
    ],
)
def test_what_waits_is_said_by_priority_the_first_one_first(queued, said):
    assert by_priority(replace(NOTHING, queued=queued)) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 retries"), (1, "1 retry"), (1234, "1,234")])
def test_retries_are_counted_in_words(count, said):
    assert said in mended(replace(NOTHING, mended=dict.fromkeys(MENDED, float(count))))


def test_the_bars_are_stacked_by_outcome_and_stand_within_their_five_minutes():
    ended = {(NOON, Status.COMPLETED): 4, (NOON, Status.FAILED): 1, (NOON + 300, Status.FAILED): 2}
    figure = throughput(ended, NOON + 600)
    done, failed = figure.data
    assert (done.name, list(done.y), failed.name, list(failed.y)) == ("done", [4], "failed", [1, 2])
    assert (failed.x[1] - failed.x[0]).total_seconds() == 300
    assert failed.x[0] == done.x[0]
    first, last = figure.layout.xaxis.range
    assert (last - first).total_seconds() == 3 * 3600
    assert figure.layout.barmode == "stack"


def test_every_way_to_end_has_a_colour_of_its_own():
    assert set(COLOURS) == {status for status in Status if status.is_final}
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_retention_is_said_as_it_is_set():
    said = retention(Settings(retention_input_days=1, retention_output_days=30))
    assert said[0] == "Uploads are deleted when nobody has used them for 1 day."
    assert said[1] == "Results are deleted 30 days after their job has ended."


def test_zero_days_are_for_ever():
    for_ever = Settings(retention_input_days=0, retention_output_days=0, retention_metadata_days=0)
    assert not any(" 0 " in sentence for sentence in retention(for_ever))


def test_a_dead_job_says_whose_it_is_in_text_that_is_safe():
    said = history(job("j", owner="[eve](x)", ended_at=1.0, attempt=3))
    assert said.startswith("\\[eve\\]")
    assert said.endswith("3 attempts")
