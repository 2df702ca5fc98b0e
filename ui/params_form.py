"""Draws the form of a pydantic model: the annotation of a field chooses its widget."""

import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core import ColumnPicker, Hidden, Transformer
from ui.words import escape

SLIDER_STEPS = 100


@dataclass(frozen=True)
class Question:
    """One field as it is asked: what is known of its type, and what it is now."""

    field: FieldInfo
    inner: Any
    optional: bool
    value: Any
    columns: tuple[str, ...]
    key: str

    @property
    def marks(self) -> dict[str, Any]:
        """Label, help and key, as every widget takes them."""
        return {"label": self.field.title, "help": self.field.description, "key": self.key}

    @property
    def least(self) -> Any:
        """The lower bound, None when there is none."""
        return bound(self.field, "ge")

    @property
    def most(self) -> Any:
        """The upper bound, None when there is none."""
        return bound(self.field, "le")


Widget = Callable[[Question], Any]


def ask(model: BaseModel, key: str, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Draw a form that starts from a model's values; return the answers by field name."""
    asked = {}
    for name, field in type(model).model_fields.items():
        if not is_hidden(field):
            inner, optional = unwrap(field.annotation)
            value, widget_key = getattr(model, name), f"{key}-{name}".replace("_", "-")
            question = Question(field, inner, optional, value, tuple(columns), widget_key)
            asked[name] = widget_for(field)(question)
    return asked


def ask_tool(tool: Transformer, key: str, columns: Sequence[str]) -> dict[str, Any]:
    """Draw the options of a chain, and for every step a switch and its parameters."""
    answers: dict[str, Any] = ask(tool.options(), f"{key}-{tool.name}", columns)
    skip = []
    for step in tool.steps:
        base = f"{key}-{tool.name}-{step.name}"
        if step.required:
            st.markdown(escape(step.title), help=escape(step.summary))
        elif not st.toggle(step.title, value=True, help=escape(step.summary), key=base):
            skip.append(step.name)
            continue
        if has_questions(step.params):
            with st.grid(min_column_width=240, border=False, key=f"{base}-params"):
                answers[step.name] = ask(step.params(), base, columns)
    return answers | {"skip": skip}


def has_questions(params: type[BaseModel]) -> bool:
    """True when a parameter set has a field that a form asks for."""
    return any(not is_hidden(field) for field in params.model_fields.values())


def is_hidden(field: FieldInfo) -> bool:
    """Fields that pages write by other means than the form."""
    return any(isinstance(mark, Hidden) for mark in field.metadata)


def is_picker(field: FieldInfo) -> bool:
    """Text fields that name columns of the dataset."""
    return any(isinstance(mark, ColumnPicker) for mark in field.metadata)


def bound(field: FieldInfo, name: str) -> Any:
    """A bound of a number field, by the name that `Field` takes it."""
    return next((getattr(m, name) for m in field.metadata if hasattr(m, name)), None)


def unwrap(annotation: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was allowed."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    inner = [part for part in get_args(annotation) if part is not type(None)]
    return (inner[0] if len(inner) == 1 else annotation), type(None) in get_args(annotation)


def widget_for(field: FieldInfo) -> Widget:
    """The widget of a field. Raises TypeError for an annotation that has none."""
    inner, optional = unwrap(field.annotation)
    for fits, widget in WIDGETS:
        if fits(field, inner, optional):
            return widget
    raise TypeError(f"There is no widget for {field.annotation} ('{field.title}').")


def is_bounded(field: FieldInfo) -> bool:
    """Numbers between two bounds get a slider."""
    return bound(field, "ge") is not None and bound(field, "le") is not None


def is_texts(inner: Any) -> bool:
    """A tuple of any number of texts."""
    return get_origin(inner) is tuple and get_args(inner) == (str, ...)


def is_choices(inner: Any) -> bool:
    """A tuple of any number of values out of a closed list."""
    return get_origin(inner) is tuple and get_origin(get_args(inner)[0]) is Literal


def pick_column(ask: Question) -> str | None:
    """One column of the dataset, or none."""
    options = with_chosen(ask.columns, [ask.value])
    index = options.index(ask.value) if ask.value else None
    return st.selectbox(**ask.marks, options=options, index=index)


def pick_columns(ask: Question) -> list[str]:
    """Columns of the dataset."""
    options = with_chosen(ask.columns, ask.value)
    return st.multiselect(**ask.marks, options=options, default=list(ask.value))


def with_chosen(columns: Iterable[str], chosen: Iterable[str | None]) -> list[str]:
    """The columns, and chosen names that are not among them, so that no choice is lost."""
    return list(dict.fromkeys([*columns, *(name for name in chosen if name)]))


def choose(ask: Question) -> Any:
    """One of a closed list of values."""
    options = [*([None] if ask.optional else []), *get_args(ask.inner)]
    return st.selectbox(**ask.marks, options=options, index=options.index(ask.value))


def choose_many(ask: Question) -> list[Any]:
    """Some of a closed list of values."""
    options = get_args(get_args(ask.inner)[0])
    return st.multiselect(**ask.marks, options=options, default=list(ask.value))


def list_texts(ask: Question) -> list[str]:
    """Texts, to which one may add."""
    return st.multiselect(
        **ask.marks, options=list(ask.value), default=list(ask.value), accept_new_options=True
    )


def switch(ask: Question) -> bool:
    """Yes or no."""
    return st.toggle(**ask.marks, value=ask.value)


DETECT = {None: "detect", True: "yes", False: "no"}


def yes_no_detect(ask: Question) -> bool | None:
    """Yes, no, or let the program find out."""
    options = list(DETECT)
    index = options.index(ask.value)
    answer: bool | None = st.selectbox(
        **ask.marks, options=options, index=index, format_func=DETECT.__getitem__
    )
    return answer


def slide(ask: Question) -> Any:
    """A number between two bounds."""
    step = 1 if ask.inner is int else (ask.most - ask.least) / SLIDER_STEPS
    kind = ask.inner
    return st.slider(
        **ask.marks,
        min_value=kind(ask.least),
        max_value=kind(ask.most),
        value=kind(ask.value),
        step=kind(step),
    )


def number(ask: Question) -> Any:
    """A number with one bound or none."""
    kind = ask.inner
    low, high = (None if end is None else kind(end) for end in (ask.least, ask.most))
    return st.number_input(**ask.marks, min_value=low, max_value=high, value=ask.value)


def write(ask: Question) -> str | None:
    """A text; an empty one counts as none where that is allowed."""
    text = st.text_input(**ask.marks, value=ask.value or "")
    return text or (None if ask.optional else "")


WIDGETS: tuple[tuple[Callable[[FieldInfo, Any, bool], bool], Widget], ...] = (
    (lambda field, inner, optional: is_picker(field) and inner is str, pick_column),
    (lambda field, inner, optional: is_picker(field) and is_texts(inner), pick_columns),
    (lambda field, inner, optional: get_origin(inner) is Literal, choose),
    (lambda field, inner, optional: is_choices(inner), choose_many),
    (lambda field, inner, optional: is_texts(inner), list_texts),
    (lambda field, inner, optional: inner is bool and optional, yes_no_detect),
    (lambda field, inner, optional: inner is bool, switch),
    (
        lambda field, inner, optional: inner in (int, float) and is_bounded(field) and not optional,
        slide,
    ),
    (lambda field, inner, optional: inner in (int, float), number),
    (lambda field, inner, optional: inner is str, write),
)
