"""Clean tables, made up and always the same, for files that deviate in one way each."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

Row = tuple[str, ...]

PRODUCTS = (
    "Desk lamp, brass",
    "Oak shelf",
    "Paper 80 g",
    'Monitor 27" wide',
    "Cable 2 m",
    "Chair; grey",
    "Ink | black",
    "Children's table",
)
COMMENTS = (
    'Left with the porter.\nHe said: "next time, please ring".',
    "",
    "ok",
    "Box was open, nothing missing",
    'Marked "fragile" on two sides',
    "Customer asked for a call\nbetween 9:00 and 11:00\non the day before",
)
FIRST = ("Anna", "Bela", "Carla", "Dmitri", "Eve", "Farid", "Greta", "Hugo", "Ines", "Jonas")
LAST = ("Archer", "Brook", "Carter", "Dale", "Eastman", "Fields", "Grove")
TOWNS = ("Northbridge", "Lower Mill", "Ashford, East", "Westport", "Green Hill")
TASKS = ("accounts", "field work", "the archive", "stores and repairs", "training")


@dataclass(frozen=True)
class Table:
    """Column names (None when the file has none) and rows of texts."""

    names: Row | None
    rows: tuple[Row, ...]

    @property
    def records(self) -> list[Row]:
        """The names, where there are any, and the rows."""
        return [*([self.names] if self.names else []), *self.rows]

    def with_rows(self, rows: Iterable[Row]) -> "Table":
        """The same names over other rows."""
        return replace(self, rows=tuple(rows))


def deliveries() -> Table:
    """9 columns x 80 rows: dates, times, prices, URLs, comments of several lines with quotes."""
    chance = random.Random(1)
    names = ("Date", "Time", "Quantity", "Product", "Price", "Kind", "Link", "Contact", "Comment")
    rows = []
    for number in range(80):
        product = chance.choice(PRODUCTS)
        rows.append(
            (
                str(date(2023, 1, 2) + timedelta(days=number)),
                f"{chance.randrange(7, 19):02}:{chance.randrange(60):02}",
                str(chance.randrange(1, 40)),
                product,
                f"{chance.uniform(2, 900):.2f}",
                chance.choice(("furniture", "office", "light")),
                f"https://shop.example/item/{chance.randrange(10**5)}?ref=a",
                f"{chance.choice(FIRST).lower()}@example.org",
                chance.choice(COMMENTS),
            )
        )
    return Table(names, tuple(rows))


def staff() -> Table:
    """4 columns x 30 rows, all text."""
    chance = random.Random(2)
    rows = [
        (
            f"{FIRST[number % 10]} {LAST[number % 7]}",
            chance.choice(TOWNS),
            chance.choice(TASKS),
            chance.choice(("works half days", "on leave", "new", "helps with " + TASKS[0])),
        )
        for number in range(30)
    ]
    return Table(("Name", "Town", "Task", "Remark"), tuple(rows))


def stations() -> Table:
    """15 columns x 200 rows: a code, a year, 12 monthly figures with gaps, a sum."""
    chance = random.Random(3)
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    rows = []
    for number in range(200):
        figures = [
            "" if chance.random() < 0.15 else f"{chance.gauss(1500, 700):.1f}" for _ in months
        ]
        total = f"{sum(float(figure or 0) for figure in figures):.1f}"
        rows.append((f"ST{number // 5:03}", str(2000 + number % 5), *figures, total))
    return Table(("Station", "Year", *months, "Sum"), tuple(rows))


def stock() -> Table:
    """3 columns x 5 rows: a number, a text with a comma, a price; files are often this small."""
    rows = (
        ("1", "Nails, 40 mm", "3.20"),
        ("2", "Glue", "12.00"),
        ("3", "Saw", "18.50"),
        ("4", "Paint, white", "24.90"),
        ("5", "Brush", "4.75"),
    )
    return Table(("id", "item", "price"), rows)


def answers() -> Table:
    """2 columns x 24 rows: a grade, and sentences with commas, quotes and full stops."""
    chance = random.Random(4)
    parts = ("The course was good", "I liked the talks", 'He said "well done"', "Too long", "No")
    rows = [
        (str(chance.randrange(1, 7)), ", ".join(chance.sample(parts, chance.randrange(1, 4))) + ".")
        for _ in range(24)
    ]
    return Table(("Grade", "Answer"), tuple(rows))


TABLES = {
    "deliveries": deliveries,
    "staff": staff,
    "stations": stations,
    "stock": stock,
    "answers": answers,
}
