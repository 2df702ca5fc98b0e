"""A text is understood in its encoding, and a guess is said to be one."""

import pytest

from core import UnreadableFile
from tests.store.readers.files import cells, codes, read

SENTENCE = "id,text\n1,“Ça va” – 5 € für Jürgen’s Café\n2,naïve Señor\n"
POLISH = "id,text\n1,Zażółć gęślą jaźń\n2,Łódź i Kraków\n"
WESTERN = "id,text\n1,Müller und Größe\n2,déjà vu très élevé\n"


def test_utf_8_needs_no_finding(tmp_path):
    result = read(tmp_path, SENTENCE)
    assert result.dialect["encoding"] == "utf-8"
    assert codes(result) == {"read.dialect"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SENTENCE, "cp1252"),
        (WESTERN, "cp1252"),
        (WESTERN, "mac_roman"),
        (WESTERN, "cp850"),
        (POLISH, "cp1250"),
    ],
)
def test_a_legacy_encoding_is_guessed(tmp_path, text, encoding):
    result = read(tmp_path, text.encode(encoding))
    assert cells(result.table) == cells(read(tmp_path, text).table)
    assert "read.encoding-guessed" in codes(result)


def test_a_text_in_another_script_is_guessed_too(tmp_path):
    text = "имя,город\n" + "Анна Петрова,Новый Город\nИван Сидоров,Старая Деревня\n" * 10
    assert cells(read(tmp_path, text.encode("cp1251")).table)[1] == ["Анна Петрова", "Новый Город"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_reaches_no_header(tmp_path, encoding):
    assert cells(read(tmp_path, "id,n\n1,é\n".encode(encoding)).table)[0] == ["id", "n"]


def test_stray_bytes_in_a_utf_8_file_are_read_as_cp1252_and_reported(tmp_path):
    content = "id,n\n1,é\n2,ü\n3,ä\n".encode() + b"4,\xe9\n"
    result = read(tmp_path, content)
    assert cells(result.table)[-1] == ["4", "é"]
    assert "read.mixed-encoding" in codes(result)


def test_the_chosen_encoding_is_used(tmp_path):
    result = read(tmp_path, "id,n\n1,№\n".encode("cp1251"), encoding="cp1251")
    assert cells(result.table)[1] == ["1", "№"]


def test_a_chosen_encoding_that_does_not_fit_is_refused_with_the_place(tmp_path):
    with pytest.raises(UnreadableFile, match=r"byte 7 \(line 2\) does not fit") as caught:
        read(tmp_path, b"id,n\n1,\xe9\n", encoding="utf-8")
    assert caught.value.reason == "encoding"
