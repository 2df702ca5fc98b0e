"""What is said about a JSON file: what was left out, flattened, kept as JSON or set aside."""

from collections.abc import Iterable, Iterator, Sequence

from core import Finding, Severity
from store.readers.json_values import Notes

MAX_LISTED = 10


def listed(names: Sequence[str]) -> str:
    """The first few names in quotes."""
    more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
    return ", ".join(f"'{name}'" for name in names[:MAX_LISTED]) + more


def counted(count: int, one: str, many: str) -> str:
    """A number and what it counts."""
    return f"{count:,} {one if count == 1 else many}"


def findings(notes: Notes, flattened: Sequence[str], nested: Sequence[str]) -> tuple[Finding, ...]:
    """All that was noticed; `flattened` and `nested` are names of columns."""
    parts: Iterable[Iterator[Finding]] = (
        of_columns(flattened, nested),
        of_repeated(notes),
        of_parts(notes),
        of_rejects(notes),
    )
    return tuple(finding for part in parts for finding in part)


def of_columns(flattened: Sequence[str], nested: Sequence[str]) -> Iterator[Finding]:
    """Columns made from nested objects, and columns whose cells are JSON."""
    if flattened:
        count = counted(len(flattened), "column comes", "columns come")
        text = f"{count} from nested objects, their names joined by dots: {listed(flattened)}."
        evidence = {"columns": len(flattened)}
        yield Finding("read.flattened", Severity.INFO, text, tuple(flattened), evidence=evidence)
    if nested:
        count = counted(len(nested), "column holds", "columns hold")
        text = f"{count} nested values, kept as JSON text: {listed(nested)}."
        yield Finding(
            "read.nested-values",
            Severity.LOW,
            text,
            tuple(nested),
            evidence={"columns": len(nested)},
        )


def of_repeated(notes: Notes) -> Iterator[Finding]:
    """Values that stand beside the last one because an object names a key twice."""
    if notes.repeated_keys:
        text = (
            f"Some objects repeat a key; its last value counts, and "
            f"{counted(notes.repeated, 'earlier value stands', 'earlier values stand')} beside it, "
            "in a column whose name ends in '(earlier)' or in the JSON text of a cell: "
            f"{listed(sorted(notes.repeated_keys))}."
        )
        evidence = {"values": notes.repeated, "keys": dict(notes.repeated_keys)}
        yield Finding("read.repeated-keys", Severity.MEDIUM, text, evidence=evidence)


def of_parts(notes: Notes) -> Iterator[Finding]:
    """Parts of the document beside the list of records."""
    if notes.left_out:
        count = counted(len(notes.left_out), "other part was", "other parts were")
        read = f"'{notes.part}'" if notes.part else "the last value of each key"
        text = f"Only {read} was read; {count} left out: {listed(notes.left_out)}."
        evidence = {"part": notes.part, "left_out": list(notes.left_out)}
        yield Finding("read.parts-left-out", Severity.LOW, text, evidence=evidence)


def of_rejects(notes: Notes) -> Iterator[Finding]:
    """Records set aside."""
    if notes.bad:
        what = "line" if notes.lines else "value"
        count = counted(notes.bad, f"{what} is", f"{what}s are")
        text = f"{count} no record and set aside, first of all: {notes.first_bad}."
        yield Finding(
            "read.rejected-rows",
            Severity.HIGH,
            text,
            rows=notes.bad,
            evidence={"rows": notes.bad},
        )
