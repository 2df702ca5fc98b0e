"""Parameters are declared once, and serve validation, the form, storage and the documentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ParamsError

P = TypeVar("P", bound=BaseModel)

DecimalMark = Literal[".", ","]
"""The sign before decimals; the other one then stands between thousands."""


class Params(BaseModel):
    """Base of all parameter sets: frozen, and unknown names are refused.

    Every field has a default, a title (its label) and a description (its help).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ColumnPicker:
    """Marks a text parameter that names columns of the dataset, for the form."""


Column = Annotated[str | None, ColumnPicker()]
Columns = Annotated[tuple[str, ...], ColumnPicker()]


@dataclass(frozen=True)
class Hidden:
    """Marks a parameter that pages write by other means than the form (answers, corrections)."""


class Options(Params):
    """What every chain can be told, beside the parameters of its steps."""

    skip: Annotated[tuple[str, ...], Hidden()] = Field(
        (), title="Skip steps", description="Names of steps that shall not run."
    )

    decimal: Annotated[DecimalMark | None, Hidden()] = Field(
        None,
        title="Decimal mark",
        description="The sign before decimals in all columns; None finds out per column.",
    )

    @property
    def tiers(self) -> frozenset[str]:
        """The tiers of proposals that the loop applies."""
        return frozenset({"AUTO"})


def parse(model: type[P], values: Any, where: str) -> P:
    """Validate values by a model.

    Raises ParamsError with one sentence that names the field, what was given and the bound.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the value"
        given = repr(first["input"])[:80]
        raise ParamsError(f"{where}: '{field}' was {given}; {first['msg'].lower()}.") from error


def effective(params: Mapping[str, Params]) -> dict[str, Any]:
    """Parameter values as JSON, defaults filled in."""
    return {name: values.model_dump(mode="json") for name, values in params.items()}
