"""Choose the best value of each column for each entity, and keep where it came from."""

from typing import Literal

import polars as pl
from pydantic import Field

from core import (
    ROW_ID,
    Exhibit,
    Finding,
    Params,
    Severity,
    StepResult,
    Table,
    Work,
    data_columns,
    step,
)
from transformers.master_my_data.earlier import evidence, frame

Rule = Literal["most_frequent", "longest", "most_complete_row", "first", "last", "min", "max"]
SHOWN = 100


class GoldenRecordsParams(Params):
    """Which value survives."""

    rule: Rule = Field(
        "most_frequent",
        title="Surviving value",
        description="Which of the values of an entity becomes its value, in every column.",
    )


@step("Build golden records", params=GoldenRecordsParams, required=True)
def golden_records(work: Work, params: GoldenRecordsParams) -> StepResult:
    """Give each entity one record, and each of its values the row it came from.

    Empty cells never win. Where the rule leaves a tie the smallest row number wins.
    """
    crosswalk = frame(work, "crosswalk.parquet")
    columns = data_columns(work.table)
    lineage = survivors(work.table, crosswalk, params.rule)
    golden = records(crosswalk, lineage, columns)
    return StepResult(
        golden,
        findings=findings_of(work, crosswalk),
        exhibits=(examples(crosswalk, lineage),),
        removed=merged_away(crosswalk),
        artifacts={
            "golden.parquet": with_entity_ids(golden, crosswalk),
            "lineage.parquet": lineage.drop("value").with_columns(rule=pl.lit(params.rule)),
        },
    )


def merit(rule: Rule) -> pl.Expr:
    """How good a value is by a rule; the highest wins, then the smallest row."""
    match rule:
        case "most_frequent":
            return pl.len().over("entity_id", "column", "value")
        case "longest":
            return pl.col("value").str.len_chars()
        case "most_complete_row":
            return pl.len().over("row")
        case "last":
            return pl.col("row")
        case "min":
            return -value_rank()
        case "max":
            return value_rank()
        case "first":
            return -pl.col("row").cast(pl.Int64)


def value_rank() -> pl.Expr:
    """The rank of a value in its column: numbers by size, before other text in its order."""
    number = pl.col("value").cast(pl.Float64, strict=False)
    return (
        pl.struct(missing=number.is_null(), number=number, text="value")
        .rank("dense")
        .over("column")
        .cast(pl.Int64)
    )


def survivors(table: Table, crosswalk: Table, rule: Rule) -> Table:
    """The winning cells: entity_id, column, row, value, agreement.

    `agreement` is the share of the entity's filled cells of the column that hold the value.
    Columns go by their position inside, because the data may have a column "row" or "value".
    """
    names = data_columns(table)
    numbered = {name: str(place) for place, name in enumerate(names)}
    cells = (
        table.rename({ROW_ID: "row", **numbered})
        .join(crosswalk.select("row", "entity_id"), on="row")
        .unpivot(list(numbered.values()), index=["entity_id", "row"], variable_name="column")
        .drop_nulls("value")
        .with_columns(pl.col("column").cast(pl.Int32))
        .with_columns(
            merit=merit(rule).cast(pl.Int64),
            agreement=pl.len().over("entity_id", "column", "value")
            / pl.len().over("entity_id", "column"),
        )
        .sort("entity_id", "column", "merit", "row", descending=[False, False, True, False])
        .unique(["entity_id", "column"], keep="first", maintain_order=True)
    )
    labels = pl.col("column").replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    return cells.select("entity_id", labels, "row", "value", "agreement")


def records(crosswalk: Table, lineage: Table, columns: list[str]) -> Table:
    """The golden table: one row per entity under its smallest row id, in entity order."""
    entities = crosswalk.group_by("entity_id").agg(pl.col("row").min().alias(ROW_ID))
    entities = entities.sort("entity_id")
    golden = [entities[ROW_ID]]
    for name in columns:
        won = lineage.filter(pl.col("column") == name)
        joined = entities.join(won, on="entity_id", how="left", maintain_order="left")
        golden.append(joined["value"].alias(name))
    return pl.DataFrame(golden)


def with_entity_ids(golden: Table, crosswalk: Table) -> Table:
    """golden.parquet: entity_id and the columns; a data column of that name is set aside."""
    ids = golden.select(row=ROW_ID).join(crosswalk, on="row", maintain_order="left")["entity_id"]
    free = {"entity_id": "entity_id (data)"} if "entity_id" in golden.columns else {}
    return golden.drop(ROW_ID).rename(free).insert_column(0, ids)


def merged_away(crosswalk: Table) -> Table:
    """The rows whose entity goes by another row's number."""
    smallest = pl.col("row").min().over("entity_id")
    return crosswalk.select(
        "row", reason=pl.lit("merged into ") + pl.col("entity_id"), survivor=smallest
    ).filter(pl.col("row") != pl.col("survivor"))


def examples(crosswalk: Table, lineage: Table) -> Exhibit:
    """The values that won against others, the most disputed entities first."""
    sizes = crosswalk.group_by("entity_id").len("rows")
    disputed = (
        lineage.filter(pl.col("agreement") < 1)
        .join(sizes, on="entity_id")
        .sort("agreement", "entity_id", maintain_order=True)
        .head(SHOWN)
        .select("entity_id", "rows", "column", "value", "row", pl.col("agreement").round(3))
    )
    title = "Values that won against others"
    return Exhibit("golden-records.survivors", title, "table", tuple(disputed.to_dicts()))


def findings_of(work: Work, crosswalk: Table) -> tuple[Finding, ...]:
    """What came out, and how sure it is."""
    rows, entities = crosswalk.height, crosswalk["entity_id"].n_unique()
    sure = evidence(work, "confidence", 0.0)
    questions = evidence(work, "open_questions", 0)
    return (
        Finding(
            "golden-records.confidence",
            Severity.INFO,
            f"{rows:,} records became {entities:,} golden records with a confidence of {sure:.0%}; "
            f"{questions:,} questions are open.",
            rows=rows,
            evidence={
                "confidence": sure,
                "records": rows,
                "entities": entities,
                "merged_rows": rows - entities,
                "open_questions": questions,
            },
        ),
    )
