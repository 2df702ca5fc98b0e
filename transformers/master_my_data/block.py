"""Propose the pairs of rows that are worth comparing."""

import polars as pl

from core import ROW_ID, Exhibit, Finding, Params, Remedy, Severity, StepResult, Table, Work, step
from transformers.master_my_data.earlier import frame
from transformers.master_my_data.key_rules import KeyRule, choose_rules, pairs_of
from transformers.master_my_data.standard_forms import compared_columns, standard_forms

IDENTICAL = "identical rows"


class BlockParams(Params):
    """Nothing to choose: the budget of 25 pairs per record is fixed."""


@step("Propose pairs", params=BlockParams, required=True)
def block(work: Work, params: BlockParams) -> StepResult:
    """Propose pairs of rows that share a key, at most about 25 pairs per row.

    Rows that are identical in all compared columns are paired with the first of them only, so
    that a table of n identical rows makes n - 1 pairs and not n².
    """
    roles = frame(work, "roles.parquet")
    columns = compared_columns(roles)
    forms = comparable(standard_forms(work.table, roles), len(columns))
    names = [f"c{i}" for i in range(len(columns))]
    firsts = forms.unique(names, keep="first", maintain_order=True) if names else forms
    rules = choose_rules(firsts, columns)
    candidates = pl.concat([copies(forms, names), pairs_of(firsts, rules)])
    return StepResult(
        work.table,
        findings=findings_of(work.table.height, forms.height, candidates),
        exhibits=(pairs_per_rule(rules, candidates),),
        artifacts={"candidates.parquet": by_row_number(candidates)},
    )


def comparable(forms: Table, columns: int) -> Table:
    """The rows that have a value in at least one compared column."""
    if not columns:
        return forms.clear()
    return forms.filter(~pl.all_horizontal(pl.exclude(ROW_ID).is_null()))


def copies(forms: Table, names: list[str]) -> Table:
    """Each further row of a set of identical rows, paired with the first of the set."""
    if not names:
        return pairs_of(forms, [])
    first = pl.col(ROW_ID).first().over(names)
    return (
        forms.select(first.alias("first"), pl.col(ROW_ID).alias("second"))
        .filter(pl.col("first") != pl.col("second"))
        .with_columns(rule=pl.lit(IDENTICAL))
    )


def by_row_number(candidates: Table) -> Table:
    """candidates.parquet: row_a < row_b, in the order of content."""
    return candidates.select(
        row_a=pl.min_horizontal("first", "second"),
        row_b=pl.max_horizontal("first", "second"),
        rule="rule",
    )


def pairs_per_rule(rules: list[KeyRule], candidates: Table) -> Exhibit:
    """How many pairs each rule makes, before pairs found twice are dropped."""
    identical = candidates.filter(pl.col("rule") == IDENTICAL).height
    bars = [(rule.label, rule.pairs) for rule in rules] + [(IDENTICAL, identical)]
    records = tuple({"label": label, "value": pairs} for label, pairs in bars if pairs)
    return Exhibit("block.pairs-per-rule", "Pairs proposed by each rule", "bars", records)


def findings_of(rows: int, comparable_rows: int, candidates: Table) -> tuple[Finding, ...]:
    """How many pairs are compared, and which rows cannot be."""
    pairs = candidates.height
    found = [
        Finding(
            "block.pairs",
            Severity.INFO,
            f"{pairs:,} of {rows * (rows - 1) // 2:,} possible pairs of rows share a key and are "
            "compared.",
            rows=rows,
            evidence={"pairs": pairs, "rows": rows},
        )
    ]
    if comparable_rows < rows:
        empty = rows - comparable_rows
        found.append(
            Finding(
                "block.empty-rows",
                Severity.LOW,
                f"{empty:,} of {rows:,} rows have no value in any compared column and stay alone.",
                rows=empty,
                evidence={"empty": empty},
            )
        )
    if rows > 1 and not pairs:
        found.append(
            Finding(
                "block.no-pairs",
                Severity.MEDIUM,
                f"No two of {rows:,} rows share a key that is rare enough to compare them.",
                rows=rows,
                remedy=Remedy("Choose the columns that name a record in 'Compare only'."),
            )
        )
    return tuple(found)
