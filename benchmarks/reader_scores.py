"""How well readers load files that deviate from RFC 4180 in one way each, on a scale to 10.

python -m benchmarks.reader_scores [--keep DIR] [--only TEXT] [--readers Assay,pandas]

The measure is that of Pollock (Vitagliano et al., PVLDB 16(8), 2023): whether the file loads, and
precision, recall and F1 of header, records and cells, ten numbers from 0 to 1 that are summed and
averaged over the files. The files come from benchmarks.deviations. Cells are compared without
spaces around them, as numbers and times where they are such; empty cells count for nothing.
"""

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from statistics import mean

from benchmarks.children import Outcome, outcomes
from benchmarks.clean_tables import Table
from benchmarks.deviations import cases
from benchmarks.file_forms import Case
from benchmarks.peers import READERS, Loaded, as_texts

SECONDS = 20
MAX_SCORE = 10
GENERATED = re.compile(r"column_?\d+|unnamed: ?\d+(_level_\d+)?|f\d+|", re.IGNORECASE)
"""What readers call columns without a name."""

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
TIME = re.compile(r"(\d\d:\d\d):00(\.0+)?")
EXACT = Context(prec=10_000)
Record = tuple[str, ...]


def normal(cell: str) -> str:
    """A cell as it is compared."""
    text = cell.strip().replace("\r\n", "\n")
    if time := TIME.fullmatch(text):
        return time[1]
    if NUMBER.fullmatch(text):
        try:
            return str(Decimal(text).normalize(EXACT))
        except InvalidOperation:
            return text
    return text


def normal_record(cells: Sequence[str]) -> Record:
    """The cells up to the last one that holds a value."""
    record = [normal(cell) for cell in cells]
    while record and not record[-1]:
        record.pop()
    return tuple(record)


def agreement(found: Iterable[Hashable], wanted: Iterable[Hashable]) -> list[float]:
    """Precision, recall and F1 of a multiset; 1 where both are empty."""
    ours, theirs = Counter(found), Counter(wanted)
    hits, given, due = (ours & theirs).total(), ours.total(), theirs.total()
    if not given or not due:
        return [float(given == due)] * 3
    return [hits / given, hits / due, 2 * hits / (given + due)]


def header_agreement(names: Sequence[str], truth: Table) -> list[float]:
    """That of the names; without a header in the file, none of its first row may be one."""
    if truth.names is None:
        taken = set(map(normal, names)) & (set(map(normal, truth.rows[0])) - {""})
        return [0.0 if taken else 1.0] * 3
    wanted = [normal(name) for name in truth.names if name]
    kept = set(wanted)
    found = [normal(name) for name in names]
    return agreement([n for n in found if n in kept or not GENERATED.fullmatch(n)], wanted)


def scores(loaded: Loaded | None, truth: Table | None) -> list[float]:
    """The ten numbers of one file; `loaded` is None where it was refused."""
    if truth is None:
        return [float(loaded is None or not loaded.rows)] * MAX_SCORE
    if loaded is None:
        return [0.0] * MAX_SCORE
    found = [record for row in loaded.rows if (record := normal_record(row))]
    wanted = [record for row in truth.rows if (record := normal_record(row))]
    return [
        1.0,
        *header_agreement(loaded.names, truth),
        *agreement(found, wanted),
        *agreement(cells(found), cells(wanted)),
    ]


def cells(records: Iterable[Record]) -> list[str]:
    """All cells that hold a value."""
    return [cell for record in records for cell in record if cell]


def write(folder: Path, only: str) -> list[tuple[Path, Case]]:
    """The files, named after what they deviate in."""
    written = []
    for table, case in cases():
        name = re.sub(r"[^a-z0-9]+", "-", f"{table} {case.deviation} {case.variant}".lower())
        path = folder / f"{name.strip('-')}.csv"
        if only in path.stem:
            path.write_bytes(case.content)
            written.append((path, case))
    return written


def total(outcome: Outcome, case: Case) -> float:
    """The sum of the ten numbers; a crash earns nothing, even where there is nothing to read."""
    if outcome.end in ("crash", "hang"):
        return 0.0
    return sum(scores(outcome.value, case.truth))


def measure(folder: Path, only: str, readers: Sequence[str]) -> None:
    """Print scores by deviation and reader, then the files that Assay does not read perfectly."""
    files = write(folder, only)
    paths = [path for path, _ in files]
    points: dict[str, list[float]] = {}
    ends: dict[str, list[Outcome]] = {}
    for reader in readers:
        ends[reader] = list(outcomes(READERS[reader], paths, as_texts, SECONDS))
        points[reader] = [
            total(outcome, case) for outcome, (_, case) in zip(ends[reader], files, strict=True)
        ]
    print_table([case.deviation for _, case in files], points, ends)
    if "Assay" in readers:
        print_failures(files, points["Assay"], ends["Assay"])


def print_table(
    deviations: list[str], points: dict[str, list[float]], ends: dict[str, list[Outcome]]
) -> None:
    """One line per deviation, one column per reader."""
    print(f"{'mean of 10 points':24}{'files':>6}" + "".join(f"{r:>17}" for r in points))
    for deviation in dict.fromkeys(deviations):
        chosen = [i for i, name in enumerate(deviations) if name == deviation]
        line = "".join(f"{mean(values[i] for i in chosen):17.3f}" for values in points.values())
        print(f"{deviation:24}{len(chosen):6}{line}")
    print(f"{'all files':30}" + "".join(f"{mean(v):17.3f}" for v in points.values()))
    for end in ("refused", "error", "crash", "hang"):
        counts = (sum(o.end == end for o in found) for found in ends.values())
        print(f"{end:30}" + "".join(f"{count:17}" for count in counts))
    seconds = (sum(o.seconds for o in found) for found in ends.values())
    print(f"{'seconds':30}" + "".join(f"{value:17.1f}" for value in seconds))


def print_failures(
    files: list[tuple[Path, Case]], points: list[float], ends: list[Outcome]
) -> None:
    """The files that Assay does not read perfectly, the worst first."""
    print("\nAssay, files below 10 points:")
    for value, (path, case), outcome in sorted(
        zip(points, files, ends, strict=True), key=lambda found: (found[0], found[1][0])
    ):
        if value < MAX_SCORE - 1e-9:
            numbers = " ".join(f"{n:.2f}" for n in scores(outcome.value, case.truth))
            print(f"{value:7.3f}  {path.stem:60} {numbers}  {outcome.end} {outcome.reason}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which the files stay")
    parser.add_argument("--only", default="", help="part of the names of the files wanted")
    parser.add_argument("--readers", default=",".join(installed()))
    given = parser.parse_args()
    readers = given.readers.split(",")
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        measure(given.keep, given.only, readers)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.only, readers)


def installed() -> list[str]:
    """All readers; clevercsv only where it is installed."""
    from importlib.util import find_spec

    return [name for name in READERS if name != "clevercsv" or find_spec("clevercsv")]


if __name__ == "__main__":
    main()
