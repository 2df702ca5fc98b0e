"""Say how far the entities can be trusted."""

from core import Finding, Remedy, Severity
from transformers.master_my_data.opinions import MOST_CUT, Opinion

PUBLISH = 0.8
REFUSE = 0.3
UNTESTED = 0.79
LEAST_INDEPENDENT = 3


def capped(agreed: float, independent: int) -> float:
    """The confidence: below .8 where fewer than three independent comparisons were made."""
    return agreed if independent >= LEAST_INDEPENDENT else min(agreed, UNTESTED)


def confidence_finding(opinion: Opinion, confidence: float, models: int) -> Finding:
    """How far the models agree, and what to do when it is little."""
    severity, remedy = verdict(confidence)
    return Finding(
        "cluster.confidence",
        severity,
        f"Confidence in the entities is {confidence:.0%}, by the agreement of {models} models; "
        f"'{opinion.model}' was taken at a threshold of {opinion.threshold:.1f} log-odds, and "
        f"{opinion.cut:.0%} of its likely pairs are cut.",
        evidence={
            "confidence": confidence,
            "model": opinion.model,
            "models": models,
            "threshold": opinion.threshold,
            "cut": opinion.cut,
        },
        remedy=remedy,
    )


def nothing_scored() -> Finding:
    """That no row has a look-alike, so that there was nothing for models to agree on."""
    return Finding(
        "cluster.confidence",
        Severity.INFO,
        "No pair of rows was alike enough to be scored, so only answered rows are merged.",
        evidence={"confidence": 1.0, "model": None, "models": 0, "threshold": 0.0, "cut": 0.0},
    )


def verdict(confidence: float) -> tuple[Severity, Remedy | None]:
    """Below .8 review first, below .3 do not rely on the entities at all."""
    if confidence < REFUSE:
        return Severity.HIGH, Remedy(
            "Answer at least 30 questions of the review queue before you use these entities, or "
            "choose other columns to compare.",
            "master-my-data",
        )
    if confidence < PUBLISH:
        return Severity.MEDIUM, Remedy(
            "Review the first questions of the queue before you trust these entities.",
            "master-my-data",
        )
    return Severity.INFO, None


def incoherent(opinion: Opinion, rows: int) -> tuple[Finding, ...]:
    """That a model contradicts itself: too many likely pairs end up apart."""
    if opinion.cut <= MOST_CUT:
        return ()
    return (
        Finding(
            "cluster.incoherent",
            Severity.HIGH,
            f"{opinion.cut:.0%} of the likely pairs end up in different entities, over "
            f"{MOST_CUT:.0%}: the compared columns do not tell records apart well.",
            rows=rows,
            evidence={"cut": opinion.cut},
            remedy=Remedy("Answer the review queue, or choose other columns to compare."),
        ),
    )
