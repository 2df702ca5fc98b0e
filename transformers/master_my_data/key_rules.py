"""Which pairs of records are worth comparing: records that share a key, under a pair budget."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl

from core import ROW_ID, Table

PAIRS_PER_ROW = 25
MAX_RULES = 25
ALONE = 5.0
TOGETHER = 2.5
PREFIX_FROM = 50
FEW_PAIRS = 100_000


@dataclass(frozen=True)
class KeyField:
    """A key: the compared column it comes from, its label, and its values as numbers."""

    form: str
    label: str
    codes: pl.Series


@dataclass(frozen=True)
class KeyRule:
    """Records with equal keys are compared: `keys` holds (at, key), `at` the place of a record.

    `pairs` is how many pairs that makes.
    """

    label: str
    keys: Table
    pairs: int


def fields(forms: Table, columns: list[dict[str, Any]]) -> list[KeyField]:
    """The keys of the compared columns: values, first four characters, months of dates."""
    found = []
    for index, part in enumerate(columns):
        form, values = f"c{index}", forms[f"c{index}"]
        if part["type"] == "num":
            continue
        found.append(KeyField(form, part["column"], coded(values)))
        if part["type"] == "date":
            label = f"{part['column']} (year and month)"
            found.append(KeyField(form, label, coded(values.str.head(6))))
        elif part["type"] in ("name", "code") and values.n_unique() > PREFIX_FROM:
            label = f"{part['column']} (first 4 characters)"
            found.append(KeyField(form, label, coded(values.str.head(4))))
    return found


def coded(values: pl.Series) -> pl.Series:
    """Values as dense numbers, so that two keys can be joined by arithmetic; null stays null."""
    return values.rank("dense").cast(pl.Int64)


def cost(keys: pl.Series) -> int:
    """How many pairs of records share a key; null shares with nothing."""
    sizes = keys.drop_nulls().value_counts()["count"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def keyed(codes: pl.Series) -> Table:
    """The places of records and their keys, without nulls."""
    return codes.alias("key").to_frame().with_row_index("at").drop_nulls()


def choose_rules(forms: Table, columns: list[dict[str, Any]]) -> list[KeyRule]:
    """Rules of one key, then of two, each the cheapest first, within 25 pairs per record.

    One key alone may cost 5 pairs per record, two keys of different columns 2.5. Small tables
    are compared in full.
    """
    rows = forms.height
    every = rows * (rows - 1) // 2
    if every <= max(PAIRS_PER_ROW * rows, FEW_PAIRS):
        keys = keyed(pl.Series("key", [0], dtype=pl.Int64).new_from_index(0, rows))
        return [KeyRule("every pair", keys, every)] if every else []
    one, two = key_rules(fields(forms, columns), rows)
    words = rare_words(forms, columns)
    return within_budget([*by_cost([*one, *words]), *by_cost(two)], PAIRS_PER_ROW * rows)


def by_cost(rules: list[KeyRule]) -> list[KeyRule]:
    """The cheapest rules first."""
    return sorted(rules, key=lambda rule: (rule.pairs, rule.label))


def within_budget(rules: list[KeyRule], budget: int) -> list[KeyRule]:
    """The first rules, at most 25, that together make no more than `budget` pairs."""
    chosen: list[KeyRule] = []
    for rule in rules:
        if rule.pairs <= budget and len(chosen) < MAX_RULES:
            chosen.append(rule)
            budget -= rule.pairs
    return chosen


def key_rules(keys: list[KeyField], rows: int) -> tuple[list[KeyRule], list[KeyRule]]:
    """Rules of one key, and rules of two keys neither of which is a rule by itself."""
    alone, dear = [], []
    for key in keys:
        pairs = cost(key.codes)
        if 0 < pairs <= ALONE * rows:
            alone.append(KeyRule(key.label, keyed(key.codes), pairs))
        elif pairs:
            dear.append(key)
    return alone, list(double_rules(dear, rows))


def double_rules(dear: list[KeyField], rows: int) -> Iterator[KeyRule]:
    """Rules of two keys from different columns."""
    for one, two in combinations(dear, 2):
        if one.form == two.form:
            continue
        both = one.codes * (int(two.codes.max()) + 1) + two.codes  # type: ignore[arg-type]
        pairs = cost(both)
        if 0 < pairs <= TOGETHER * rows:
            yield KeyRule(f"{one.label} + {two.label}", keyed(both), pairs)


def rare_words(forms: Table, columns: list[dict[str, Any]]) -> list[KeyRule]:
    """One rule for records that share a word few others have, when a text is compared.

    The most frequent word allowed is chosen so that the rule costs 5 pairs per record.
    """
    if not any(part["type"] == "text" for part in columns):
        return []
    wordy = [f"c{i}" for i, part in enumerate(columns) if part["type"] in ("text", "name", "code")]
    words = (
        forms.select(pl.concat_str(wordy, separator=" ", ignore_nulls=True).alias("key"))
        .with_row_index("at")
        .with_columns(pl.col("key").str.split(" ").list.unique())
        .explode("key")
        .filter(pl.col("key").str.len_chars() >= 3)
        .with_columns(uses=pl.len().over("key").cast(pl.Int64))
        .filter(pl.col("uses") > 1)
    )
    price = (pl.col("uses").first() - 1) * pl.len() / 2
    prices = words.group_by("uses").agg(price=price).sort("uses")
    allowed = prices.filter(pl.col("price").cum_sum() <= ALONE * forms.height)
    if allowed.is_empty():
        return []
    kept = words.filter(pl.col("uses") <= allowed["uses"].max()).select("at", "key")
    return [KeyRule("a rare word", kept, int(allowed["price"].sum()))]


def pairs_of(forms: Table, rules: list[KeyRule]) -> Table:
    """Candidate pairs (first, second, rule), each once, under the first rule that finds it.

    `first` stands before `second` in the order of `forms`.
    """
    found = [joined(rule) for rule in rules]
    if not found:
        return pl.DataFrame(schema={"first": pl.UInt32, "second": pl.UInt32, "rule": pl.String})
    rows = forms[ROW_ID]
    pairs = pl.concat(found).unique(["at", "to"], keep="first", maintain_order=True)
    pairs = pairs.sort("at", "to")
    return pl.DataFrame(
        {
            "first": rows.gather(pairs["at"]),
            "second": rows.gather(pairs["to"]),
            "rule": pairs["rule"],
        }
    )


def joined(rule: KeyRule) -> Table:
    """All pairs of places with the same key."""
    side = rule.keys.filter(pl.len().over("key") > 1)
    return (
        side.join(side.rename({"at": "to"}), on="key")
        .filter(pl.col("at") < pl.col("to"))
        .select("at", "to", rule=pl.lit(rule.label))
    )
