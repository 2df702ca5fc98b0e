"""Draw how the values of the most telling columns are distributed."""

from pydantic import Field

from core import Exhibit, Params, StepResult, Work, step
from transformers.profile_my_data.facts import ColumnProfile, profile_of


class HistogramsParams(Params):
    """How many columns are drawn; figures of all columns are in profile.json."""

    columns: int = Field(
        12,
        ge=1,
        le=30,
        title="Columns",
        description="How many number and date columns, and how many categories, are drawn.",
    )


@step("Distributions", params=HistogramsParams)
def histograms(work: Work, params: HistogramsParams) -> StepResult:
    """Draw the distribution of numbers and dates, and the commonest values of categories."""
    columns = profile_of(work).columns
    measured = [c for c in columns if c.role in {"measure", "date"} and c.histogram]
    named = [c for c in columns if c.role in {"category", "flag"} and c.top_values]
    drawn = measured[: params.columns]
    bars = tuple({"column": c.name, **bar} for c in drawn for bar in c.histogram)
    return StepResult(
        work.table,
        exhibits=(
            *([Exhibit("histograms", "Distributions", "histogram", bars)] if bars else []),
            *(top_values(column) for column in named[: params.columns]),
        ),
    )


def top_values(column: ColumnProfile) -> Exhibit:
    bars = tuple({"label": str(top.value), "value": top.count} for top in column.top_values)
    return Exhibit(f"top-{column.name}", f"Commonest values of '{column.name}'", "bars", bars)
