"""The questions about the reading of a file, and what their answers mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from store.readers import Reading
from ui.reading_questions import Known, questions

FOUND = {
    "format": "csv",
    "encoding": "utf-8",
    "encoding_from": "valid",
    "delimiter": ";",
    "quote": "",
    "escape": "",
    "comment": "#",
    "decimal": ",",
    "header": True,
    "header_rows": 1,
    "lines_above_header": 3,
    "lines_below": 0,
}
WORKBOOK = {"format": "workbook", "sheet": "A", "sheets": ["A", "B"]}
NOTHING = Reading()


def page(kind, chosen, dialect):
    """A page with nothing but the questions; the answers are left in the session."""
    import streamlit

    from store.readers import Reading
    from ui.reading_questions import Known, ask_reading

    told = Reading(**chosen)
    streamlit.session_state["answers"] = ask_reading(Known(kind, told, dialect, told))


def asked(kind: str, dialect: dict, **chosen: object) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30, args=(kind, chosen, dialect)).run()
    assert not shown.exception
    return shown


def answers(shown: AppTest) -> Reading:
    return Reading(**shown.session_state["answers"])


def test_every_part_begins_with_what_was_found():
    shown = asked("csv", FOUND)
    assert {box.label: box.options[0] for box in shown.selectbox} == {
        "Encoding": "Found: utf-8 (every byte fits)",
        "Separator": "Found: semicolon",
        "Quote": "Found: none",
        "Escape": "Found: none",
        "Comment sign": "Found: hash #",
        "Rows of names": "Found: 1",
        "Decimal mark": "Found: comma",
    }
    assert {box.label: box.placeholder for box in shown.number_input} == {
        "Lines above": "Found: 3",
        "Lines below": "Found: 0",
    }


def test_what_the_user_said_was_not_found():
    shown = asked("csv", FOUND, delimiter="|", skip_rows=3)
    assert shown.selectbox(key="new-reading-delimiter").options[0] == "Find out"
    assert shown.number_input(key="new-reading-skip-rows").placeholder == "Find out"


def test_untouched_questions_leave_everything_to_the_reader():
    assert answers(asked("csv", FOUND)) == NOTHING
    assert answers(asked("workbook", WORKBOOK)) == NOTHING


@pytest.mark.parametrize(
    ("typed", "meant"), [("\\t", "\t"), ("tab", "\t"), ("space", " "), ("||", "||")]
)
def test_another_sign_may_be_typed(typed, meant):
    shown = AppTest.from_function(page, default_timeout=30, args=("csv", {}, FOUND))
    shown.session_state["new-reading-delimiter"] = typed
    assert answers(shown.run()).delimiter == meant


def test_a_list_of_records_may_be_typed_or_picked():
    shown = asked("json", {"records": "a", "lists": ["a", "b.c"]})
    assert shown.selectbox[0].options == ["Found: a", "a", "b.c"]
    assert answers(asked("json", {"records": "a"}, records="b")).records == "b"


@pytest.mark.parametrize(
    ("picked", "header", "rows"), [("0", False, None), ("1", True, 1), ("3", True, 3)]
)
def test_rows_of_names_also_say_whether_there_is_a_header(picked, header, rows):
    shown = asked("workbook", WORKBOOK)
    shown.selectbox(key="new-reading-names").set_value(picked).run()
    assert (answers(shown).header, answers(shown).header_rows) == (header, rows)


def test_none_is_something_one_can_say():
    shown = asked("csv", FOUND)
    for part in ("quote", "escape", "comment"):
        shown.selectbox(key=f"new-reading-{part}").set_value("")
    told = answers(shown.run())
    assert (told.quote, told.escape, told.comment) == ("", "", "")


@pytest.mark.parametrize(
    ("kind", "dialect", "asked_for"),
    [
        ("workbook", {}, ("skip_rows", "names", "footer_rows")),
        ("workbook", WORKBOOK, ("sheet", "skip_rows", "names", "footer_rows")),
        ("json", {}, ()),
        ("json", {"records": "data.items"}, ("records",)),
        ("parquet", {}, ()),
        (None, {}, ()),
    ],
)
def test_a_format_is_asked_for_what_it_has(kind, dialect, asked_for):
    assert questions(Known(kind, NOTHING, dialect, NOTHING)) == asked_for


signs = st.sampled_from(["", ",", ";", "'", "#", "~", "§"])
lines = st.none() | st.integers(0, 1_000)


@settings(max_examples=15, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "encoding": st.none() | st.sampled_from(["utf-8", "cp037", "latin-1"]),
            "delimiter": st.none() | st.sampled_from([",", "\t", "||", "~"]),
            "quote": st.none() | signs,
            "escape": st.none() | signs,
            "comment": st.none() | signs,
            "skip_rows": lines,
            "footer_rows": lines,
        }
    ),
    st.sampled_from([(None, None), (False, None), (True, 1), (True, 8)]),
)
def test_what_the_user_said_before_is_said_again(chosen, names):
    header, rows = names
    said = Reading(**chosen, header=header, header_rows=rows)
    assert answers(asked("csv", FOUND, **said.model_dump())) == said


def test_the_decimal_mark_can_be_told():
    shown = asked("csv", FOUND)
    shown.selectbox(key="new-reading-decimal").select(".").run()
    assert answers(shown).decimal == "."
