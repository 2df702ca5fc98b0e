"""Which encoding a text is in: byte order marks, and the most plausible one where none fits."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import charset_normalizer

from core import UnreadableFile
from store.readers.mixed_text import aligned, strays

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
FOREIGN_SHARE = 0.5
"""Above this share of non-ASCII bytes in words that hold any the text is not in a Latin script."""

COMMON = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÍÎÑÓÔÕÖØÚÛÜŒ")
MAX_LINES = 2_000
PIECE_BYTES = 4 * 2**20
HIGH_LINES = re.compile(rb"[^\n\r]*[\x80-\xff][^\n\r]*")
HIGH_WORDS = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
HIGH_BYTES = re.compile(rb"[\x80-\xff]")
HIGH = re.compile(r"[^\x00-\x7f]")

UNDECODABLE = "assay-undecodable"
FIRST_MARK = 0x10FF00
MARKS = re.compile("[\U0010ff00-\U0010ffff]")
MARKS_UTF8 = re.compile(rb"\xf4\x8f[\xbc-\xbf]")
"""Private characters, of which no text makes use, stand for bytes that could not be decoded."""


@dataclass(frozen=True)
class Legacy:
    """What a file is that is no UTF-8; with `stray` bytes it is UTF-8 for the most part."""

    encoding: str
    stray: int = 0
    stray_lines: tuple[int, ...] = ()


def mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Stand a private character for each byte that could not be decoded (a codecs handler)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    marks = (chr(FIRST_MARK + byte) for byte in error.object[error.start : error.end])
    return "".join(marks), error.end


codecs.register_error(UNDECODABLE, mark_undecodable)


def with_bytes(text: str) -> str:
    """A text in which bytes that could not be decoded are written as \\x81."""
    return MARKS.sub(lambda match: f"\\x{ord(match.group()) - FIRST_MARK:02x}", text)


def refuse_binary(piece: bytes, offset: int, lines: int, name: str) -> UnreadableFile:
    """The refusal of a file with NUL bytes, naming the first one."""
    place = piece.index(0)
    line = lines + piece.count(b"\n", 0, place) + 1
    return UnreadableFile(
        "binary",
        f"'{name}' is not a text file: it has a NUL byte at offset {offset + place:,} "
        f"(line {line:,}); export the table again as text.",
    )


def refuse_encoding(path: Path, encoding: str, name: str) -> UnreadableFile:
    """The refusal of a file that is not in the encoding it should be in, with the place."""
    decoder = codecs.getincrementaldecoder(encoding)()
    fed = lines = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            try:
                decoder.decode(piece, final=len(piece) < PIECE_BYTES)
            except UnicodeDecodeError as error:
                fed += error.start - (len(error.object) - len(piece))
                lines += bytes(error.object).count(b"\n", 0, error.start)
                break
            fed += len(piece)
            lines += piece.count(b"\n")
    return UnreadableFile(
        "encoding",
        f"'{name}' is not {encoding} text: byte {fed:,} (line {lines + 1:,}) does not fit; "
        "choose another encoding.",
    )


def without_bom(head: bytes) -> str | None:
    """UTF-16 or UTF-32 by the zeros that ASCII letters leave in the first bytes; else None."""
    shares = [head[place::4].count(0) / max(1, len(head[place::4])) for place in range(4)]
    high = "".join("0" if share > 0.4 else "x" for share in shares)
    low = max((share for share in shares if share <= 0.4), default=0.0)
    patterns = {"x000": "utf-32-le", "000x": "utf-32-be", "x0x0": "utf-16-le", "0x0x": "utf-16-be"}
    return patterns.get(high) if low < 0.1 else None


def legacy_encoding(path: Path, bom: int) -> Legacy:
    """What a file is that is no valid UTF-8."""
    with path.open("rb") as file:
        file.seek(bom)
        invalid, valid, lines = strays(iter(lambda: file.read(PIECE_BYTES), b""))
    if bom or valid >= 3 * invalid:
        return Legacy("utf-8", invalid, tuple(lines))
    with path.open("rb") as file:
        pieces = aligned(iter(lambda: file.read(PIECE_BYTES), b""))
        lines_found = (match.group() for piece in pieces for match in HIGH_LINES.finditer(piece))
        sample = b"\n".join(islice(lines_found, MAX_LINES))
    words = HIGH_WORDS.findall(sample)
    high = sum(len(HIGH_BYTES.findall(word)) for word in words)
    is_foreign = high > FOREIGN_SHARE * sum(map(len, words))
    return Legacy((foreign(b"\n".join(words)) if is_foreign else None) or latin(sample))


def foreign(words: bytes) -> str | None:
    """What a library makes of words that are not in a Latin script; None when it sees Latin."""
    best = charset_normalizer.from_bytes(words).best()
    if best is None:
        return None
    letters = [sign for sign in str(best) if sign.isalpha() and not sign.isascii()]
    is_latin = sum(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    is_known = 2 * is_latin <= len(letters) and not best.encoding.startswith("utf")
    return best.encoding if is_known else None


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
