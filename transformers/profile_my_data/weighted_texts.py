"""Statistics of text columns from distinct values and their counts: lengths, top values, masks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from transformers.columns import most_common

TOP = 10
SHOWN = 200
"""Characters of a value that are kept in a profile."""


@dataclass(frozen=True)
class Lengths:
    """Lengths of the texts in characters."""

    min: int
    max: int
    mean: float


@dataclass(frozen=True)
class TopValue:
    """A frequent value and how often it occurs."""

    value: Any
    count: int


@dataclass(frozen=True)
class Mask:
    """A shape: digits are 9, runs of letters A or a, runs of other scripts u."""

    mask: str
    count: int


def shown(value: Any) -> str:
    """The first characters of a value, with an ellipsis when there is more."""
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def lengths(counts: pl.DataFrame) -> Lengths:
    """Shortest, longest and mean length in characters; mean over cells, not distinct values."""
    sizes = counts["value"].str.len_chars().to_numpy()
    total = float(np.dot(sizes.astype(np.float64), counts["count"].to_numpy()))
    return Lengths(int(sizes.min()), int(sizes.max()), total / int(counts["count"].sum()))


def top(counts: pl.DataFrame) -> tuple[TopValue, ...]:
    """The commonest values, the most frequent first, ties by value."""
    common = most_common(counts, TOP)
    return tuple(TopValue(shown(value), count) for value, count in common.iter_rows())


def masks(counts: pl.DataFrame) -> tuple[Mask, ...]:
    """The commonest shapes of the values."""
    raw = pl.DataFrame({"mask": byte_masks(counts["value"]), "count": counts["count"]})
    few = raw.group_by("mask").agg(pl.col("count").sum())
    runs = pl.col("mask").str.replace_all("A+", "A").str.replace_all("a+", "a")
    collapsed = few.with_columns(runs.str.replace_all("u+", "u"))
    shapes = collapsed.group_by("mask").agg(pl.col("count").sum())
    ranked = most_common(shapes.rename({"mask": "value"}), TOP)
    return tuple(Mask(shown(mask), count) for mask, count in ranked.iter_rows())


def byte_masks(values: pl.Series) -> pl.Series:
    """Character classes of non-null texts, byte by byte.

    The whole string buffer goes through one table of 256 classes while the offsets are reused:
    three times faster than regular expressions on a million distinct values.
    """
    text = values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = text.buffers()
    classes = pa.py_buffer(byte_classes()[np.frombuffer(data or b"", np.uint8)])
    buffers = [None, offsets, classes]
    masked = pa.Array.from_buffers(text.type, len(text), buffers, offset=text.offset)
    return pl.Series(masked)


def byte_classes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The class of each byte: 9, A, a, u for parts of non-ASCII characters, else itself."""
    classes = np.arange(256, dtype=np.uint8)
    for first, last, shape in ("099", "AZA", "aza"):
        classes[ord(first) : ord(last) + 1] = ord(shape)
    classes[128:] = ord("u")
    return classes
