"""How two values are compared: the levels of each column type, as SQL conditions."""

from dataclasses import dataclass
from typing import Any

from transformers.master_my_data.header_words import ADDRESS_ROLES

# |A∩B| / |A∪B| >= share, written with one intersection; the lists hold each word once.
SHARED_WORDS = "len(list_intersect({l}, {r})) * (1 + {share}) >= {share} * (len({l}) + len({r}))"
SAME_WORDS = (
    "(contains({l}, ' ') and list_sort(string_split({l}, ' ')) = list_sort(string_split({r}, ' ')))"
)
EQUAL = ("equal", "{l} = {r}")
NAME = (
    EQUAL,
    ("almost equal", f"jaro_winkler_similarity({{l}}, {{r}}) >= 0.92 or {SAME_WORDS}"),
    ("similar", "jaro_winkler_similarity({l}, {r}) >= 0.8"),
)
EMAIL = (
    EQUAL,
    ("almost equal", "jaro_winkler_similarity({l}, {r}) >= 0.97"),
    ("similar", "jaro_winkler_similarity({l}, {r}) >= 0.88"),
)
EDITS = (
    EQUAL,
    ("1 edit", "length({l}) >= 3 and levenshtein({l}, {r}) <= 1"),
    ("2 edits", "length({l}) >= 6 and levenshtein({l}, {r}) <= 2"),
)
TEXT = tuple(
    (f"{share:.0%} of words", SHARED_WORDS.replace("{share}", str(share)))
    for share in (0.9, 0.7, 0.5, 0.3)
)
NUMBER = (
    EQUAL,
    ("within 5 %", "abs({l} - {r}) <= 0.05 * greatest(abs({l}), abs({r}))"),
    ("within 25 %", "abs({l} - {r}) <= 0.25 * greatest(abs({l}), abs({r}))"),
)

LEVELS: dict[str, tuple[tuple[tuple[str, str], ...], tuple[float, ...]]] = {
    "name": (NAME, (0.07, 0.08, 0.15, 0.70)),
    "email": (EMAIL, (0.07, 0.08, 0.15, 0.70)),
    "text": (TEXT, (0.08, 0.07, 0.10, 0.15, 0.60)),
    "code": (EDITS, (0.10, 0.03, 0.07, 0.80)),
    "date": (EDITS, (0.07, 0.03, 0.08, 0.82)),
    "num": (NUMBER, (0.25, 0.15, 0.20, 0.40)),
    "year": ((EQUAL, ("1 edit", "levenshtein({l}, {r}) <= 1")), (0.10, 0.10, 0.80)),
    "cat": ((EQUAL,), (0.15, 0.85)),
}
"""By column type: levels from the most alike down, and the start of m from "else" up."""

ADDRESS_PRIOR = (0.08, 0.07, 0.10, 0.20, 0.55)


@dataclass(frozen=True)
class Comparison:
    """One piece of evidence about a pair of records.

    `forms` are the columns c0 … it reads, `levels` (label, SQL) from the most alike down without
    the last one ("else"), `prior` the first guess of m from "else" up.
    """

    name: str
    columns: tuple[str, ...]
    forms: tuple[str, ...]
    no_evidence: str
    levels: tuple[tuple[str, str], ...]
    prior: tuple[float, ...]

    def labels(self) -> tuple[str, ...]:
        """Names of the levels from "else" up."""
        return ("different", *(label for label, _ in reversed(self.levels)))


def comparisons(columns: list[dict[str, Any]]) -> tuple[Comparison, ...]:
    """One comparison per column, but a single one for all parts of an address.

    The parts of an address depend on each other; counted one by one the same evidence would
    count several times.
    """
    parts = {f"c{i}": part for i, part in enumerate(columns)}
    address = {name: part for name, part in parts.items() if part["role"] in ADDRESS_ROLES}
    if len(address) < 2:
        address = {}
    alone = [single(name, part) for name, part in parts.items() if name not in address]
    return (*alone, *([grouped(address)] if address else []))


def single(name: str, part: dict[str, Any]) -> Comparison:
    """The comparison of one column by its type."""
    levels, prior = LEVELS[part["type"]]
    left, right = f'"{name}_l"', f'"{name}_r"'
    written = tuple((label, sql.format(l=left, r=right)) for label, sql in levels)
    missing = f"{left} is null or {right} is null"
    return Comparison(name, (part["column"],), (name,), missing, written, prior)


def grouped(members: dict[str, dict[str, Any]]) -> Comparison:
    """The comparison of several columns by the share of filled members that agree."""
    filled = " + ".join(
        f'("{name}_l" is not null and "{name}_r" is not null)::int' for name in members
    )
    agreed = " + ".join(
        f"coalesce({agrees(name, part['type'])}, false)::int" for name, part in members.items()
    )
    levels = (
        ("all parts agree", f"({filled}) >= 2 and ({agreed}) = ({filled})"),
        ("most parts agree", f"({agreed}) >= 0.66 * ({filled})"),
        ("half of the parts agree", f"({agreed}) >= 0.5 * ({filled})"),
        ("some part agrees", f"({agreed}) >= 1"),
    )
    columns = tuple(part["column"] for part in members.values())
    return Comparison(
        "_".join(members), columns, tuple(members), f"({filled}) = 0", levels, ADDRESS_PRIOR
    )


def agrees(name: str, kind: str) -> str:
    """The SQL condition under which one member of a group agrees."""
    left, right = f'"{name}_l"', f'"{name}_r"'
    if kind in ("name", "email"):
        return f"jaro_winkler_similarity({left}, {right}) >= 0.88"
    if kind == "text":
        return SHARED_WORDS.format(l=left, r=right, share=0.5)
    return f"{left} = {right}"
