"""White space that no reader sees is removed; everything that carries meaning stays."""

import pytest

from tests.tables import after, run, table, values
from transformers.clean_my_data import CleanOptions
from transformers.clean_my_data.trim_whitespace import trim_whitespace


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee",
        "007",
        None,
        "می\u200cخواهم",
        "👩\u200d🔧",
        "山田\u3000太郎",
        "It\x92s",
    ],
)
def test_nothing_to_do(text: str | None) -> None:
    assert run(trim_whitespace, table(name=[text])).proposals.is_empty()


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        (" Ann", "Ann"),
        ("Ann \t", "Ann"),
        ("Ann  Lee", "Ann Lee"),
        ("Ann\nLee", "Ann Lee"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("Ann\u2003 Lee\u00a0", "Ann Lee"),
        ("\ufeffid", "id"),
        ("An\u200bn", "Ann"),
        ("Ann\u200d", "Ann"),
        ("A\x00nn\x1b", "Ann"),
        ("a \u200b b", "a b"),
        (" 007", "007"),
        ("山田\u3000", "山田"),
    ],
)
def test_invisible_differences_are_removed(text: str, tidy: str) -> None:
    assert values(after(trim_whitespace, table(name=[text])), "name") == [tidy]


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u00a0", "\u200b"])
def test_a_blank_cell_becomes_empty_only_after_review(text: str) -> None:
    before = table(name=[text])
    assert values(after(trim_whitespace, before), "name") == [text]
    assert values(after(trim_whitespace, before, CleanOptions(accept="review")), "name") == [None]


def test_inner_spaces_can_be_kept() -> None:
    assert values(after(trim_whitespace, table(code=[" A  1 "]), inner=False), "code") == ["A  1"]


def test_blank_and_trimmed_cells_are_counted_apart() -> None:
    findings = run(trim_whitespace, table(name=[" Ann", "Bob ", " "])).findings
    assert [(f.code, f.rows) for f in findings] == [
        ("trim-whitespace.trimmed", 2),
        ("trim-whitespace.blank", 1),
    ]
