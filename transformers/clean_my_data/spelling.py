"""Rare values of a column and the frequent values they were probably meant to be."""

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from core import Table

PAIR = {
    "old": pl.String,
    "new": pl.String,
    "count": pl.UInt32,
    "known": pl.UInt32,
    "slips": pl.Int32,
}


def value_counts(table: Table, column: str) -> Table:
    """Distinct values and how often they occur, in no order."""
    return table.select(value=pl.col(column)).drop_nulls().group_by("value").agg(count=pl.len())


def has_vocabulary(counts: Table, support: int) -> bool:
    """Whether frequent values explain the column."""
    filled = int(counts["count"].sum())
    frequent = int(counts["count"].filter(counts["count"] >= support).sum())
    return counts.height <= 0.5 * filled and frequent >= 0.8 * filled


def words(counts: Table) -> Table:
    """The values that hold a letter, with length and digits, the most frequent first."""
    text = pl.col("value")
    held = counts.filter(text.str.contains(r"\pL")).sort(
        ["count", "value"], descending=[True, False]
    )
    return held.with_columns(length=text.str.len_chars(), digits=text.str.replace_all(r"\D", ""))


def frequent_words(words: Table, support: int) -> Table:
    return words.filter(pl.col("count") >= support)


def suspects(words: Table) -> Table:
    """Words that are rare against the commonest one, and long enough to have a typo.

    Codes, which have digits but no run of four letters, have none that can be told.
    """
    text = pl.col("value")
    return words.filter(
        pl.col("length") >= 5,
        (pl.col("digits") == "") | text.str.contains(r"\pL{4}"),
        pl.col("count") * factor() <= pl.col("count").max(),
    )


def factor() -> pl.Expr:
    """How many times more frequent the right spelling must be."""
    return pl.when(pl.col("count") <= 3).then(5).otherwise(20)


def pairs_to_compare(words: Table, support: int) -> int:
    sizes = suspects(words).group_by("digits").agg(suspects=pl.len().cast(pl.Int64))
    known = frequent_words(words, support).group_by("digits").agg(known=pl.len())
    return int(
        sizes.join(known, on="digits").select(pl.col("suspects") * pl.col("known")).sum().item()
    )


def typos(words: Table, support: int) -> Table:
    """The edits of one column, found again after each round of sure ones until none is left."""
    found: list[Table] = []
    while True:
        edits = judged(nearest(words, support))
        sure = edits.filter(pl.col("tier") == "AUTO")
        if not sure.height:
            return pl.concat([*found, edits])
        found.append(sure)
        words = corrected(words, sure)


def corrected(words: Table, sure: Table) -> Table:
    """The words with their counts after the sure edits were made."""
    gained = sure.group_by(pl.col("new").alias("value")).agg(gain=pl.col("count").sum())
    return (
        words.join(sure, left_on="value", right_on="old", how="anti")
        .join(gained, on="value", how="left")
        .with_columns(count=pl.col("count") + pl.col("gain").fill_null(0))
        .drop("gain")
        .sort(["count", "value"], descending=[True, False])
    )


def nearest(words: Table, support: int) -> Table:
    """For each suspect the nearest frequent value with the same digits: old, new, counts, slips."""
    rare = suspects(words)
    known = frequent_words(words, support).join(
        rare, on="digits", how="semi", maintain_order="left"
    )
    vocabulary = known.partition_by("digits", as_dict=True)
    parts = [
        closest(part, vocabulary[key])
        for key, part in rare.partition_by("digits", as_dict=True).items()
        if key in vocabulary
    ]
    return pl.concat([pl.DataFrame(schema=PAIR), *parts]).sort("old")


def closest(part: Table, known: Table) -> Table:
    """The smallest distance within bounds, then the most frequent, for each suspect of `part`."""
    length = part["length"].to_numpy().astype(np.int64)[:, None]
    allowed = np.maximum(1, length // 4)
    slips = cdist(
        part["value"].to_list(),
        known["value"].to_list(),
        scorer=OSA.distance,
        score_cutoff=int(allowed.max()),
        dtype=np.int32,
    )
    needed = part.select(pl.col("count") * factor()).to_series().to_numpy()[:, None]
    near = (slips > 0) & (slips <= allowed) & (known["count"].to_numpy() >= needed)
    near &= np.abs(known["length"].to_numpy().astype(np.int64) - length) <= 2
    best = np.where(near, slips, np.iinfo(np.int32).max).argmin(axis=1)
    hit = near[np.arange(len(best)), best]
    return pl.DataFrame(
        {
            "old": part["value"],
            "new": known["value"].gather(best),
            "count": part["count"],
            "known": known["count"].gather(best),
            "slips": slips[np.arange(len(best)), best],
        },
        schema_overrides=PAIR,
    ).filter(pl.Series(hit))


def judged(pairs: Table) -> Table:
    """Edits with tier, confidence and evidence; `count` stays for the next round."""
    plural = (pl.col("old") == pl.col("new") + "s") | (pl.col("new") == pl.col("old") + "s")
    sure = (
        (pl.col("slips") == 1)
        & (pl.col("old").str.len_chars() >= 8)
        & ~pl.col("old").str.contains(r"\d")
        & ~plural
        & (pl.col("count") <= 3)
        & (pl.col("known") >= 20 * pl.col("count"))
    )
    return pairs.with_columns(
        rule=pl.lit("typo"),
        step=pl.lit("fix-typos"),
        confidence=pl.when(sure).then(0.99).otherwise(0.9),
        tier=pl.when(sure).then(pl.lit("AUTO")).otherwise(pl.lit("REVIEW")),
        evidence=pl.format(
            "'{}' occurs {}x; '{}', which differs in {} characters, occurs {}x.",
            "old",
            "count",
            "new",
            "slips",
            "known",
        ),
    )
