"""Score the table from counted facts only, and explain every lost point."""

from dataclasses import dataclass
from typing import Any

from core import Exhibit, Finding, Params, Severity, StepResult, Work, step
from core.findings import MAX_EXHIBIT_RECORDS
from transformers.profile_my_data.duplicate_rows import surplus_rows
from transformers.profile_my_data.facts import Profile, profile_of

COLUMN_LEAD = 0.3
DIMENSION_LEAD = 0.5
"""Weight of the worst column in its dimension, and of the worst dimension in the score."""

GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "F"))


class QualityScoreParams(Params):
    """Nothing to set: a score that can be tuned cannot be compared."""


@dataclass(frozen=True)
class Defect:
    """Cells (or rows, without a column) that fail in one dimension, out of those that could."""

    dimension: str
    column: str | None
    count: int
    of: int

    @property
    def share(self) -> float:
        """The failing share, 0 to 1."""
        return self.count / self.of


@step("Quality score", params=QualityScoreParams)
def quality_score(work: Work, params: QualityScoreParams) -> StepResult:
    """Score the table from 0 to 100 and say where each lost point went.

    Completeness counts missing cells, conformity cells that do not fit the type of their column,
    uniqueness repeated rows. A dimension loses 100 x (0.7 x mean + 0.3 x worst) points over the
    failing shares of its columns; the table loses 0.5 x mean + 0.5 x worst over its dimensions.
    A dimension that cannot be measured is absent. Grades: A from 90, B 80, C 70, D 60.
    """
    defects = counted(profile_of(work), surplus_rows(work.table))
    if not defects:
        return StepResult(work.table, findings=(not_scored(),))
    points = lost_points(defects)
    score = round(100 - sum(points), 1)
    losses = sorted(
        ((point, defect) for point, defect in zip(points, defects, strict=True) if point),
        key=lambda loss: -loss[0],
    )
    gauges = ({"label": "quality", "value": score}, *dimension_scores(defects))
    records = tuple(loss_record(point, defect) for point, defect in losses[:MAX_EXHIBIT_RECORDS])
    lost = Exhibit("lost-points", "Where the points went", "table", records)
    return StepResult(
        work.table,
        findings=(scored(score, losses, gauges),),
        exhibits=(
            Exhibit("quality", "Quality score", "gauge", gauges),
            *([lost] if records else []),
        ),
    )


def counted(profile: Profile, surplus: int) -> list[Defect]:
    """Everything that can fail, with its count; by dimension, in the order of the columns."""
    if not profile.rows or not profile.columns:
        return []
    columns = profile.columns
    typed = [c for c in columns if c.type not in {"text", "empty"} and c.filled]
    return [
        *(Defect("completeness", c.name, c.missing, profile.rows) for c in columns),
        *(Defect("conformity", c.name, c.rejected, c.filled) for c in typed),
        Defect("uniqueness", None, surplus, profile.rows),
    ]


def lost_points(defects: list[Defect]) -> list[float]:
    """Points each defect takes from 100; they add up to what the table lost."""
    dimensions = by_dimension(defects)
    lost = [dimension_loss(members) for members in dimensions.values()]
    parts = dict(zip(dimensions, shares_of_loss(lost, DIMENSION_LEAD), strict=True))
    points: list[float] = []
    for name, members in dimensions.items():
        weights = shares_of_loss([defect.share for defect in members], COLUMN_LEAD)
        pairs = zip(weights, members, strict=True)
        points += [100 * parts[name] * weight * defect.share for weight, defect in pairs]
    return points


def by_dimension(defects: list[Defect]) -> dict[str, list[Defect]]:
    names = dict.fromkeys(defect.dimension for defect in defects)
    return {name: [d for d in defects if d.dimension == name] for name in names}


def dimension_loss(members: list[Defect]) -> float:
    """The share of its points that a dimension loses, led by its worst column."""
    shares = [defect.share for defect in members]
    weights = shares_of_loss(shares, COLUMN_LEAD)
    return sum(weight * share for weight, share in zip(weights, shares, strict=True))


def shares_of_loss(losses: list[float], lead: float) -> list[float]:
    """Weights that add up to 1: all alike, and `lead` more for the first of the worst."""
    weights = [(1 - lead) / len(losses)] * len(losses)
    weights[losses.index(max(losses))] += lead
    return weights


def dimension_scores(defects: list[Defect]) -> list[dict[str, Any]]:
    dimensions = by_dimension(defects)
    return [
        {"label": name, "value": round(100 * (1 - dimension_loss(members)), 1)}
        for name, members in dimensions.items()
    ]


def grade_of(score: float) -> str:
    """A from 90, B from 80, C from 70, D from 60, else F."""
    return next(grade for least, grade in GRADES if score >= least)


def loss_record(points: float, defect: Defect) -> dict[str, Any]:
    return {
        "dimension": defect.dimension,
        "column": defect.column,
        "count": defect.count,
        "of": defect.of,
        "points": round(points, 2),
    }


def scored(
    score: float, losses: list[tuple[float, Defect]], gauges: tuple[dict[str, Any], ...]
) -> Finding:
    grade = grade_of(score)
    why = "no point was lost"
    if losses:
        points, worst = losses[0]
        where = f"'{worst.column}'" if worst.column else "repeated rows"
        why = (
            f"the largest loss is {points:.3g} points of {worst.dimension} by {where}"
            f" ({worst.count:,} of {worst.of:,})"
        )
    return Finding(
        "quality-score.score",
        Severity.INFO,
        f"Quality is {score} of 100 (grade {grade}); {why}.",
        evidence={
            "score": score,
            "grade": grade,
            "dimensions": {gauge["label"]: gauge["value"] for gauge in gauges[1:]},
        },
    )


def not_scored() -> Finding:
    return Finding(
        "quality-score.not-scored",
        Severity.INFO,
        "There is no quality score, because the table has no rows or no columns.",
    )
