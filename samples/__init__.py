"""Small datasets of our own making, offered as "try a sample"; `make.py` writes their files."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """A dataset to try the tools on; `name` is its key and file stem."""

    name: str
    title: str
    summary: str
    path: Path


SAMPLES = (
    Sample(
        "customers",
        "Customers",
        "1,500 people, some of them registered twice: typos, null words, mixed dates, stray "
        "spaces and postcodes with leading zeros.",
        FOLDER / "customers.csv",
    ),
    Sample(
        "orders",
        "Orders",
        "2,000 orders from a spreadsheet: semicolons, currency signs, four date formats, "
        "slipped decimal points and rows that were pasted twice.",
        FOLDER / "orders.csv",
    ),
    Sample(
        "suppliers",
        "Suppliers of two systems",
        "600 companies from purchasing and accounting, of which 210 are in both under slightly "
        "different names.",
        FOLDER / "suppliers.json",
    ),
)

SUPPLIER_MATCHES = FOLDER / "suppliers_matches.csv"
"""The pairs of ids in the suppliers sample that are the same company."""
