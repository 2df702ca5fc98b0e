"""Different companies and people of similar names stay apart, on small and on sample tables."""

import random
from collections import Counter

import polars as pl
import pytest

from core import Outcome, Severity, Table, Work, with_row_ids
from samples import SAMPLES, SUPPLIER_MATCHES
from tests.tables import table
from transformers.master_my_data import MASTER

STEMS = ("Birkfeld", "Dornwald", "Eschtal", "Fennmark", "Hollerbach", "Istrano")
TRADES = ("Metals", "Timber", "Optics", "Foods")
STREETS = ("Amber Lane", "Birch Road", "Cinder Street", "Ember Avenue")


def company(dice: random.Random) -> list[str | None]:
    """One of 24 names, a web address made from it, and an address and telephone of its own."""
    stem, trade = dice.choice(STEMS), dice.choice(TRADES)
    return [
        f"{stem} {trade}",
        f"https://www.{stem}-{trade}.example".lower(),
        f"{dice.randint(1, 199)} {dice.choice(STREETS)}",
        f"{dice.randint(10_000, 99_999)}",
        f"0{dice.randint(10**8, 10**9)}",
    ]


def companies() -> tuple[Table, list[str]]:
    """40 companies of one system, 20 of them and 20 others in a second one, and who is who."""
    dice = random.Random(11)
    ours = [company(dice) for _ in range(40)]
    theirs = [[str(row[0]).upper(), *row[1:4], None] for row in ours[:20]]
    rows = [*ours, *theirs, *(company(dice) for _ in range(20))]
    headers = ("name", "website", "street", "postcode", "phone")
    columns = dict(zip(headers, map(list, zip(*rows, strict=True)), strict=True))
    who = [*range(40), *range(20), *range(40, 60)]
    return table(source=["buying"] * 40 + ["books"] * 40, **columns), [str(n) for n in who]


def namesakes() -> tuple[Table, list[str]]:
    """80 people of 54 possible names, 30 of them twice with a slip and without a city."""
    dice = random.Random(2)
    given = ("anna", "ben", "carla", "david", "edda", "felix")
    surnames = ("meyer", "schulz", "becker", "wolff", "klein", "lange", "rothe", "vogel", "kraus")
    rows: list[list[str | None]] = []
    for _ in range(80):
        one, two = dice.choice(given), dice.choice(surnames)
        born = f"19{dice.randint(40, 99)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}"
        town = dice.choice(["Aachen", "Bergen", "Cadiz"])
        rows.append([one, two, born, town, f"{one}.{two}@mail.org"])
    again = [
        [one, str(two)[:2] + str(two)[1:], born, None, mail]
        for one, two, born, _, mail in rows[:30]
    ]
    columns = list(map(list, zip(*rows, *again, strict=True)))
    headers = ("given_name", "surname", "birth_date", "city", "email")
    return table(**dict(zip(headers, columns, strict=True))), [
        str(n) for n in (*range(80), *range(30))
    ]


def master(before: Table) -> Outcome:
    return MASTER.run(Work.of(before), MASTER.choose({}))


def entities(outcome: Outcome) -> list[str]:
    crosswalk = outcome.artifacts["crosswalk.parquet"]
    assert isinstance(crosswalk, pl.DataFrame)
    return crosswalk.sort("row")["entity_id"].to_list()


def pairs(groups: list[str] | list[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def precision_and_recall(found: list[str], who: list[str]) -> tuple[float, float]:
    hits = pairs(list(zip(found, who, strict=True)))
    return hits / pairs(found), hits / pairs(who)


def sample(name: str) -> Table:
    chosen = next(one for one in SAMPLES if one.name == name)
    if name == "suppliers":
        return with_row_ids(pl.read_json(chosen.path, infer_schema_length=None))
    return with_row_ids(pl.read_csv(chosen.path, infer_schema=False))


def suppliers(*without: str) -> tuple[Table, list[str]]:
    before = sample("suppliers")
    matches = dict(pl.read_csv(SUPPLIER_MATCHES).select("accounting", "purchasing").iter_rows())
    return before.drop(without), [matches.get(name, name) for name in before["id"]]


@pytest.mark.parametrize("without", [(), ("source",)], ids=["two sources", "one table"])
def test_companies_that_share_a_name_are_not_merged(without: tuple[str, ...]) -> None:
    before, who = companies()
    found = entities(master(before.drop(without)))
    assert precision_and_recall(found, who) == (1, 1)


def test_people_whose_addresses_are_built_from_few_names_stay_apart() -> None:
    before, who = namesakes()
    precision, recall = precision_and_recall(entities(master(before)), who)
    assert precision >= 0.9
    assert recall == 1


@pytest.mark.parametrize("seed", [3, 4])
def test_look_alikes_are_told_apart_in_any_row_order(seed: int) -> None:
    before, who = companies()
    order = random.Random(seed).sample(range(before.height), before.height)
    found = entities(master(with_row_ids(before[order].drop("__row_id"))))
    assert precision_and_recall(found, [who[row] for row in order]) == (1, 1)


@pytest.mark.parametrize("without", [(), ("source",)], ids=["two sources", "one table"])
def test_the_suppliers_sample_is_mastered(without: tuple[str, ...]) -> None:
    before, who = suppliers(*without)
    outcome = master(before)
    precision, recall = precision_and_recall(entities(outcome), who)
    assert precision >= 0.95
    assert recall >= 0.95
    assert 385 <= outcome.table.height <= 395


def test_the_customers_sample_holds_1_300_people() -> None:
    assert master(sample("customers")).table.height == 1_300


def test_columns_that_spell_each_other_out_are_named() -> None:
    report = master(companies()[0]).report
    told = [finding for finding in report.findings if finding.code == "score-pairs.dependent"]
    assert [finding.columns for finding in told] == [("name", "website")]


def test_a_table_that_tells_nobody_apart_is_not_trusted() -> None:
    dice = random.Random(5)
    before = table(
        name=[f"{dice.choice(STEMS)} {dice.choice(TRADES)}" for _ in range(60)],
        colour=[dice.choice(("red", "green", "blue")) for _ in range(60)],
    )
    found = [one for one in master(before).report.findings if one.code == "cluster.confidence"]
    assert found[0].severity in (Severity.MEDIUM, Severity.HIGH)
    assert found[0].evidence["confidence"] < 0.8
