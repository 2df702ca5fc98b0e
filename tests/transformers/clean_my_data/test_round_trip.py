"""Whatever is proposed and removed: log and upload give the table, and the table the upload."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from core import PROPOSAL_SCHEMA, REMOVED_SCHEMA, ROW_ID, StepResult, Work, patch
from core.transformer import absorb
from tests.tables import table
from transformers.clean_my_data.round_trip import net_changes, prove

NAMES = ("a", "row", "column", "old", "new", "value", "hit", "cell")
CELL = st.one_of(st.none(), st.sampled_from(["", " ", "x", "007", "N/A"]), st.text(max_size=4))


@st.composite
def stories(draw: st.DrawFn) -> Work:
    """A table after some batches of truthful proposals and some removals."""
    height = draw(st.integers(0, 5))
    cells = st.lists(CELL, min_size=height, max_size=height)
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    work = Work.of(table(**{name: draw(cells) for name in names}))
    for _ in range(draw(st.integers(0, 4))):
        work, _ = absorb(work, draw(batches(work)))
    return work


@st.composite
def batches(draw: st.DrawFn, work: Work) -> StepResult:
    ids = work.table[ROW_ID].to_list()
    places = [(at, row, name) for at, row in enumerate(ids) for name in work.table.columns[1:]]
    chosen = draw(st.lists(st.sampled_from(places), max_size=6)) if places else []
    tiers = st.sampled_from(["AUTO", "REVIEW", "FLAG"])
    rows = [
        (row, name, work.table[name][at], draw(CELL), "r", "s", draw(st.floats(0, 1)), draw(tiers))
        for at, row, name in chosen
    ]
    proposals = pl.DataFrame([(*row, "e") for row in rows], schema=PROPOSAL_SCHEMA, orient="row")
    gone = draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)) if ids else []
    removed = pl.DataFrame(
        [(row, "test", None) for row in gone], schema=REMOVED_SCHEMA, orient="row"
    )
    return StepResult(work.table, proposals=proposals, removed=removed)


@settings(max_examples=150, deadline=None)
@given(stories())
def test_the_log_leads_there_and_back(work: Work) -> None:
    changes = net_changes(work)
    prove(work, changes)
    assert not changes.select("row", "column").is_duplicated().any()
    patched = patch(work.original, changes, "new")
    assert patch(patched, changes, "old").equals(work.original)
