"""Which comparisons say the same thing, because the values of one spell out the other."""

from itertools import permutations

import polars as pl

from core import Table
from transformers.master_my_data.comparisons import Comparison
from transformers.master_my_data.em import Families

LETTERS = 4
"""Shorter words occur in other values by accident."""

SPELT_OUT = 0.5
LARGEST = 4
SAMPLE = 2_000
FEWEST = 10


def families_of(forms: Table, evidence: tuple[Comparison, ...]) -> Families:
    """The comparisons by number, those that spell each other out in one family of at most 4.

    An e-mail address is often built from the names, a web address from the company: two strangers
    of one name then agree in both, and counting both would count the name twice.
    """
    of = list(range(len(evidence)))
    for share, one, two in sorted(spelt_out(forms, evidence), reverse=True):
        a, b = sorted((of[one], of[two]))
        if share >= SPELT_OUT and a != b and of.count(a) + of.count(b) <= LARGEST:
            of = [a if place == b else place for place in of]
    return tuple(
        tuple(i for i, place in enumerate(of) if place == first) for first in sorted(set(of))
    )


def spelt_out(forms: Table, evidence: tuple[Comparison, ...]) -> list[tuple[float, int, int]]:
    """Share of the words of one column found in the other's value, for each two columns."""
    texts = {
        place: forms[part.forms[0]]
        for place, part in enumerate(evidence)
        if len(part.forms) == 1 and forms.schema[part.forms[0]] == pl.String
    }
    return [(words_within(texts[one], texts[two]), one, two) for one, two in permutations(texts, 2)]


def words_within(one: pl.Series, two: pl.Series) -> float:
    """Mean share of the words of a value that the other value of the row contains.

    Only words of four letters or more count; 0 below 10 rows that have some.
    """
    both = pl.DataFrame({"one": one, "two": two}).drop_nulls().unique().sort("one", "two")
    words = (
        both.gather_every(max(1, -(-both.height // SAMPLE)))
        .with_row_index("place")
        .with_columns(
            pl.col("one").str.replace_all(r"[^\p{L} ]", "").str.split(" "),
            pl.col("two").str.replace_all(r"[^\p{L}]", ""),
        )
        .explode("one")
        .filter(pl.col("one").str.len_chars() >= LETTERS)
    )
    shares = words.group_by("place").agg(
        share=pl.col("two").str.contains(pl.col("one"), literal=True).mean()
    )
    if shares.height < FEWEST:
        return 0.0
    return float(shares.sort("place")["share"].mean())  # type: ignore[arg-type]
