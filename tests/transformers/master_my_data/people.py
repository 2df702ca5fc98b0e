"""A made-up register of people in which some appear twice, for the tests of the chain."""

import random
from dataclasses import replace

from core import Table, Work, with_row_ids
from tests.tables import table
from transformers.master_my_data import MASTER

SOUNDS = ["ka", "lo", "mi", "ran", "ten", "bor", "vin", "sal", "del", "mar", "qui", "tho", "fen"]


def name(dice: random.Random, sounds: int) -> str:
    return "".join(dice.choice(SOUNDS) for _ in range(sounds)).title()


def person(dice: random.Random) -> list[str | None]:
    born = f"19{dice.randint(40, 99)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}"
    mail = f"{name(dice, 3)}@mail.org".lower()
    return [name(dice, 2), name(dice, 3), born, dice.choice(["Aachen", "Bergen", "Cadiz"]), mail]


def again(row: list[str | None], dice: random.Random) -> list[str | None]:
    """The same person with one letter doubled and one cell lost."""
    copy = list(row)
    word = str(copy[1])
    copy[1] = word[:2] + word[1:]
    copy[dice.choice([0, 3, 4])] = None
    return copy


def people(count: int = 80, repeated: int = 30) -> tuple[Table, list[int]]:
    """A table of people, the first `repeated` of them twice, and the person of each row."""
    dice = random.Random(7)
    rows = [(number, person(dice)) for number in range(count)]
    rows += [(number, again(rows[number][1], dice)) for number in range(repeated)]
    dice.shuffle(rows)
    columns = zip(*(row for _, row in rows), strict=True)
    headers = ["given_name", "surname", "birth_date", "city", "email"]
    return table(**dict(zip(headers, map(list, columns), strict=True))), [who for who, _ in rows]


def shuffled(before: Table) -> tuple[Table, list[int]]:
    """The same rows in another order, numbered anew, and the old row of each new one."""
    order = list(range(before.height))
    random.Random(3).shuffle(order)
    return with_row_ids(before[order].drop("__row_id")), order


def worked(before: Table, until: str) -> Work:
    """The work as it stands before the step of that name."""
    names = [step.name for step in MASTER.steps]
    start = replace(MASTER, steps=MASTER.steps[: names.index(until)])
    return start.run(Work.of(before), start.choose({})).work
