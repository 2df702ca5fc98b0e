"""JSON Lines of any size are read in blocks; lines that hold no record are set aside."""

import pytest

from core import UnreadableFile
from store.readers import Reading, open_stream
from store.readers.json_text import Nesting
from tests.store.readers.files import cells, codes, read


def test_lines_that_hold_no_record_are_set_aside_with_number_text_and_reason(tmp_path):
    content = b'{"a": 1}\n\n{"a": 2}\n{"a": \n{"a": "\xff"}\nnull\n{"a": 3}\n{"b": "\xc3\xa9"}\n'
    result = read(tmp_path, content, "data.jsonl")
    assert cells(result.table)[1:] == [["1", None], ["2", None], ["3", None], [None, "é"]]
    assert result.rejected.select("line", "raw").rows() == [
        (4, '{"a":'),
        (5, '{"a": "\\xff"}'),
        (6, "null"),
    ]
    assert result.dialect["rows_rejected"] == 3
    assert "read.rejected-rows" in codes(result)


def test_a_first_line_that_is_cut_off_is_set_aside(tmp_path):
    result = read(tmp_path, '{"a": 1\n{"a": 2}\n{"a": 3}\n', "data.jsonl")
    assert result.rejected["line"].to_list() == [1]
    assert cells(result.table) == [["a"], ["2"], ["3"]]


@pytest.mark.parametrize("bad", ["{'a': 1}", "a,b", '{"a": NaN}'])
def test_a_file_of_mostly_bad_lines_is_refused(tmp_path, bad):
    with pytest.raises(UnreadableFile, match="line 2") as caught:
        read(tmp_path, '{"a": 1}\n' + f"{bad}\n" * 3, "data.jsonl")
    assert caught.value.reason == "invalid_json"


def test_one_line_is_one_record_even_if_it_holds_a_list(tmp_path):
    result = read(tmp_path, '{"a": 1, "b": [{"c": 2}, {"c": 3}]}\n', "data.jsonl")
    assert cells(result.table) == [["a", "b"], ["1", '[{"c":2},{"c":3}]']]


def test_a_wide_file_comes_in_blocks_with_the_columns_of_all_and_leaves_no_file(tmp_path):
    path, folder = tmp_path / "upload", tmp_path / "folder"
    folder.mkdir()
    path.write_text("".join(f'{{"a": {n}, "k{n // 40_000}": 1}}\n' for n in range(90_000)))
    stream = open_stream(path, "data.jsonl", Reading(), folder)
    assert stream.names == ("a", "k0", "k1", "k2")
    blocks = list(stream.blocks)
    assert [block.height for block in blocks] == [50_000, 40_000]
    assert all(block.columns == list(stream.names) for block in blocks)
    assert [n for block in blocks for n in block["a"]] == [str(n) for n in range(90_000)]
    assert stream.close().dialect["rows_read"] == 90_000
    assert list(folder.iterdir()) == []


def test_a_refusal_leaves_no_file(tmp_path):
    path, folder = tmp_path / "upload", tmp_path / "folder"
    folder.mkdir()
    path.write_text("[" + '{"a": 1},' * 60_000 + "}")
    with pytest.raises(UnreadableFile):
        open_stream(path, "data.json", Reading(), folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_depth_is_counted_alike_in_pieces_of_any_size(size):
    text = r'{"[[[": ["\"]]]", "\\", {"\\\"{": [1]}], "é": []}'
    nesting = Nesting()
    for start in range(0, len(text), size):
        nesting.add(text[start : start + size])
    assert (nesting.depth, nesting.deepest, nesting.in_string) == (0, 4, False)
