"""Every class of hostile or awkward input, read as a job reads it: in a child with limits.

| class | tests |
|---|---|
| zip-bomb workbook, XML entities, damaged workbook | test_workbook*.py |
| decompression bombs | test_archives.py, and here: a bomb in many members |
| 100k columns; one 500 MB line; huge fields | here |
| NUL bytes, BOM variants, legacy code pages, mixed encodings | here; test_encoding.py |
| ragged rows, unclosed and stray quotes, odd line ends | here; test_delimited.py |
| duplicate, empty or otherwise awkward headers | here |
| empty, header only, one row, one column, all null, constant | here; test_refusals.py |
| formula injection, XSS, SQL, templates, URLs in values and headers | here |
| path traversal and other hostile file names | here; test_archives.py for names inside |
| deep, nested, irregular JSON; NaN and numbers beyond double | test_json*.py |
| huge integers, leading zeros; NA-like words, dates, local numbers | here |
| pickles and databases renamed; polyglots, wrong extensions | test_signatures.py |
| damaged Parquet and Arrow, odd types | test_parquet.py, test_arrow*.py |
"""

import gzip
import socket
import string

import pytest

from tests.store.readers.hostile import read_hostile

TABLE = "a,b\n1,2\n"
ROWS = [("a", "b"), ("1", "2")]
MEGABYTE = b"x" * 2**20


def repeated(piece: bytes, times: int, before: bytes = b"", after: bytes = b""):
    """Writes a large file without holding it."""

    def write(file):
        file.write(before)
        for _ in range(times):
            file.write(piece)
        file.write(after)

    return write


# Size


def test_a_hundred_thousand_columns_are_refused_with_the_limit(tmp_path):
    names = ",".join(f"c{n}" for n in range(100_000))
    outcome = read_hostile(tmp_path, f"{names}\n{names}\n")
    assert outcome.reason == "too_many_columns"
    assert "100,000" in outcome.message
    assert "5,000" in outcome.message


@pytest.mark.parametrize(
    ("piece", "before"),
    [(MEGABYTE, b""), (MEGABYTE, b"a,b\n1,"), (b"x," * 2**19, b""), (MEGABYTE, b'a,b\n1,"')],
    ids=["no line end", "in the second line", "all separators", "in quotes"],
)
def test_one_line_of_500_megabytes_is_refused(tmp_path, piece, before):
    outcome = read_hostile(tmp_path, repeated(piece, 500, before))
    assert outcome.reason in {"line_too_long", "too_many_columns"}
    assert "limit" in outcome.message or "at most" in outcome.message


def test_a_field_of_8_megabytes_is_kept_whole(tmp_path):
    field = "".join(f"{n:08x}" for n in range(2**20))
    outcome = read_hostile(tmp_path, f"a,b\n1,{field}\n3,4\n")
    assert outcome.cells == [("a", "b"), ("1", field), ("3", "4")]


def test_a_bomb_of_two_gigabytes_in_many_gzip_members_is_refused(tmp_path):
    member = gzip.compress(bytes(2**20))
    outcome = read_hostile(tmp_path, repeated(member, 2_000), "a.csv.gz")
    assert outcome.reason == "too_large_uncompressed"


def test_a_quote_that_never_closes_over_30_megabytes_swallows_nothing(tmp_path):
    outcome = read_hostile(tmp_path, repeated(b"1,2\n" * 2**18, 30, b'a,b\n1,"open\n'))
    assert outcome.reason or len(outcome.cells) + len(outcome.rejected) > 30 * 2**18


def test_nothing_but_quotes_ends(tmp_path):
    read_hostile(tmp_path, b"a,b\n" + b'"' * 2**21 + b"\n")
    read_hostile(tmp_path, b'a,b\n1,"x"y"z"\n' * 50_000)


# Bytes and encodings


def test_a_gigabyte_of_nul_bytes_is_binary(tmp_path):
    assert read_hostile(tmp_path, lambda file: file.truncate(2**30)).reason == "binary"


@pytest.mark.parametrize("nuls", [1, 2, 5_000])
def test_nul_bytes_in_a_text_are_kept_and_said_or_their_line_is_named(tmp_path, nuls):
    outcome = read_hostile(tmp_path, b"a,b\n1,2\n3,x" + bytes(nuls) + b"y\n5,6\n")
    if outcome.reason is None:
        assert any("NUL" in message for message in outcome.findings.values())
        assert ("1", "2") in outcome.cells
        assert ("5", "6") in outcome.cells
    else:
        assert outcome.reason == "binary"
        assert "line 3" in outcome.message


@pytest.mark.parametrize("mark", [True, False], ids=["with mark", "without"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_never_reaches_a_name_or_a_value(tmp_path, encoding, mark):
    text = "id,name\n" + "".join(f"{n},Zoë {n}\n" for n in range(50))
    outcome = read_hostile(tmp_path, (("\ufeff" if mark else "") + text).encode(encoding))
    assert outcome.cells[0] == ("id", "name")
    assert outcome.cells[1:] == [(str(n), f"Zoë {n}") for n in range(50)]


def test_only_a_byte_order_mark_is_empty(tmp_path):
    assert read_hostile(tmp_path, b"\xef\xbb\xbf").reason == "empty"
    assert read_hostile(tmp_path, b"\xff\xfe").reason == "empty"


def test_a_second_byte_order_mark_is_no_part_of_a_name(tmp_path):
    outcome = read_hostile(tmp_path, "\ufeff\ufeffid,b\n1,2\n".encode())
    assert outcome.cells[0] == ("id", "b")


def test_legacy_code_pages_are_named(tmp_path):
    text = "Stadt,Straße\n" + "Köln,Große Budengasse\nZürich,Bahnhofstraße\n" * 20
    outcome = read_hostile(tmp_path, text.encode("cp1252"))
    assert outcome.cells[1] == ("Köln", "Große Budengasse")
    assert outcome.dialect["encoding"] == "cp1252"
    assert "read.encoding-guessed" in outcome.findings


def test_a_stray_byte_late_in_the_file_is_found_and_said(tmp_path):
    lines = [f"{n},Zoë\n".encode() for n in range(60_000)]
    lines[59_000] = "59000,Zoë\n".encode("cp1252")
    outcome = read_hostile(tmp_path, b"a,b\n" + b"".join(lines))
    if outcome.reason is None:
        assert outcome.cells[59_001] in {("59000", "Zoë"), ("59000", "Zo\\xeb")}
        assert any("59,002" in message for message in outcome.findings.values())
    else:
        assert outcome.reason == "encoding"
    assert len(outcome.cells) in {0, 60_001}


# Rows


def lines(*ends: str) -> str:
    """A table of three columns in which each line ends in another way, in turn."""
    return "".join(
        f"{letter}1,{letter}2,{letter}3{ends[n % len(ends)]}"
        for n, letter in enumerate(string.ascii_lowercase)
    )


@pytest.mark.parametrize(
    "ends",
    [["\n"], ["\r"], ["\r\n"], ["\n\r"], ["\r\r\n"], ["\n", "\r\n"], ["\n", "\n", "\r"]],
    ids=repr,
)
def test_odd_line_ends_shift_and_drop_nothing(tmp_path, ends):
    outcome = read_hostile(tmp_path, lines(*ends), header=False)
    rows = [tuple(cell and cell.strip("\r") for cell in row) for row in outcome.cells[1:]]
    assert rows == [(f"{x}1", f"{x}2", f"{x}3") for x in string.ascii_lowercase]


@pytest.mark.parametrize("odd", ["\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"], ids=repr)
def test_what_only_some_programs_take_for_a_line_end_stays_in_its_cell(tmp_path, odd):
    outcome = read_hostile(tmp_path, f"a,b\nx{odd}y,1\n2,3\n")
    assert outcome.cells == [("a", "b"), (f"x{odd}y", "1"), ("2", "3")]


BROKEN = {
    "unclosed": '"{}',
    "stray": 'x"{}',
    "twice": '"x"{}"y"',
    "closed too early": '"x"{}',
    "apostrophe": "'{}",
    "escaped": '"\\"{}"',
    "lonely": '{}"',
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_quote_loses_no_word_and_spoils_no_other_row(tmp_path, broken):
    rows = [f"{n}a,{n}b,{n}c" for n in range(100)]
    rows[50] = f"50a,{BROKEN[broken].format('50b')},50c"
    outcome = read_hostile(tmp_path, "\n".join(["h1,h2,h3", *rows]) + "\n")
    words = outcome.texts
    assert [
        row for row in rows if not all(word.strip("\"'\\xy") in words for word in row.split(","))
    ] == []
    spoilt = [n for n in range(100) if (f"{n}a", f"{n}b", f"{n}c") not in outcome.cells]
    assert len(spoilt) <= 2, spoilt


@pytest.mark.parametrize(
    ("row", "is_kept"),
    [("x", True), ("x,y,z,w", False), ("x,y,z,", True), ("", True), (",,", True)],
)
def test_a_ragged_row_is_filled_up_or_set_aside_and_said(tmp_path, row, is_kept):
    rows = [f"{n}a,{n}b,{n}c" for n in range(20)]
    outcome = read_hostile(tmp_path, "\n".join(["h1,h2,h3", *rows[:10], row, *rows[10:]]) + "\n")
    assert [found for found in outcome.cells if found[0] in {f"{n}a" for n in range(20)}] == [
        tuple(line.split(",")) for line in rows
    ]
    assert bool(outcome.rejected) is not is_kept
    assert [raw.strip("\n") for _, raw, _ in outcome.rejected] == ([] if is_kept else [row])


# Headers and shapes

AWKWARD = [
    "__row_id",
    "__proto__",
    "constructor",
    "a.b[0]",
    "select",
    "'; DROP TABLE jobs;--",
    "<script>window.__xss=1</script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
    "../../etc/passwd",
    "=1+1",
    "null",
    "None",
    "\u202eevil",
    "é",
    "e\u0301",
    "日本",
    "👩‍👩‍👧",
    "x" * 10_000,
    "column_3",
]


def test_awkward_names_stay_as_they_are(tmp_path):
    outcome = read_hostile(tmp_path, ",".join(AWKWARD) + "\n" + ",".join("1" * len(AWKWARD)) + "\n")
    changed = [(was, now) for was, now in zip(AWKWARD, outcome.cells[0], strict=True) if was != now]
    assert [was for was, _ in changed] == ["__row_id"]
    assert len(set(outcome.cells[0])) == len(AWKWARD)


def test_equal_and_empty_names_keep_their_columns_apart(tmp_path):
    outcome = read_hostile(tmp_path, "a,a,,A,a_2,,a\n1,2,3,4,5,6,7\n")
    assert outcome.cells[1] == tuple("1234567")
    assert len(set(outcome.cells[0])) == 7
    assert outcome.cells[0][0] == "a"
    assert outcome.cells[0][4] == "a_2"
    assert outcome.findings.keys() & {"read.renamed-columns", "read.duplicate-names"} or any(
        "column" in message for message in outcome.findings.values()
    )


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("a\n1\n", [("a",), ("1",)]),
        ("a,b\n1,2", ROWS),
        ("a,b\n,\n,\n1,2\n", [("a", "b"), (None, None), (None, None), ("1", "2")]),
        ("a,b\n1,1\n1,1\n", [("a", "b"), ("1", "1"), ("1", "1")]),
        ('a,b\n"",x\n', [("a", "b"), ("", "x")]),
    ],
)
def test_small_and_monotonous_tables_are_read(tmp_path, content, cells):
    assert read_hostile(tmp_path, content).cells == cells


def test_names_without_rows_are_an_empty_table(tmp_path):
    assert read_hostile(tmp_path, "a,b\n").cells == [("a", "b")]


@pytest.mark.parametrize("content", ["", "\n", " \n \n", "\ufeff", "\ufeff\r\n"])
def test_a_file_of_nothing_is_empty(tmp_path, content):
    assert read_hostile(tmp_path, content).reason == "empty"


# Values

VALUES = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    '=HYPERLINK("http://127.0.0.1:{port}/x","y")',
    '=IMPORTXML("http://127.0.0.1:{port}/x","//a")',
    "http://127.0.0.1:{port}/canary",
    "file://{canary}",
    "s3://127.0.0.1/canary",
    "\\\\127.0.0.1\\share",
    "$(touch {canary})",
    "`touch {canary}`",
    "; touch {canary}",
    "| touch {canary}",
    "__import__('os').mkdir('{canary}')",
    "<img src=http://127.0.0.1:{port}/x onerror=alert(1)>",
    "<!ENTITY x SYSTEM 'http://127.0.0.1:{port}/x'>",
    "'; DROP TABLE jobs; --",
    "{{7*7}}",
    "${7*7}",
    "%n%s%p",
    "\x1b[31mred\x1b[0m",
    "\u202eright to left",
    "zero\u200bwidth",
    "007",
    "1234567890123456789012345678901234567890",
    "9" * 5_000,
    "1e5",
    "1E400",
    "-0",
    "0x1F",
    "1_000",
    "١٢٣",
    "NA",
    "N/A",
    "NaN",
    "nan",
    "null",
    "NULL",
    "None",
    "Infinity",
    "-inf",
    "true",
    "31.02.2023",
    "2023-02-30",
    "03/04/05",
    "1.234,56",
    "1 234,56",
    "1'234.56",
    "12:61",
    "Å",
    "A\u030a",
    "ﬁ",
    "   ",
    " padded ",
]


def test_values_are_data_and_stay_as_they_stand(tmp_path):
    canary = tmp_path / "canary"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        values = [v.replace("{port}", str(port)).replace("{canary}", str(canary)) for v in VALUES]
        rows = "".join('{},"{}"\n'.format(n, v.replace('"', '""')) for n, v in enumerate(values))
        outcome = read_hostile(tmp_path, f"n,value\n{rows}")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert [cells[1] for cells in outcome.cells[1:]] == values
    assert not canary.exists()


# File names

NAMES = [
    "../../../etc/passwd.csv",
    "..\\..\\boot.csv",
    "/etc/passwd.csv",
    "C:\\Windows\\x.csv",
    "a\r\nSet-Cookie: x=1\r\n.csv",
    "\x1b[31mred\x1b[0m.csv",
    "\u202evsc.exe.csv",
    "a\x00b.csv",
    "a\u2028b.csv",
    "x" * 5_000 + ".csv",
    "<img src=x onerror=alert(1)>.csv",
    "'; DROP TABLE jobs;--.csv",
    "{name} %s {0}.csv",
    "\ud800.csv",
    "con.csv",
    ".csv",
    "é 日本 👩‍👧.CSV",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_file_name_is_only_text(tmp_path, name):
    assert read_hostile(tmp_path, TABLE, name).cells == ROWS
    for content in (b"", b"%PDF-1.7", b"a,b\n1,\0" * 20, b"\x1f\x8b"):
        assert read_hostile(tmp_path, content, name).reason


def test_a_refusal_says_the_last_part_of_a_name_with_signs_that_cannot_be_seen(tmp_path):
    message = read_hostile(tmp_path, b"", "../x/a\r\n\u202eb.csv").message
    assert "'a\\r\\n\\u202eb.csv'" in message


def test_after_all_that_the_next_good_file_is_read(tmp_path):
    assert read_hostile(tmp_path, bytes(10_000)).reason == "binary"
    assert read_hostile(tmp_path, TABLE).cells == ROWS
