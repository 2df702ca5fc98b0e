"""Makes the sample datasets: `python samples/make.py [folder]` writes the same bytes every time.

Every person, company and town is invented; telephone numbers and addresses lead nowhere.
"""

import csv
import io
import json
import random
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


FIRST = words(
    "Alma Bruno Carla Dario Edda Falk Greta Henrik Ilse Jonas Kira Lothar Mira Nils Orla Paulo "
    "Quinta Rafael Selma Tomas Ulla Viktor Wanda Xaver Yara Zeno Amélie Björn Chloé Dörte Élodie "
    "François Göran Hélène Inés Jürgen Käthe Léon Márta Núria"
)
LAST = words(
    "Abendrot Birkfeld Corvanto Dornwald Eschtal Fennmark Grünhagen Hollerbach Istrano Jaspersen "
    "Kaltwasser Lindqvara Mondariz Nebelung Ostermoor Pellandro Quarthal Rosenbüchel Silvandor "
    "Tannenholt Ulmentor Varrasco Weidenkamp Xanthopol Yllander Zirbelnuss Ångholm Brévaux "
    "Çelgraf Düsterhof Eßlinghaus Fjordvik Gálvano Höllriegl"
)
STREETS = words(
    "Amber Birch Cinder Dovecote Ember Fallow Gable Heron Ivory Juniper Kestrel Lantern Meadow "
    "Nettle Orchard Pebble Quarry Rowan Saffron Thistle"
)
KINDS = ("Street", "Road", "Lane", "Avenue")
TOWNS = words(
    "Aldermoor Bellhaven Cresswick Dunmarch Eastmere Farrowby Glenholt Harkstead Inverlea "
    "Jarrowfield Kelbrook Larkmouth"
)
COUNTRIES = {
    "Germany": ("germany", "DE", "Deutschland", "GERMANY"),
    "France": ("france", "FR", "Frankreich"),
    "Spain": ("spain", "ES", "España"),
    "United Kingdom": ("UK", "Great Britain", "united kingdom"),
}
NULL_WORDS = ("N/A", "n/a", "-", "unknown", "NULL", "none", "?")
PRODUCTS = {
    "Desk lamp": 3990,
    "Office chair": 18900,
    "Café table": 24900,
    "Filing cabinet": 15950,
    "Paper, 500 sheets": 549,
    "Ballpoint pens (10)": 795,
    "Whiteboard": 8900,
    "Führungsschiene": 4275,
    "Crème wall paint": 3120,
    "Notebook “Pro”": 1299,
}
STATUSES = ("delivered", "shipped", "open", "cancelled")
TRADES = ("Metals", "Timber", "Logistics", "Packaging", "Textiles", "Optics", "Ceramics", "Foods")
FORMS = {"Ltd": "Limited", "GmbH": "G.m.b.H.", "Inc.": "Incorporated", "S.A.": "SA"}
FIRST_DAY = date(2021, 1, 1)


def typo(rng: random.Random, text: str) -> str:
    """The text with one slip: a letter swapped, dropped, doubled or replaced."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 2)
    slips: tuple[Callable[[], str], ...] = (
        lambda: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at] + text[at:],
        lambda: text[:at] + rng.choice("aeiou") + text[at + 1 :],
    )
    return rng.choice(slips)()


def untidy(rng: random.Random, text: str) -> str:
    """The text with stray white space or in capitals."""
    return rng.choice((f" {text}", f"{text} ", text.upper(), text.replace(" ", "  "), f"{text}\t"))


def written_date(rng: random.Random, day: date, formats: dict[str, int]) -> str:
    """A day in one of several formats, chosen by weight."""
    return day.strftime(rng.choices(list(formats), weights=list(formats.values()))[0])


def email_of(first: str, last: str, domain: str) -> str:
    """An address in ASCII letters."""
    plain = str.maketrans("äöüßéèçñáúåÅÇ", "aousoecnauaAC")
    name = f"{first}.{last}".translate(plain).lower()
    return f"{name.encode('ascii', 'ignore').decode()}@{domain}"


def customer(rng: random.Random, number: int) -> Row:
    """A customer before anything went wrong."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    born = date(1945, 1, 1) + timedelta(days=rng.randrange(21_000))
    joined = FIRST_DAY + timedelta(days=rng.randrange(1_200))
    return {
        "customer_id": f"C{number:05}",
        "first_name": first,
        "last_name": last,
        "email": email_of(first, last, rng.choice(("example.com", "example.org", "example.net"))),
        "phone": f"+49 30 23125{rng.randrange(1_000):03}",
        "street": f"{rng.randrange(1, 199)} {rng.choice(STREETS)} {rng.choice(KINDS)}",
        "city": rng.choice(TOWNS),
        "zip": f"{rng.randrange(1_000, 99_999):05}",
        "country": rng.choices(list(COUNTRIES), weights=(5, 3, 2, 2))[0],
        "birth_date": born.isoformat(),
        "signup_date": written_date(rng, joined, {"%Y-%m-%d": 12, "%d.%m.%Y": 5, "%d %b %Y": 1}),
        "points": str(rng.randrange(0, 5_000)),
    }


def soil(rng: random.Random, row: Row) -> Row:
    """A customer as somebody typed it: null words, white space, other spellings, bad values."""
    row = dict(row)
    if rng.random() < 0.12:
        row["country"] = rng.choice(COUNTRIES[row["country"]])
    for column in ("phone", "email", "city", "birth_date", "points"):
        if rng.random() < 0.04:
            row[column] = rng.choice((*NULL_WORDS, "", ""))
    for column in ("first_name", "last_name", "city", "street"):
        if rng.random() < 0.03:
            row[column] = untidy(rng, row[column])
    if rng.random() < 0.25:
        row["phone"] = row["phone"].replace("+49 30 ", rng.choice(("030/", "0049-30-", "(030) ")))
    return broken(rng, row)


def broken(rng: random.Random, row: Row) -> Row:
    """The customer, now and then with an address or a birthday that cannot be."""
    if rng.random() < 0.02:
        row["email"] = row["email"].replace("@", rng.choice((" at ", "@@", "")))
    if rng.random() < 0.01:
        row["birth_date"] = rng.choice(("1900-01-01", "2091-05-17", "1982-13-40"))
    return row


def again(rng: random.Random, row: Row, number: int) -> Row:
    """The same person registered a second time."""
    row = {**row, "customer_id": f"C{number:05}"}
    for column in rng.sample(("first_name", "last_name", "street", "city", "email"), 2):
        row[column] = typo(rng, row[column])
    if rng.random() < 0.3:
        row["first_name"] = row["first_name"][0] + "."
    if rng.random() < 0.3:
        row["phone"] = ""
    return row


def customers() -> bytes:
    """Duplicated people, mixed dates, null words, stray white space and leading-zero zips."""
    rng = random.Random(20_240_501)
    people = [customer(rng, number) for number in range(1, 1_301)]
    twice = [again(rng, rng.choice(people), 1_300 + number) for number in range(1, 201)]
    rows = [soil(rng, row) for row in people + twice]
    rng.shuffle(rows)
    return as_csv(rows, ",").encode()


def amount_of(rng: random.Random, cents: int) -> str:
    """A sum of money in one of the ways people write it."""
    units, rest = divmod(cents, 100)
    point, comma = f"{units:,}.{rest:02}", f"{units:,}".replace(",", ".") + f",{rest:02}"
    return rng.choices(
        (f"€ {comma}", comma, f"{comma} €", f"${point}", f"£{point}", f"{units}.{rest:02}"),
        weights=(8, 5, 3, 2, 1, 2),
    )[0]


def order(rng: random.Random, number: int) -> Row:
    """An order; a few have a slipped decimal point or a negative quantity."""
    product, cents = rng.choice(list(PRODUCTS.items()))
    quantity = rng.choices((1, 2, 3, 5, 10, 25), weights=(9, 6, 4, 3, 2, 1))[0]
    total = quantity * cents * (100 if rng.random() < 0.006 else 1)
    day = FIRST_DAY + timedelta(days=rng.randrange(1_200))
    formats = {"%d.%m.%Y": 12, "%Y-%m-%d": 4, "%d/%m/%y": 2, "%d %B %Y": 1}
    status = rng.choices(STATUSES, weights=(9, 3, 2, 1))[0]
    return {
        "Order no.": f"{number:06}",
        "Date": written_date(rng, day, formats),
        "Customer": f"{rng.choice(FIRST)} {rng.choice(LAST)}",
        "Product": product,
        "Quantity": str(-quantity if rng.random() < 0.004 else quantity),
        "Amount": "" if rng.random() < 0.01 else amount_of(rng, total),
        "Discount": rng.choice(("", "", "", "5 %", "10%", "0,15")),
        "Status": typo(rng, status) if rng.random() < 0.02 else status,
        "Ship to": rng.choice(TOWNS),
    }


def orders() -> bytes:
    """Currency signs, several date formats, outliers and exact duplicates, in cp1252."""
    rng = random.Random(20_240_502)
    rows = [order(rng, number) for number in range(1, 1_961)]
    for _ in range(40):
        at = rng.randrange(len(rows))
        rows.insert(at, rows[at])
    return as_csv(rows, ";", "\r\n").encode("cp1252")


def supplier(rng: random.Random, number: int) -> Row:
    """A company as the purchasing system knows it."""
    trade, form = rng.choice(TRADES), rng.choice(list(FORMS))
    stem = rng.choice(LAST)
    site = email_of(stem, trade, "example").partition("@")[0].replace(".", "-")
    return {
        "source": "purchasing",
        "id": f"P-{number:04}",
        "name": f"{stem} {trade} {form}",
        "street": f"{rng.randrange(1, 199)} {rng.choice(STREETS)} {rng.choice(KINDS)}",
        "city": rng.choice(TOWNS),
        "postcode": f"{rng.randrange(1_000, 99_999):05}",
        "country": rng.choice(list(COUNTRIES)),
        "phone": f"+44 1632 960{rng.randrange(1_000):03}",
        "website": f"https://www.{site}.example",
    }


def as_booked(rng: random.Random, row: Row, number: int) -> Row:
    """The same company as the accounting system knows it."""
    row = {**row, "source": "accounting", "id": f"A-{number:04}"}
    stem, trade, form = row["name"].split(" ")
    row["name"] = f"{typo(rng, stem) if rng.random() < 0.4 else stem} {trade} {FORMS[form]}"
    if rng.random() < 0.2:
        row["name"] = row["name"].upper()
    for kind, short in (("Street", "St."), ("Road", "Rd"), ("Avenue", "Ave")):
        row["street"] = row["street"].replace(kind, short)
    row["phone"] = row["phone"].replace("+44 ", "0") if rng.random() < 0.7 else ""
    if rng.random() < 0.3:
        row["website"] = ""
    if rng.random() < 0.1:
        row["postcode"] = typo(rng, row["postcode"])
    return row


def suppliers() -> tuple[bytes, bytes]:
    """Companies of two systems, and the pairs of ids that are the same company."""
    rng = random.Random(20_240_503)
    bought = [supplier(rng, number) for number in range(1, 331)]
    shared = rng.sample(bought, 210)
    booked = [as_booked(rng, row, number) for number, row in enumerate(shared, 1)]
    others = [supplier(rng, number) for number in range(331, 391)]
    booked += [as_booked(rng, row, number) for number, row in enumerate(others, 211)]
    pairs = [
        {"purchasing": left["id"], "accounting": right["id"]}
        for left, right in zip(shared, booked, strict=False)
    ]
    rng.shuffle(booked)
    records: list[dict[str, str | None]] = [
        {key: value or None for key, value in row.items()} for row in bought + booked
    ]
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return f"[\n{lines}\n]\n".encode(), as_csv(pairs, ",").encode()


def as_csv(rows: list[Row], delimiter: str, line_end: str = "\n") -> str:
    """Rows as delimited text with a header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def files() -> dict[str, bytes]:
    """The content of every sample file by its name."""
    companies, matches = suppliers()
    return {
        "customers.csv": customers(),
        "orders.csv": orders(),
        "suppliers.json": companies,
        "suppliers_matches.csv": matches,
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for file_name, content in files().items():
        (folder / file_name).write_bytes(content)
