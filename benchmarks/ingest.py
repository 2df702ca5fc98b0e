"""From a large CSV to Parquet: seconds, CPU and memory of Assay, DuckDB and Polars.

python -m benchmarks.ingest [--rows 1000000,10000000]

The file is made up, always the same: about 100 bytes a row, 12 columns with commas and quotes
inside cells and with leading zeros. Each reader runs in a process of its own; CPU and wall time
include its start. Assay keeps every cell as text, numbers its rows and keeps books; DuckDB runs
with all columns as text and with types, Polars with types.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BLOCK_ROWS = 500_000
MAX_RATIO = 3.0
MAX_PEAK_MB = 1_500
SMALL_BYTES, SMALL_CPU_SECONDS = 110_000_000, 4.0
"""A file of up to this size may take this much CPU."""


def generate(rows: int, path: Path) -> None:
    """Write the file in blocks."""
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(1)
    names = np.array(["Anna", "Bela", "Carla", "Dmitri", "Eve", "Farid", "Greta", "Zoë"])
    cities = np.array(["Northbridge", "Ashford, East", "Westport", "Lower Mill", "Green Hill"])
    notes = np.array(["", "ok", "needs a look", 'said "yes"', "late delivery"])
    with path.open("wb") as file:
        for start in range(0, rows, BLOCK_ROWS):
            count = min(BLOCK_ROWS, rows - start)
            days = chance.integers(0, 3_000, count).astype("timedelta64[D]")
            columns = {
                "id": np.arange(start, start + count),
                "account": chance.integers(10**9, 10**10, count),
                "name": chance.choice(names, count),
                "amount": chance.normal(100, 50, count).round(2),
                "city": chance.choice(cities, count),
                "active": chance.random(count) < 0.5,
                "date": (np.datetime64("2015-01-01") + days).astype(str),
                "score": chance.random(count).round(6),
                "zip": [f"{number:05}" for number in chance.integers(0, 99_999, count)],
                "email": [f"u{number}@example.org" for number in chance.integers(0, 10**6, count)],
                "quantity": chance.integers(0, 1_000, count),
                "note": chance.choice(notes, count),
            }
            pl.DataFrame(columns).write_csv(file, include_header=start == 0)


def assay(source: Path, folder: Path) -> None:
    """The very function that a job runs."""
    from store.readers import Reading
    from store.readers.ingest import ingest

    ingest(source, source.name, Reading.model_validate({}), folder)


def duckdb_text(source: Path, folder: Path) -> None:
    """All columns as text, as Assay does it."""
    duckdb_copy(f"read_csv('{source}', all_varchar=true)", folder)


def duckdb_typed(source: Path, folder: Path) -> None:
    """With the types that DuckDB finds."""
    duckdb_copy(f"read_csv('{source}')", folder)


def duckdb_copy(table: str, folder: Path) -> None:
    """COPY … TO Parquet."""
    import duckdb

    duckdb.sql(f"COPY (FROM {table}) TO '{folder / 'table.parquet'}' (FORMAT parquet)")


def polars(source: Path, folder: Path) -> None:
    """scan_csv().sink_parquet()."""
    import polars as pl

    pl.scan_csv(source).sink_parquet(folder / "table.parquet")


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "Assay": assay,
    "DuckDB text": duckdb_text,
    "DuckDB": duckdb_typed,
    "Polars": polars,
}


@dataclass(frozen=True)
class Cost:
    """What one process took; `failed` when it did not end well."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    written_mb: float
    failed: bool


def cost(way: str, source: Path) -> Cost:
    """Run one reader in a process of its own, with an empty folder for what it writes."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ingest", "--way", way, source, folder]
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        written = sum(path.stat().st_size for path in Path(folder).iterdir())
    cpu = used.ru_utime + used.ru_stime
    return Cost(wall, cpu, used.ru_maxrss / 1024, written / 1e6, process.returncode != 0)


def measure(rows: int, folder: Path, runs: int) -> bool:
    """Print the costs for one size of file; return whether Assay keeps its bounds."""
    source = folder / f"{rows}.csv"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.ingest", "--make", str(rows), source], check=True
    )
    size = source.stat().st_size
    print(f"\n{rows:,} rows x 12 columns, {size / 1e6:,.0f} MB, best of {runs}")
    print(f"  {'':14}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'written MB':>12}")
    costs = {}
    for way in WAYS:
        costs[way] = best = min(
            (cost(way, source) for _ in range(runs)), key=lambda c: c.wall_seconds
        )
        print(
            f"  {way:14}{best.wall_seconds:9.2f}{best.cpu_seconds:9.2f}{best.peak_mb:9.0f}"
            f"{best.written_mb:12.0f}{'   failed' if best.failed else ''}"
        )
    source.unlink()
    return judged(size, costs)


def judged(size: int, costs: dict[str, Cost]) -> bool:
    """Print each bound with what was reached."""
    ours = costs["Assay"]
    bounds = [
        (f"wall, times {peer}", ours.wall_seconds / costs[peer].wall_seconds, MAX_RATIO)
        for peer in WAYS
        if peer != "Assay"
    ]
    bounds.append(("peak MB", ours.peak_mb, MAX_PEAK_MB))
    if size <= SMALL_BYTES:
        bounds.append(("CPU seconds", ours.cpu_seconds, SMALL_CPU_SECONDS))
    for label, value, bound in bounds:
        print(
            f"  {label:26}{value:9.2f}  bound {bound:,.2f}  {'met' if value <= bound else 'MISSED'}"
        )
    return not ours.failed and all(value <= bound for _, value, bound in bounds)


def main() -> int:
    """Read the command line; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--way", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        WAYS[given.way[0]](Path(given.way[1]), Path(given.way[2]))
        return 0
    if given.make:
        generate(int(given.make[0]), Path(given.make[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = [measure(int(rows), Path(folder), given.runs) for rows in given.rows.split(",")]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
