"""Columns whose values spell each other out are one family of evidence."""

import pytest

from tests.tables import table
from transformers.master_my_data.comparisons import comparisons
from transformers.master_my_data.em import Families
from transformers.master_my_data.families import families_of

GIVEN = [
    "maria",
    "jonas",
    "petra",
    "klaus",
    "ingrid",
    "bernd",
    "silke",
    "horst",
    "ulrike",
    "dieter",
]
SURNAME = [
    "meyer",
    "schulz",
    "becker",
    "wolff",
    "klein",
    "lange",
    "rothe",
    "vogel",
    "kraus",
    "haase",
]
CITY = ["aachen", "bergen", "cadiz", "dover", "essen", "fulda", "genoa", "hanau", "imola", "jever"]
MAIL = [f"{one}.{two}@mail.org" for one, two in zip(GIVEN, SURNAME, strict=True)]
NICK = [f"user{n}@mail.org" for n in range(10)]


def families(*columns: list[str], rows: int = 10) -> Families:
    forms = table(**{f"c{i}": list(values[:rows]) for i, values in enumerate(columns)})
    parts = [{"column": f"c{i}", "type": "name", "role": "other"} for i in range(len(columns))]
    return families_of(forms, comparisons(parts))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((), ()),
        ((GIVEN,), ((0,),)),
        ((GIVEN, SURNAME, CITY), ((0,), (1,), (2,))),
        ((GIVEN, SURNAME, NICK), ((0,), (1,), (2,))),
        ((GIVEN, SURNAME, CITY, MAIL), ((0, 1, 3), (2,))),
    ],
    ids=["nothing", "one column", "strangers", "an address with no names in it", "names"],
)
def test_an_address_built_from_names_belongs_to_them(
    columns: tuple[list[str], ...], expected: Families
) -> None:
    assert families(*columns) == expected


def test_a_few_rows_prove_nothing() -> None:
    assert families(GIVEN, MAIL, rows=9) == ((0,), (1,))


def test_a_family_has_four_members_at_most() -> None:
    assert max(len(family) for family in families(*[GIVEN] * 6)) == 4
