"""Take the answers of a person: some pairs are the same entity, some are not."""

from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import (
    ROW_ID,
    Finding,
    Hidden,
    Params,
    ParamsError,
    Remedy,
    Severity,
    StepResult,
    Table,
    Work,
    step,
)
from transformers.master_my_data.components import components
from transformers.master_my_data.earlier import frame

ANSWER_SCHEMA = {"row_a": pl.UInt32, "row_b": pl.UInt32, "answer": pl.String}
SAME, DIFFERENT, STEWARD = "same", "different", "a person's answer"


class Answer(BaseModel):
    """One answered question: two rows of the file, and whether they are the same entity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_a: int = Field(ge=0, lt=2**32, title="Row", description="Number of the first row.")
    row_b: int = Field(ge=0, lt=2**32, title="Other row", description="Number of the second row.")
    same: bool = Field(title="Same", description="Whether both rows are the same entity.")

    @model_validator(mode="after")
    def two_rows(self) -> "Answer":
        """A row cannot be compared with itself."""
        if self.row_a == self.row_b:
            raise ValueError(f"row {self.row_a} is compared with itself")
        return self


class AnswersParams(Params):
    """The answers so far; a bare list is read as the list of pairs."""

    pairs: Annotated[tuple[Answer, ...], Hidden()] = Field(
        (), title="Answers", description="Pairs of rows that a person called same or different."
    )

    @model_validator(mode="before")
    @classmethod
    def bare_list(cls, values: Any) -> Any:
        """Read [{"row_a": 1, "row_b": 2, "same": true}] as {"pairs": […]}."""
        return {"pairs": values} if isinstance(values, list | tuple) else values


@step("Apply answers", params=AnswersParams)
def answers(work: Work, params: AnswersParams) -> StepResult:
    """Fix answered pairs at probability 1 or 0; pairs without an answer stay as they are.

    When a pair was answered twice the last answer holds. An answer "different" that contradicts
    a chain of answers "same" is reported, and the chain wins.
    """
    pairs = frame(work, "pairs.parquet")
    given = given_answers(params)
    check_rows(work.table, given)
    return StepResult(
        work.table,
        findings=findings_of(given),
        artifacts={"pairs.parquet": answered(pairs, given)},
    )


def given_answers(params: AnswersParams) -> Table:
    """One row per answered pair, row_a < row_b, the last answer of each pair."""
    rows = [
        (*sorted((pair.row_a, pair.row_b)), SAME if pair.same else DIFFERENT)
        for pair in params.pairs
    ]
    table = pl.DataFrame(
        rows, schema={**ANSWER_SCHEMA, "row_a": pl.Int64, "row_b": pl.Int64}, orient="row"
    )
    return table.unique(["row_a", "row_b"], keep="last", maintain_order=True)


def check_rows(table: Table, given: Table) -> None:
    """Raises ParamsError for an answer about a row that the table does not have."""
    named = pl.concat([given["row_a"], given["row_b"]]).unique().sort()
    unknown = named.filter(~named.is_in(table[ROW_ID].cast(pl.Int64).implode()))
    if unknown.len():
        raise ParamsError(
            f"Apply answers: row {unknown[0]} is not one of the {table.height:,} rows of the table."
        )


def answered(pairs: Table, given: Table) -> Table:
    """The pairs with a column `answer`; answered pairs that were never scored are added."""
    fixed = given.cast(ANSWER_SCHEMA)  # type: ignore[arg-type]
    sure = pl.when(pl.col("answer") == SAME)
    return (
        pairs.drop("answer")
        .join(fixed, on=["row_a", "row_b"], how="full", coalesce=True)
        .with_columns(
            rule=pl.col("rule").fill_null(STEWARD),
            probability=sure.then(1.0)
            .when(pl.col("answer") == DIFFERENT)
            .then(0.0)
            .otherwise("probability"),
            band=sure.then(pl.lit("match"))
            .when(pl.col("answer") == DIFFERENT)
            .then(pl.lit("no"))
            .otherwise("band"),
        )
        .sort("row_a", "row_b")
    )


def contradictions(given: Table) -> Table:
    """Answers "different" about two rows that a chain of answers "same" ties together."""
    chains = components(given.filter(pl.col("answer") == SAME))
    ends = [chains.rename({"row": f"row_{side}", "root": f"root_{side}"}) for side in "ab"]
    return (
        given.cast(ANSWER_SCHEMA)  # type: ignore[arg-type]
        .filter(pl.col("answer") == DIFFERENT)
        .join(ends[0], on="row_a")
        .join(ends[1], on="row_b")
        .filter(pl.col("root_a") == pl.col("root_b"))
        .sort("row_a", "row_b")
    )


def findings_of(given: Table) -> tuple[Finding, ...]:
    """How many answers were applied, and those that contradict each other."""
    if given.is_empty():
        return ()
    same = given.filter(pl.col("answer") == SAME).height
    applied = Finding(
        "answers.applied",
        Severity.INFO,
        f"{given.height:,} answers are applied: {same:,} pairs are the same entity, "
        f"{given.height - same:,} are not.",
        evidence={"answers": given.height, "same": same},
    )
    wrong = contradictions(given)
    if wrong.is_empty():
        return (applied,)
    a, b = wrong.row(0)[:2]
    return (
        applied,
        Finding(
            "answers.contradiction",
            Severity.HIGH,
            f"{wrong.height:,} answers contradict others: rows {a} and {b} were called different, "
            "but a chain of answers makes them the same; they stay together.",
            rows=2 * wrong.height,
            evidence={"pairs": wrong.select("row_a", "row_b").head(100).rows()},
            remedy=Remedy("Answer these pairs again, or take back one answer of the chain."),
        ),
    )
