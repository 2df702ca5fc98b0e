"""Columns get a type and a role, and those that say nothing about a record are not compared."""

import pytest

from core import StepError, Table
from tests.tables import run, table
from transformers.master_my_data.column_roles import column_roles
from transformers.master_my_data.column_types import column_type

MANY = range(40)


def roles(before: Table, **params: object) -> dict[str, tuple[str, str, bool]]:
    rows = run(column_roles, before, **params).artifacts["roles.parquet"].iter_rows()
    return {column: (kind, role, compared) for column, kind, role, compared, _ in rows}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([f"ann{n}@mail.org" for n in MANY], "email"),
        ([f"19{n + 10}-05-17" for n in MANY], "date"),
        ([f"17/05/19{n + 10}" for n in MANY], "date"),
        ([f"19{n + 10}0517" for n in MANY], "date"),
        ([f"{n * 7919 + 1000000}" for n in MANY], "code"),
        ([f"${n}.99" for n in MANY], "num"),
        ([f"{1950 + n}" for n in MANY], "year"),
        ([f"{n}" for n in MANY], "code"),
        (["red", "blue"] * 20, "cat"),
        ([f"a long and winding road number {n}" for n in MANY], "text"),
        ([f"AB-{n + 100}-7" for n in MANY], "code"),
        ([f"Name{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in MANY], "name"),
        ([None, None], "cat"),
    ],
)
def test_the_type_follows_from_the_values(values: list[str | None], kind: str) -> None:
    assert column_type(table(a=values)["a"]) == kind


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("first_name", "given name"),
        ("lastName", "surname"),
        ("Date of Birth", "birth date"),
        ("ZIP", "postcode"),
        ("street_number", "house number"),
        ("hotel", "other"),
        ("storage", "other"),
        ("Company", "organisation"),
    ],
)
def test_the_role_follows_from_whole_words_of_the_header(header: str, role: str) -> None:
    assert roles(table(**{header: [f"Value{n}" for n in MANY]}))[header][1] == role


@pytest.mark.parametrize(
    ("header", "values", "role"),
    [
        ("customer_id", [f"C{n * 31}" for n in MANY], "record id"),
        ("number", [f"{n + 5}" for n in MANY], "record id"),
        ("source", ["crm", "shop"] * 20, "source"),
        ("last_updated", [f"2020-01-{n % 28 + 1:02}" for n in MANY], "last update"),
    ],
)
def test_what_says_nothing_about_a_record_is_not_compared(
    header: str, values: list[str | None], role: str
) -> None:
    assert roles(table(**{header: values}))[header][1:] == (role, False)


def test_an_identifier_that_repeats_is_compared() -> None:
    repeated = [f"{n // 2 * 7919}" for n in MANY]
    assert roles(table(soc_sec_id=repeated))["soc_sec_id"][2]


@pytest.mark.parametrize("values", [["x"] * 20, [None] * 20, ["a"] + [None] * 39])
def test_constant_and_almost_empty_columns_are_not_compared(values: list[str | None]) -> None:
    assert not roles(table(a=values))["a"][2]


def test_the_choice_of_the_user_wins() -> None:
    chosen = roles(table(id=["1", "2"], name=["Ann", "Bob"]), compare=("id",))
    assert (chosen["id"][2], chosen["name"][2]) == (True, False)


def test_an_ignored_column_is_not_compared() -> None:
    assert not roles(table(name=["Ann", "Bob"]), ignore=("name",))["name"][2]


def test_nothing_to_compare_is_an_alert() -> None:
    finding = run(column_roles, table(a=["x", "x"])).findings[0]
    assert (finding.code, finding.is_alert) == ("column-roles.nothing-to-compare", True)


def test_an_unknown_column_stops_the_step() -> None:
    with pytest.raises(StepError, match="'emial'"):
        run(column_roles, table(email=["x"]), compare=("emial",))
