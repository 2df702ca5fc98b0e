"""Which addresses the list of hosts allows, and how they are taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import UnreadableFile
from store.sources.target import Target, permitted

HOSTS = "data.example.org, .example.net,files.example.com:8443,[2606:2800:220:1::1]"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://data.example.org/a.csv", Target("https", "data.example.org", 443, "/a.csv")),
        ("HTTP://Data.Example.ORG.", Target("http", "data.example.org", 80, "/")),
        ("https://data.example.org?a=b#c", Target("https", "data.example.org", 443, "/?a=b")),
        ("https://data.example.org/ä.csv", Target("https", "data.example.org", 443, "/%C3%A4.csv")),
        ("https://data.example.org/%20", Target("https", "data.example.org", 443, "/%20")),
        ("https://x.y.example.net:80/", Target("https", "x.y.example.net", 80, "/")),
        ("https://files.example.com:8443/", Target("https", "files.example.com", 8443, "/")),
        ("http://[2606:2800:220:1::1]/a", Target("http", "2606:2800:220:1::1", 80, "/a")),
    ],
)
def test_listed_hosts_are_allowed(url, target):
    assert permitted(url, HOSTS) == target


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.csv",
        "https://data.example.org.evil.com/",
        "https://evildata.example.org/",
        "https://example.net/",
        "https://evilexample.net/",
        "https://data.example.org:8080/",
        "https://data.example.org:22/",
        "https://files.example.com/",
        "https://user:s3cret@data.example.org/",
        "https://s3cret@data.example.org/",
        "https://@data.example.org/",
        "https://data.example.org@evil.com/",
        "https://evil.com\\@data.example.org/",
        "https://evil.com\\.example.net/",
        "https://data.example.org /",
        "https://data.example.org/a\nHost: evil.com",
        "https://data.example.org/\tx",
        "https://data.exa\nmple.org/",
        "https://data.example.org:99999/",
        "https://data.example.org:x/",
        "https://data%2eexample.org/",
        "https://[::1/",
        "https://" + "a" * 70 + ".example.net/",
        "https://..example.net/",
        "https:///a.csv",
        "ftp://data.example.org/a.csv",
        "file:///etc/passwd",
        "gopher://data.example.org/",
        "data:text/csv,a",
        "//data.example.org/",
        "data.example.org/a.csv",
        "http://127.0.0.1/",
        "http://2130706433/",
        "",
    ],
)
def test_all_others_are_refused_without_repeating_them(url):
    with pytest.raises(UnreadableFile) as refusal:
        permitted(url, HOSTS)
    assert refusal.value.reason == "source_refused"
    assert "s3cret" not in refusal.value.message


@given(st.text(max_size=40))
def test_whatever_is_typed_ends_with_a_sentence_or_a_listed_host(text):
    for url in (text, f"https://{text}", f"https://data.example.org{text}", f"https://{text}@x/"):
        try:
            target = permitted(url, HOSTS)
        except UnreadableFile:
            continue
        assert target.host == "data.example.org" or target.host.endswith(".example.net")
        assert target.path.startswith("/")
        assert target.path.isascii()
        assert " " not in target.path


@pytest.mark.parametrize("hosts", ["", " , ", "*"])
def test_an_empty_list_allows_nothing(hosts):
    with pytest.raises(UnreadableFile):
        permitted("https://data.example.org/", hosts)
