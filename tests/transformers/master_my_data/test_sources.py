"""Rows of a source that holds no entity twice are never merged with each other."""

import polars as pl
import pytest

from core import Outcome, Table, Work, with_row_ids
from tests.tables import table
from tests.transformers.master_my_data.people import people
from transformers.master_my_data import MASTER
from transformers.master_my_data.column_roles import ROLES_SCHEMA
from transformers.master_my_data.sources import two_sources

ROLES = pl.DataFrame([("from", "cat", "source", False, "")], schema=ROLES_SCHEMA, orient="row")


def crm_and_shop() -> Table:
    """80 people of the crm, 30 of whom are in the shop too; the first of them twice."""
    before, who = people()
    seen: set[int] = set()
    names = []
    for person in who:
        names.append("shop" if person in seen else "crm")
        seen.add(person)
    both = before.drop("__row_id").with_columns(source=pl.Series(names))
    return with_row_ids(pl.concat([both, both.filter(source="shop").head(1)]))


def master(**params: object) -> Outcome:
    return MASTER.run(Work.of(crm_and_shop()), MASTER.choose({"cluster": params}))


@pytest.mark.parametrize("names", [["crm"] * 3, ["crm", "shop", "web"], ["crm", "shop", None]])
def test_anything_but_two_named_sources_is_none_of_our_business(names: list[str | None]) -> None:
    assert two_sources(table(**{"from": names}), ROLES) is None


def test_two_named_sources_are_recognised() -> None:
    found = two_sources(table(**{"from": ["crm", "shop"]}), ROLES)
    assert found is not None
    assert found.rows() == [(0, "crm"), (1, "shop")]


def test_rows_of_one_source_are_not_merged() -> None:
    outcome = master()
    assert outcome.table.height == 81
    assert "cluster.two-sources" in {finding.code for finding in outcome.report.findings}


def test_a_source_may_be_allowed_to_repeat() -> None:
    outcome = master(sources="may_repeat")
    assert outcome.table.height == 80
    assert "cluster.two-sources" not in {finding.code for finding in outcome.report.findings}
