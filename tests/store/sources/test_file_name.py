"""A fetched file gets a name by which it can be read."""

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sources.content import MAX_NAME
from store.sources.file_name import name_of
from store.sources.target import Target


def named(path="/", content_type="", disposition=""):
    headers = Message()
    if content_type:
        headers["Content-Type"] = content_type
    if disposition:
        headers["Content-Disposition"] = disposition
    return name_of(Target("https", "data.example.org", 443, path), headers)


@pytest.mark.parametrize(
    ("path", "content_type", "disposition", "name"),
    [
        ("/a/b.csv?x=1", "", "", "b.csv"),
        ("/a%20b.csv", "", "", "a b.csv"),
        ("/..%2F..%2Fetc%2Fpasswd.csv", "", "", "passwd.csv"),
        ("/", "text/csv", "", "data.example.org.csv"),
        ("/export", "text/csv; charset=utf-8", "", "export.csv"),
        ("/export.php", "application/json", "", "export.php.json"),
        ("/export", "application/octet-stream", "", "export"),
        ("/a.csv.gz", "application/gzip", "", "a.csv.gz"),
        ("/a.PARQUET", "text/plain", "", "a.PARQUET"),
        ("/x", "text/csv", 'attachment; filename="people.csv"', "people.csv"),
        ("/x", "", "attachment; filename*=UTF-8''na%C3%AFve.csv", "naïve.csv"),
        ("/x", "", 'attachment; filename="naÃ¯ve.csv"', "naïve.csv"),
        ("/x", "", 'attachment; filename="../../etc/cron.d/a.csv"', "a.csv"),
        ("/x", "", 'attachment; filename="C:\\\\temp\\\\a.csv"', "a.csv"),
        ("/a.csv", "", "attachment; filename=..", "a.csv"),
    ],
)
def test_name_and_extension(path, content_type, disposition, name):
    assert named(path, content_type, disposition) == name


def test_a_long_name_is_cut_and_keeps_its_extension():
    name = named("/" + "a" * 900 + ".csv")
    assert len(name) <= MAX_NAME
    assert name.endswith(".csv")


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60))
def test_any_header_gives_a_name_that_is_safe_to_show(text):
    name = named("/", "text/csv", f"attachment; filename{text}")
    assert name
    assert name.isprintable()
    assert not {"/", "\\"} & set(name)
