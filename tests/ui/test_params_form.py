"""Every parameter of every step has a widget, chosen by its annotation."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from core import Column, Columns, Hidden, Params
from queue_jobs.tools import TOOLS
from store.readers import Reading
from ui import params_form
from ui.params_form import is_hidden, widget_for

STEPS = [step for tool in TOOLS.values() for step in tool.steps]
MODELS = [*(step.params for step in STEPS), *(tool.options for tool in TOOLS.values()), Reading]
FIELDS = [
    pytest.param(field, id=f"{model.__name__}.{name}")
    for model in MODELS
    for name, field in model.model_fields.items()
    if not is_hidden(field)
]


class Every(Params):
    """One field of each annotation."""

    closed: Literal["a", "b"] = Field("a", title="closed", description="x")
    several: tuple[Literal["a", "b"], ...] = Field((), title="several", description="x")
    words: tuple[str, ...] = Field(("n/a",), title="words", description="x")
    on: bool = Field(True, title="on", description="x")
    maybe: bool | None = Field(None, title="maybe", description="x")
    share: float = Field(0.5, ge=0, le=1, title="share", description="x")
    count: int = Field(3, ge=1, title="count", description="x")
    text: str = Field("t", title="text", description="x")
    blank: str | None = Field(None, title="blank", description="x")
    column: Column = Field(None, title="column", description="x")
    columns: Columns = Field((), title="columns", description="x")
    answers: Annotated[tuple[int, ...], Hidden()] = Field((), title="answers", description="x")


@pytest.mark.parametrize("field", FIELDS)
def test_a_parameter_has_a_widget(field):
    assert callable(widget_for(field))


@pytest.mark.parametrize(
    ("name", "widget"),
    [
        ("closed", params_form.choose),
        ("several", params_form.choose_many),
        ("words", params_form.list_texts),
        ("on", params_form.switch),
        ("maybe", params_form.yes_no_detect),
        ("share", params_form.slide),
        ("count", params_form.number),
        ("text", params_form.write),
        ("blank", params_form.write),
        ("column", params_form.pick_column),
        ("columns", params_form.pick_columns),
    ],
)
def test_the_annotation_chooses_the_widget(name, widget):
    assert widget_for(Every.model_fields[name]) is widget


def test_an_annotation_without_a_widget_is_refused():
    class Odd(Params):
        """A field no form can ask for."""

        table: dict[str, Any] = Field({}, title="Odd", description="x")

    with pytest.raises(TypeError, match="no widget"):
        widget_for(Odd.model_fields["table"])


def draw_every() -> None:
    import streamlit as st

    from tests.ui.test_params_form import Every
    from ui.params_form import ask

    st.session_state["answers"] = ask(Every(), "every", ["city", "zip"])


def test_a_form_that_nobody_touched_gives_the_defaults():
    page = AppTest.from_function(draw_every, default_timeout=30).run()
    assert not page.exception
    answers = page.session_state["answers"]
    assert Every.model_validate(answers) == Every()
    assert "answers" not in answers


def test_a_picker_offers_the_columns_of_the_dataset():
    page = AppTest.from_function(draw_every, default_timeout=30).run()
    page.selectbox(key="every-column").select("zip").run()
    assert page.session_state["answers"]["column"] == "zip"


def draw_tools() -> None:
    import streamlit as st

    from queue_jobs.tools import TOOLS
    from ui.params_form import ask_tool

    st.session_state["answers"] = {
        name: ask_tool(tool, "t", ["city"]) for name, tool in TOOLS.items()
    }


def test_the_form_of_every_tool_gives_parameters_that_the_tool_accepts():
    page = AppTest.from_function(draw_tools, default_timeout=60).run()
    assert not page.exception
    for name, answers in page.session_state["answers"].items():
        assert TOOLS[name].choose(answers).document() == TOOLS[name].choose({}).document()


def test_a_step_that_is_switched_off_is_skipped():
    page = AppTest.from_function(draw_tools, default_timeout=60).run()
    page.toggle(key="t-profile-my-data-correlations").set_value(False).run()
    assert page.session_state["answers"]["profile-my-data"]["skip"] == ["correlations"]
