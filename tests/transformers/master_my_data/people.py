"""A made-up register of people in which some appear twice, for the tests of the chain."""

import random

from core import Table, with_row_ids
from tests.tables import table

GIVEN = ["Anna", "Bruno", "Clara", "David", "Elena", "Fabio", "Greta", "Hugo", "Irma", "Jonas"]
NAMES = ["Abbott", "Becker", "Conti", "Dubois", "Eriksen", "Fontana", "Garcia", "Horvath"]
TOWNS = ["Aachen", "Bergen", "Cadiz", "Dublin", "Espoo", "Faro"]


def person(number: int, dice: random.Random) -> list[str | None]:
    given, name = dice.choice(GIVEN), dice.choice(NAMES)
    born = f"19{dice.randint(40, 99)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}"
    return [given, name, born, dice.choice(TOWNS), f"{given}.{name}{number}@mail.org".lower()]


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
    rows = [(number, person(number, dice)) for number in range(count)]
    rows += [(number, again(rows[number][1], dice)) for number in range(repeated)]
    dice.shuffle(rows)
    columns = zip(*(row for _, row in rows), strict=True)
    names = ["given_name", "surname", "birth_date", "city", "email"]
    return table(**dict(zip(names, map(list, columns), strict=True))), [who for who, _ in rows]


def shuffled(before: Table) -> tuple[Table, list[int]]:
    """The same rows in another order, numbered anew, and the old row of each new one."""
    order = list(range(before.height))
    random.Random(3).shuffle(order)
    return with_row_ids(before[order].drop("__row_id")), order
