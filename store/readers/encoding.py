"""Bytes to UTF-8: byte order mark, strict UTF-8, else the most plausible legacy encoding."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import charset_normalizer

from core import UnreadableFile

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LATIN = ("cp1252", "mac_roman", "cp850", "cp1250", "iso8859_2")
"""Encodings of mostly-ASCII text; the first wins ties, because it is by far the commonest."""

BIAS = 0.02
FOREIGN_SHARE = 0.35
"""Above this share of non-ASCII bytes among letters the text is not in a Latin script."""

COMMON = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÍÎÑÓÔÕÖØÚÛÜŒ")
MAX_LINES = 2_000
CHUNK = 2**20
HIGH_LINES = re.compile(rb"[^\n\r]*[\x80-\xff][^\n\r]*")
HIGH = re.compile(r"[^\x00-\x7f]")

CP1252_OF_STRAY = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}


@dataclass(frozen=True)
class Decoded:
    """A text as UTF-8 without byte order mark, and how it was understood.

    `stray` counts the bytes of a UTF-8 file that are no UTF-8 and were read as cp1252.
    """

    utf8: bytes
    encoding: str
    how: Literal["bom", "valid", "chosen", "guessed"]
    stray: int = 0


def decode(content: bytes, chosen: str | None, name: str) -> Decoded:
    """Turn a text file into UTF-8.

    Raises UnreadableFile: `binary` for NUL bytes, `encoding` when the chosen encoding, or the
    one announced by a byte order mark, does not fit.
    """
    bom = next(((mark, known) for mark, known in BOMS if content.startswith(mark)), None)
    if chosen:
        return Decoded(strict(content, chosen, name), chosen, "chosen")
    if bom:
        return Decoded(strict(content[len(bom[0]) :], bom[1], name), bom[1], "bom")
    if b"\0" in content:
        encoding = utf16_without_bom(content)
        if encoding is None:
            raise refuse_binary(content, name)
        return Decoded(strict(content, encoding, name), encoding, "guessed")
    if is_utf8(content):
        return Decoded(content, "utf-8", "valid")
    return mixed(content) or guess(content)


def strict(content: bytes, encoding: str, name: str) -> bytes:
    """UTF-8 of a text in a known encoding, without byte order mark or NUL."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            "encoding",
            f"'{name}' is not {encoding} text: byte {error.start:,} (line "
            f"{content.count(10, 0, error.start) + 1:,}) does not fit; choose another encoding.",
        ) from error
    utf8 = text.removeprefix("\ufeff").encode("utf-8", "replace")
    if b"\0" in utf8:
        raise refuse_binary(utf8, name)
    return utf8


def refuse_binary(content: bytes, name: str) -> UnreadableFile:
    """The refusal of a file with NUL bytes, naming the first one."""
    offset = content.index(0)
    line = content.count(b"\n", 0, offset) + 1
    return UnreadableFile(
        "binary",
        f"'{name}' is not a text file: it has a NUL byte at offset {offset:,} (line {line:,}); "
        "export the table again as text.",
    )


def is_utf8(content: bytes) -> bool:
    """Whether all bytes are valid UTF-8, checked in pieces so that no copy is held."""
    if content.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    try:
        for start in range(0, len(content), CHUNK):
            decoder.decode(view[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def utf16_without_bom(content: bytes) -> str | None:
    """UTF-16 by the zeros in every other byte, as ASCII letters leave them; else None."""
    head = content[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def mixed(content: bytes) -> Decoded | None:
    """UTF-8 with a few bytes of another encoding, read as cp1252; None when it is not that."""
    text = content.decode("utf-8", "surrogateescape")
    stray = len(re.findall("[\udc80-\udcff]", text))
    valid = len(HIGH.findall(text)) - stray
    if valid < 3 * stray:
        return None
    return Decoded(text.translate(CP1252_OF_STRAY).encode(), "utf-8", "guessed", stray)


def guess(content: bytes) -> Decoded:
    """The most plausible legacy encoding, judged by the lines that hold its characters."""
    lines = (match.group() for match in HIGH_LINES.finditer(content))
    sample = b"\n".join(islice(lines, MAX_LINES))
    high = len(re.findall(rb"[\x80-\xff]", sample))
    letters = len(re.findall(rb"[A-Za-z]", sample))
    encoding = foreign(sample) if high > FOREIGN_SHARE * (high + letters) else None
    encoding = encoding or latin(sample)
    try:
        return Decoded(content.decode(encoding).encode(), encoding, "guessed")
    except UnicodeDecodeError:
        return Decoded(content.decode("latin-1").encode(), "latin-1", "guessed")


def foreign(sample: bytes) -> str | None:
    """What a library makes of a text that is not in a Latin script."""
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else None


def latin(sample: bytes) -> str:
    """The encoding in which the most non-ASCII characters stand where such characters do."""
    scores = {}
    for encoding in LATIN:
        try:
            scores[encoding] = plausibility(sample.decode(encoding))
        except UnicodeDecodeError:
            continue
    scores["cp1252"] = scores.get("cp1252", -BIAS - 1) + BIAS
    return max(scores, key=lambda encoding: scores[encoding])


def plausibility(text: str) -> float:
    """Mean fitness, 0 to 1, of the non-ASCII characters to their neighbours."""
    text = f" {text} "
    fits = [
        fitness(text[i - 1], text[i], text[i + 1])
        for i in (match.start() for match in HIGH.finditer(text))
    ]
    return sum(fits) / len(fits) if fits else 0.0


def fitness(before: str, character: str, after: str) -> float:
    """How well a character fits: letters among letters of like case, signs at word edges."""
    if character.isalpha() and character not in "ªº":
        if character.isupper() and before.islower():
            return 0.0
        if not unicodedata.name(character, "").startswith("LATIN"):
            return 0.0
        alone = not (before.isalpha() or after.isalpha())
        return (1.0 if character in COMMON else 0.8) * (0.5 if alone else 1.0)
    if character in "’":
        return 0.9
    if character in "“”‘„«»–—€£§°•…©®™¿¡´²½ªº№\xa0":
        return 0.0 if before.isalpha() and after.isalpha() else 0.8
    return 0.0
