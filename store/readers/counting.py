"""Counts a byte in long texts several times faster than bytes.count, which stops at each hit."""

import numpy as np


def occurrences(text: bytes, sign: bytes, start: int = 0, stop: int | None = None) -> int:
    """How often a single byte stands in a part of a text."""
    stop = len(text) if stop is None else min(stop, len(text))
    if len(sign) != 1:
        return text.count(sign, start, stop)
    part = np.frombuffer(text, np.uint8, stop - start, start)
    return int(np.count_nonzero(part == sign[0]))


def line_feeds_after_returns(text: bytes) -> int:
    """How often CR LF stands in a text."""
    return text.count(b"\r\n") if b"\r" in text else 0
