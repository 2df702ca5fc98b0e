"""What readers make of a corpus of good, bad and hostile files.

python -m benchmarks.readers --corpus DIR [--source NAME] [--readers pandas,Polars]

DIR holds files and MANIFEST.csv: file, source, outcome (load, refuse, either), rows, cols,
confidence, reason. Assay reads through `python -m queue_jobs inspect`, the code path of a job;
the others in a child process each, with their defaults, 20 s and 4 GB. An exception is taken for
a refusal of theirs. Files in a format that a reader does not know count as refused.
"""

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import End, Outcome, outcomes
from benchmarks.peers import READERS, shape

ROOT = Path(__file__).parent.parent
SECONDS = 20
PEERS = ("pandas", "DuckDB auto", "Polars", "pyarrow")
SAME_CLASS = {"unsupported_type": {"wrong_type"}}
"""Reasons that say the same in other words."""

CONTAINED: dict[str, End] = {"timeout": "hang", "reader_crashed": "crash"}
"""A job survives both, but as a reading they count as what they are."""


@dataclass(frozen=True)
class Entry:
    """One file of a corpus and what should become of it; `rows` and `cols` only where known."""

    path: Path
    source: str
    outcome: str
    shape: tuple[int, int] | None
    confidence: str
    reason: str

    @property
    def group(self) -> tuple[str, str, str]:
        """The line of the table."""
        return self.source, self.outcome, self.confidence or "-"


def manifest(corpus: Path, source: str | None) -> list[Entry]:
    """The files of a corpus, or those of one source in it."""
    with (corpus / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return [
            Entry(
                corpus / row["file"],
                row["source"],
                row["outcome"],
                (int(row["rows"]), int(row["cols"])) if row["rows"] and row["cols"] else None,
                row["confidence"],
                row["reason"],
            )
            for row in csv.DictReader(file)
            if source in (None, row["source"])
        ]


@dataclass(frozen=True)
class Inspection:
    """What Assay made of the files, how many tracebacks its log holds, and how long it took."""

    outcomes: list[Outcome]
    tracebacks: int
    seconds: float


def inspect(paths: Sequence[Path]) -> Inspection:
    """Read the files through Assay's command line."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "queue_jobs", "inspect", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"inspect failed:\n{done.stderr}")
    return Inspection(
        [told(line) for line in done.stdout.splitlines()],
        (done.stdout + done.stderr).count("Traceback (most recent call last)"),
        time.perf_counter() - started,
    )


def told(line: str) -> Outcome:
    """The outcome in one line of `inspect`."""
    facts = json.loads(line)
    if facts["outcome"] == "loaded":
        return Outcome("loaded", (facts["rows"], facts["columns"]), seconds=facts["seconds"])
    end = CONTAINED.get(facts["reason"], "refused")
    return Outcome(end, reason=facts["reason"], seconds=facts["seconds"])


def right_shape(entry: Entry, outcome: Outcome) -> bool:
    """Whether the file loaded with the shape it has."""
    return outcome.end == "loaded" and outcome.value == entry.shape


def refused(entry: Entry, outcome: Outcome) -> bool:
    """Whether the reader said no and lived."""
    return outcome.end in ("refused", "error")


def right_reason(entry: Entry, outcome: Outcome) -> bool:
    """Whether it also gave a reason of the right class."""
    known = {entry.reason} | SAME_CLASS.get(entry.reason, set())
    return refused(entry, outcome) and outcome.reason in known


def survived(entry: Entry, outcome: Outcome) -> bool:
    """Whether the file was loaded or refused, in time."""
    return outcome.end not in ("crash", "hang")


Check = Callable[[Entry, Outcome], bool]
CHECKS: dict[str, dict[str, Check]] = {
    "load": {"right shape": right_shape},
    "refuse": {"refused": refused, "right reason": right_reason},
    "either": {"no crash or hang": survived},
}


def print_table(entries: list[Entry], found: dict[str, list[Outcome]]) -> None:
    """One line per source, outcome, confidence and check; one column per reader; percentages."""
    print(f"{'percent of files':48}{'files':>6}" + "".join(f"{name:>13}" for name in found))
    for group in sorted({entry.group for entry in entries}):
        chosen = [number for number, entry in enumerate(entries) if entry.group == group]
        for check, holds in CHECKS[group[1]].items():
            label = f"{group[0]}, must {group[1]} ({group[2]}): {check}".replace(
                "must either", "either"
            )
            shares = (
                100 * sum(holds(entries[n], outcomes[n]) for n in chosen) / len(chosen)
                if name == "Assay" or check != "right reason"
                else None
                for name, outcomes in found.items()
            )
            cells = "".join(f"{'-' if s is None else f'{s:.1f}':>13}" for s in shares)
            print(f"{label:48}{len(chosen):6}{cells}")
    for end, label in (("crash", "crashes"), ("hang", "hangs")):
        counts = (sum(o.end == end for o in outcomes) for outcomes in found.values())
        print(f"{label:54}" + "".join(f"{count:13}" for count in counts))
    seconds = (sum(o.seconds for o in outcomes) for outcomes in found.values())
    print(f"{'seconds, summed over files':54}" + "".join(f"{s:13.1f}" for s in seconds))


def print_wrong(entries: list[Entry], outcomes: list[Outcome]) -> None:
    """The files that Assay does not read as it should."""
    print("\nAssay, not as it should be:")
    for entry, outcome in zip(entries, outcomes, strict=True):
        failed = [
            name for name, holds in CHECKS[entry.outcome].items() if not holds(entry, outcome)
        ]
        if failed:
            wanted = entry.shape if entry.outcome == "load" else entry.reason
            got = outcome.value or outcome.reason
            where = f"{entry.source}/{entry.path.name}"
            print(f"  {where:60} {entry.confidence:7} wanted {wanted}, {outcome.end} {got}")


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--source", help="only the files of this source")
    parser.add_argument("--readers", default=",".join(PEERS), help="which others to compare with")
    given = parser.parse_args()
    entries = manifest(given.corpus.resolve(), given.source)
    paths = [entry.path for entry in entries]
    ours = inspect(paths)
    found = {"Assay": ours.outcomes}
    for reader in filter(None, given.readers.split(",")):
        found[reader] = list(outcomes(READERS[reader], paths, shape, SECONDS))
    print_table(entries, found)
    rate = len(paths) / ours.seconds
    print(f"Assay: {rate:.1f} files a second, {ours.tracebacks} tracebacks in output and log")
    print_wrong(entries, found["Assay"])


if __name__ == "__main__":
    main()
