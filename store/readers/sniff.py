"""Which format a file is in: its content against its name, inside any packing."""

from dataclasses import dataclass
from pathlib import Path

from core import Finding, Severity, UnreadableFile
from store.readers.file_names import extension, shown
from store.readers.kinds import (
    ACCEPTED,
    EXTENSIONS,
    PACKED,
    TEXTS,
    UNKNOWN,
    UNPACK,
    Format,
    Kind,
    Packing,
)
from store.readers.reading import refuse_blank
from store.readers.signatures import HEAD_BYTES, kind_of
from store.readers.unpack import unpack

UNPACKED = "unpacked"


@dataclass(frozen=True)
class Upload:
    """A file ready to be read.

    `plain` is the path of its content, unpacked; `name` is what messages call it; `packing` says
    what it was unpacked from.
    """

    plain: Path
    name: str
    format: Format
    findings: tuple[Finding, ...] = ()
    packing: Packing | None = None


def identify(path: Path, name: str, folder: Path) -> Upload:
    """Tell the format of a file by content and name, which must agree, and unpack it.

    `name` is the user's file name. What is packed is unpacked into `folder`. Raises
    UnreadableFile: wrong_type (content contradicts the name), unsupported_type, empty, or what
    `unpack` raises.
    """
    name = shown(name)
    ending = extension(name)
    kind = look(path, name)
    packing = PACKED.get(ending)
    if packing is None:
        chosen = agreed_format(kind, ending, name)
        return Upload(path, name, chosen, differs(chosen, kind, ending))
    if kind.packing != packing:
        raise refusal(kind, ending, name)
    return identify_inside(path, name, packing, folder / UNPACKED)


def identify_inside(path: Path, name: str, packing: Packing, plain: Path) -> Upload:
    """The same for a packed file: by the name inside, by the name before .gz, or by content."""
    inside = shown(unpack(path, name, packing, plain))
    outside = name.rpartition(".")[0]
    endings = [extension(inside or outside), extension(outside)]
    ending = next((ending for ending in endings if ending in EXTENSIONS), endings[0])
    label = f"{name} › {inside}" if inside else name
    kind = look(plain, label)
    if kind.packing:
        raise UnreadableFile(
            "unsupported_type",
            f"'{label}' is {kind.looks} inside another archive; {UNPACK}.",
        )
    if kind.format in TEXTS and not ending.isalpha():
        return Upload(plain, label, kind.format, (), packing)
    chosen = agreed_format(kind, ending, label)
    return Upload(plain, label, chosen, differs(chosen, kind, ending), packing)


def look(path: Path, name: str) -> Kind:
    """What a file is, by content. Raises UnreadableFile when it has none."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise refuse_blank(name)
    return kind_of(path, head)


def agreed_format(kind: Kind, ending: str, name: str) -> Format:
    """The format in which to read a file. Raises UnreadableFile when content and name disagree.

    Among text formats the content decides, but what is called JSON is read as JSON: it is refused
    at the place where it stops being JSON, and not taken for a table of odd cells.
    """
    claimed = EXTENSIONS.get(ending)
    if claimed in ("json", "jsonl") and (kind.format in TEXTS or kind is UNKNOWN):
        return claimed
    if claimed == "csv" and kind is UNKNOWN:
        # The text reader knows more encodings, and names the byte that is no text.
        return claimed
    is_agreed = claimed in (None, kind.format) or (claimed == "csv" and kind.format in TEXTS)
    if kind.format is None or not is_agreed or (claimed is None and kind.format in TEXTS):
        raise refusal(kind, ending, name)
    return kind.format


def differs(chosen: Format, kind: Kind, ending: str) -> tuple[Finding, ...]:
    """The finding about a name that says another format than the one that was read."""
    if not ending or EXTENSIONS.get(ending) == chosen:
        return ()
    return (
        Finding(
            "read.content-differs",
            Severity.LOW,
            f"The name ends in .{ending}, but the content is {kind.looks} and was read as such.",
            evidence={"extension": ending, "format": chosen},
        ),
    )


def refusal(kind: Kind, ending: str, name: str) -> UnreadableFile:
    """Say that content and name disagree, or that such files are not read here."""
    if ending in EXTENSIONS or ending in PACKED:
        return UnreadableFile(
            "wrong_type",
            f"'{name}' looks like {kind.looks}, although its name ends in .{ending}; "
            f"{kind.advice}.",
        )
    if kind.format or kind.packing:
        return UnreadableFile(
            "unsupported_type",
            f"'{name}' looks like {kind.looks}, but its name does not end as such files do; "
            f"{kind.advice}. Accepted are {ACCEPTED}.",
        )
    return UnreadableFile(
        "unsupported_type",
        f"'{name}' looks like {kind.looks}, which is not supported; {kind.advice}. "
        f"Accepted are {ACCEPTED}.",
    )
