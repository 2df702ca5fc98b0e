"""The files deviate in one way each, and their truths are what stands in them."""

import csv
import io

import pytest

from benchmarks.clean_tables import TABLES, Table
from benchmarks.deviations import ENCODINGS, cases
from benchmarks.file_forms import DELIMITERS, render

CASES = list(cases())


def chosen(deviation, variant=None):
    return [
        (TABLES[table](), case)
        for table, case in CASES
        if case.deviation == deviation and variant in (None, case.variant)
    ]


def parsed(text, **form):
    return [tuple(record) for record in csv.reader(io.StringIO(text, newline=""), **form)]


def test_the_tables_are_the_same_each_time():
    assert {name: make() for name, make in TABLES.items()} == {n: m() for n, m in TABLES.items()}
    shapes = {name: (len(make().rows), len(make().names)) for name, make in TABLES.items()}
    assert shapes == {
        "deliveries": (80, 9),
        "staff": (30, 4),
        "stations": (200, 15),
        "stock": (5, 3),
        "answers": (24, 2),
    }


def test_no_file_is_there_twice_and_one_of_each_table_is_clean():
    contents = [case.content for _, case in CASES]
    assert len(set(contents)) == len(contents) - (len(TABLES) - 1), (
        "no payload is empty for each table"
    )
    clean = {render(make()).encode() for make in TABLES.values()}
    assert {case.deviation for _, case in CASES if case.content in clean} == {"none"}


@pytest.mark.parametrize("name", [n for n, mark in DELIMITERS.items() if len(mark) == 1])
def test_a_reader_that_knows_the_separator_finds_the_truth(name):
    for _, case in chosen("delimiter", name):
        assert parsed(case.content.decode(), delimiter=DELIMITERS[name]) == case.truth.records


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_reader_that_knows_the_encoding_finds_the_truth(encoding):
    for _, case in chosen("encoding", encoding):
        assert parsed(case.content.decode(encoding)) == case.truth.records


def test_a_reader_that_knows_the_escape_finds_the_truth():
    for _, case in chosen("escape", "backslash"):
        records = parsed(case.content.decode(), escapechar="\\", doublequote=False)
        assert records == case.truth.records


@pytest.mark.parametrize("deviation", ["one more", "one less"])
def test_a_separator_too_many_or_too_few_changes_one_record(deviation):
    for table, case in chosen(deviation):
        records = parsed(case.content.decode())
        changed = [n for n, (a, b) in enumerate(zip(records, table.records, strict=True)) if a != b]
        assert len(changed) == 1
        assert len(records[changed[0]]) == len(table.names) + (1 if deviation == "one more" else -1)
        assert records == case.truth.records


@pytest.mark.parametrize("deviation", [f"quote at the {at}" for at in ("start", "middle", "end")])
def test_a_stray_quote_adds_one_character(deviation):
    for table, case in chosen(deviation):
        assert len(case.content) == len(render(table).encode()) + 1
        differing = [
            (a, b) for a, b in zip(case.truth.records, table.records, strict=True) if a != b
        ]
        [(found, clean)] = differing
        assert sum(cell.count('"') for cell in found) == sum(c.count('"') for c in clean) + 1


def test_lines_around_the_table_are_no_part_of_the_truth():
    for deviation in ("preamble", "footer", "comment", "sep line", "tables"):
        for table, case in chosen(deviation):
            assert case.truth == table
            assert case.content.count(b"\n") > render(table).count("\n")


def test_without_a_header_the_first_row_is_a_row():
    for table, case in chosen("header", "missing"):
        assert case.truth == Table(None, table.rows)
        assert parsed(case.content.decode()) == list(table.rows)
