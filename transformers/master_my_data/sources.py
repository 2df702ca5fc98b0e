"""Recognise two sources that hold no entity twice, so that only rows of different ones merge."""

import polars as pl

from core import ROW_ID, Finding, Remedy, Severity, Table

MOST_WITHIN = 0.3
FEWEST_PAIRS = 10
IMPOSSIBLE = -20.0


def two_sources(table: Table, roles: Table) -> Table | None:
    """row and source, when a source column names exactly two sources and is always filled."""
    found = roles.filter(pl.col("role") == "source")["column"]
    if found.len() != 1:
        return None
    rows = table.select(row=ROW_ID, source=found[0])
    return rows if rows["source"].n_unique() == 2 and not rows["source"].null_count() else None


def within_source(sources: Table, pairs: Table) -> float | None:
    """The share of best pairs whose rows come from one source; null below 10 best pairs.

    A best pair is likely, and neither row has a more likely partner. Where both sources are free
    of duplicates look-alikes of the same source exist, but the best partner is elsewhere.
    """
    likely = pairs.filter(pl.col("weight") > 0).select("row_a", "row_b", "weight")
    turned = likely.select(row_a="row_b", row_b="row_a", weight="weight")
    best = pl.concat([likely, turned]).group_by("row_a").agg(best=pl.col("weight").max())
    ends = {"row_a": "row", "best": "best_b"}
    mutual = (
        likely.join(best, on="row_a")
        .join(best.rename({**ends, "row_a": "row_b"}), on="row_b")
        .filter(pl.col("weight") >= pl.max_horizontal("best", "best_b") - 1e-9)
        .join(sources.rename({"row": "row_a", "source": "source_a"}), on="row_a")
        .join(sources.rename({"row": "row_b", "source": "source_b"}), on="row_b")
    )
    if mutual.height < FEWEST_PAIRS:
        return None
    return float((mutual["source_a"] == mutual["source_b"]).mean())  # type: ignore[arg-type]


def duplicate_free(sources: Table | None, pairs: Table, wish: str) -> bool:
    """Whether rows of one source are never merged. `wish` is auto, duplicate_free or may_repeat."""
    if sources is None or wish == "may_repeat":
        return False
    within = within_source(sources, pairs)
    return wish == "duplicate_free" or (within is not None and within <= MOST_WITHIN)


def across(pairs: Table, sources: Table) -> Table:
    """The pairs, those inside one source ruled out unless a person answered them."""
    ends = [sources.rename({"row": f"row_{side}", "source": f"source_{side}"}) for side in "ab"]
    both = pairs.join(ends[0], on="row_a", maintain_order="left").join(
        ends[1], on="row_b", maintain_order="left"
    )
    ruled_out = (pl.col("source_a") == pl.col("source_b")) & pl.col("answer").is_null()
    return both.select(
        "row_a",
        "row_b",
        pl.when(ruled_out).then(0.0).otherwise("probability").alias("probability"),
        pl.when(ruled_out).then(IMPOSSIBLE).otherwise("weight").alias("weight"),
        pl.when(ruled_out).then(pl.lit("no")).otherwise("band").alias("band"),
        "rule",
        "answer",
    )


def finding(sources: Table) -> Finding:
    """That rows of one source are never merged."""
    names = sorted(sources["source"].unique().to_list())
    return Finding(
        "cluster.two-sources",
        Severity.LOW,
        f"'{names[0]}' and '{names[1]}' show few duplicates within themselves, so only rows of "
        "different sources are merged.",
        rows=sources.height,
        evidence={"sources": names},
        remedy=Remedy("Set 'Duplicates within a source' to 'may_repeat' if a source has some."),
    )
