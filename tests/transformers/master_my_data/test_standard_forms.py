"""Values that mean the same are compared in the same spelling."""

import polars as pl
import pytest

from core import ROW_ID, Table
from tests.tables import table
from transformers.master_my_data.column_roles import ROLES_SCHEMA
from transformers.master_my_data.standard_forms import standard_forms


def roles(kind: str, role: str = "other") -> Table:
    return pl.DataFrame([("a", kind, role, True, "")], schema=ROLES_SCHEMA, orient="row")


def formed(kind: str, value: str | None, role: str = "other") -> object:
    return standard_forms(table(a=[value]), roles(kind, role))["c0"][0]


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("name", None, None),
        ("name", "  ", None),
        ("name", "!?", None),
        ("name", "O'Brien", "obrien"),
        ("name", "  Müller-Straße ", "muller strasse"),
        ("name", "Łódź", "lodz"),
        ("text", "St. Mary 1.2.3.", "st mary 1.2.3"),
        ("code", "AB-12 3", "ab123"),
        ("email", " Ann.Lee@Mail.org", "ann.lee@mail.org"),
        ("num", "$1,234.50", 1234.5),
        ("num", "n/a", None),
        ("date", "1999-5-7", "19990507"),
        ("date", "07/05/1999", "19990507"),
        ("date", "19990507", "19990507"),
        ("date", "May 1999", "may1999"),
    ],
)
def test_form(kind: str, value: str | None, form: object) -> None:
    assert formed(kind, value) == form


def test_a_phone_is_its_last_nine_digits() -> None:
    assert formed("code", "+44 (0)20 7946 0958", role="phone") == "079460958"


def test_months_come_first_where_second_numbers_exceed_twelve() -> None:
    forms = standard_forms(table(a=["05/17/1999", "05/07/1999"]), roles("date"))
    assert forms.sort(ROW_ID)["c0"].to_list() == ["19990517", "19990507"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    one, two = (standard_forms(table(a=a), roles("name"))["c0"] for a in (["x", "a"], ["a", "x"]))
    assert one.to_list() == two.to_list() == ["a", "x"]
