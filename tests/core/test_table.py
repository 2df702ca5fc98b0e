"""One place writes cells, and it can take every write back."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.table import PROPOSAL_SCHEMA, apply_proposals, patch, with_row_ids
from tests.tables import assert_table, table, values

AUTO = frozenset({"AUTO"})


def proposal(row, column, old, new, tier="AUTO", confidence=1.0):
    return (row, column, old, new, "rule", "step", confidence, tier, "")


def proposals(*rows):
    return pl.DataFrame(rows, schema=PROPOSAL_SCHEMA, orient="row")


def test_without_proposals_the_table_stays():
    before = table(a=["x", None])
    after, applied = apply_proposals(before, proposals(), AUTO)
    assert_table(after, before)
    assert applied.height == 0


def test_an_accepted_proposal_is_written_at_its_row():
    after, _ = apply_proposals(table(a=["x", "y"]), proposals(proposal(1, "a", "y", "z")), AUTO)
    assert values(after, "a") == ["x", "z"]


def test_a_proposal_may_empty_a_cell():
    after, _ = apply_proposals(table(a=["x", "y"]), proposals(proposal(0, "a", "x", None)), AUTO)
    assert values(after, "a") == [None, "y"]


def test_a_review_proposal_waits_until_review_is_accepted():
    before, log = table(a=["x"]), proposals(proposal(0, "a", "x", "z", tier="REVIEW"))
    assert values(apply_proposals(before, log, AUTO)[0], "a") == ["x"]
    assert values(apply_proposals(before, log, AUTO | {"REVIEW"})[0], "a") == ["z"]


def test_a_flag_is_never_applied():
    log = proposals(proposal(0, "a", "x", None, tier="FLAG"))
    after, applied = apply_proposals(table(a=["x"]), log, frozenset({"AUTO", "REVIEW", "FLAG"}))
    assert values(after, "a") == ["x"]
    assert applied.height == 0


def test_of_two_proposals_for_a_cell_the_more_confident_wins():
    log = proposals(proposal(0, "a", "x", "y", confidence=0.5), proposal(0, "a", "x", "z"))
    after, applied = apply_proposals(table(a=["x"]), log, AUTO)
    assert values(after, "a") == ["z"]
    assert applied.height == 1


def test_a_patch_follows_row_ids_not_positions():
    before = table(a=["x", "y", "z"])[1:]
    after, _ = apply_proposals(before, proposals(proposal(2, "a", "z", "w")), AUTO)
    assert values(after, "a") == ["y", "w"]


CELLS = st.one_of(st.none(), st.text(max_size=3))


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_patching_forth_and_back_gives_the_table_again(cells):
    before = with_row_ids(pl.DataFrame({"a": [old for old, _ in cells]}, schema={"a": pl.String}))
    log = proposals(*(proposal(row, "a", old, new) for row, (old, new) in enumerate(cells)))
    forth = patch(before, log, "new")
    assert values(forth, "a") == [new for _, new in cells]
    assert_table(patch(forth, log, "old"), before)


@pytest.mark.parametrize("name", ["cell", "column", "hit", "new", "row", "value", "written"])
def test_a_column_may_have_any_name(name):
    log = proposals(proposal(0, name, "x", "y"))
    assert values(apply_proposals(table(**{name: ["x"]}), log, AUTO)[0], name) == ["y"]
