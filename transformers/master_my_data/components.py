"""Connected components of pairs of rows."""

import polars as pl

from core import Table


def components(pairs: Table, one: str = "row_a", two: str = "row_b") -> Table:
    """The rows that occur in the pairs (row) and the smallest row of their component (root)."""
    parent: dict[int, int] = {}

    def find(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in pairs.select(one, two).iter_rows():
        low, high = sorted((find(a), find(b)))
        parent[high] = low
    rows = sorted(parent)
    return pl.DataFrame(
        {"row": rows, "root": [find(row) for row in rows]},
        schema={"row": pl.UInt32, "root": pl.UInt32},
    )
