"""Numbers, times and other people's texts, in words that are safe to show."""

import re

MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$^\"'&=/])")
LINKS = re.compile(r"(?i)(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=https:)(?=//)|(?<=http:)(?=//)")
WORD_JOINER = "\u2060"
UNITS = (("GB", 2**30), ("MB", 2**20), ("kB", 2**10))


def escape(text: object) -> str:
    """A text that came from a user, made safe for labels that are read as Markdown.

    Addresses are broken by an invisible character, because they would become links even when
    every sign is escaped.
    """
    flat = " ".join(str(text).split())
    return MARKDOWN.sub(r"\\\1", LINKS.sub(WORD_JOINER, flat))


def plural(count: int, noun: str) -> str:
    """ "1 row", "1,204 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def in_bytes(size: int) -> str:
    """A file size: "1.4 MB"."""
    for unit, factor in UNITS:
        if size >= factor:
            amount = size / factor
            return f"{amount:,.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"
    return plural(size, "byte")


def duration(seconds: float) -> str:
    """A length of time: "0.4 s", "31 s", "1 m 12 s", "2 h 5 m", "3 d 4 h"."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    for big, small, factor, unit in (("d", "h", 86_400, 3_600), ("h", "m", 3_600, 60)):
        if whole >= factor:
            return f"{whole // factor} {big} {whole % factor // unit} {small}"
    return f"{whole // 60} m {whole % 60} s" if whole >= 60 else f"{whole} s"


def ago(at: float, now: float) -> str:
    """How long a moment (seconds since the epoch) lies back: "just now", "6 min ago"."""
    seconds = max(now - at, 0)
    if seconds < 60:
        return "just now"
    if seconds < 3_600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds // 3_600:.0f} h ago"
    return f"{seconds // 86_400:.0f} d ago"
