"""Order the questions that only a person can settle."""

import polars as pl
from pydantic import Field

from core import Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from transformers.master_my_data.earlier import evidence, frame

DOUBTFUL = 2.2
"""Log-odds from the threshold within which a pair is asked about: odds of 9 to 1."""

REVIEW = ("row_a", "row_b", "probability", "priority")


class ReviewQueueParams(Params):
    """How long the queue may get."""

    most: int = Field(
        1_000,
        ge=10,
        le=100_000,
        title="Longest queue",
        description="At most this many questions are asked, the most useful first.",
    )


@step("Prepare questions", params=ReviewQueueParams)
def review_queue(work: Work, params: ReviewQueueParams) -> StepResult:
    """Ask about pairs near the threshold, those that concern many rows first.

    Asked are pairs of the review band or close to the threshold, likely pairs whose rows were
    put into different entities, unlikely ones inside an entity, and those on which the models
    disagree where the confidence is low; never a pair that is answered. Priority = uncertainty (1
    at the threshold, falling with the log-odds) x rows of the entities concerned; it counts
    twice where models disagree.
    """
    pairs, crosswalk = frame(work, "pairs.parquet"), frame(work, "crosswalk.parquet")
    queue = questions(pairs, crosswalk, evidence(work, "threshold", 0.0))
    asked = queue.head(params.most)
    return StepResult(
        work.table,
        findings=findings_of(queue.height, asked),
        artifacts={"review.parquet": asked},
    )


def questions(pairs: Table, crosswalk: Table, threshold: float) -> Table:
    """All open questions, the most useful first; the threshold is the one of the clusters."""
    place = crosswalk.select("row", "entity_id", size=pl.len().over("entity_id"))
    ends = [
        place.rename({"row": f"row_{s}", "entity_id": f"entity_{s}", "size": f"size_{s}"})
        for s in "ab"
    ]
    together = pl.col("entity_a") == pl.col("entity_b")
    odds = pl.col("weight") - threshold
    doubtful = odds.abs() < DOUBTFUL
    rows = pl.when(together).then("size_a").otherwise(pl.col("size_a") + pl.col("size_b"))
    return (
        pairs.filter(pl.col("answer").is_null())
        .join(ends[0], on="row_a")
        .join(ends[1], on="row_b")
        .filter(
            (pl.col("band") == "review") | doubtful | ((odds > 0) != together) | pl.col("disputed")
        )
        .with_columns(priority=rows / (1 + odds.abs()) * (1 + pl.col("disputed")))
        .sort("priority", "row_a", "row_b", descending=[True, False, False])
        .select(REVIEW)
    )


def findings_of(open_questions: int, asked: Table) -> tuple[Finding, ...]:
    """How many questions are open."""
    if not open_questions:
        return (
            Finding(
                "review-queue.nothing-to-ask",
                Severity.INFO,
                "No pair of rows needs a person's answer.",
                evidence={"open_questions": 0},
            ),
        )
    return (
        Finding(
            "review-queue.open-questions",
            Severity.LOW,
            f"{open_questions:,} pairs of rows are close calls; {asked.height:,} are in the queue.",
            rows=pl.concat([asked["row_a"], asked["row_b"]]).n_unique(),
            evidence={"open_questions": open_questions, "queued": asked.height},
            remedy=Remedy("Answer the questions, the first ones matter most.", "master-my-data"),
        ),
    )
