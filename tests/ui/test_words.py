"""Texts of users are shown as they are, and numbers as people read them."""

import pytest

from ui.words import WORD_JOINER, ago, duration, escape, in_bytes, plural


def test_a_plain_text_stays_as_it_is():
    assert escape("customers 2026") == "customers 2026"


@pytest.mark.parametrize("sign", list("\\`*_{}[]()#+-.!|<>~:$^&="))
def test_a_sign_of_markdown_is_escaped(sign):
    assert escape(f"a{sign}b") == f"a\\{sign}b"


@pytest.mark.parametrize(
    "address", ["www.example.com", "https://example.com", "http://example.com", "a@example.com"]
)
def test_an_address_does_not_become_a_link(address):
    assert WORD_JOINER in escape(address)


def test_a_line_break_cannot_start_a_heading():
    assert "\n" not in escape("name\n# Heading")


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (1536, "1.5 kB"), (24 * 2**20, "24 MB"), (2**31, "2.0 GB")],
)
def test_a_size_reads(size, words):
    assert in_bytes(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0.42, "0.4 s"),
        (31.2, "31 s"),
        (59.6, "1 m 0 s"),
        (72, "1 m 12 s"),
        (7_500, "2 h 5 m"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_reads(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (360, "6 min ago"), (7_200, "2 h ago"), (172_800, "2 d ago")],
)
def test_a_moment_in_the_past_reads(seconds, words):
    assert ago(1_000_000 - seconds, 1_000_000) == words


def test_one_row_is_no_rows():
    assert (plural(1, "row"), plural(1_204, "row")) == ("1 row", "1,204 rows")
