"""The HTML report is inert, limited, and never fails the profile."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from tests.tables import run, table
from transformers.profile_my_data import ydata
from transformers.profile_my_data.full_report import full_report

HOSTILE = '<img src=x onerror=alert(1)>"\' onmouseover="alert(2)'


class Markup(HTMLParser):
    """Collects what could run: handlers, scripts, and links that are code."""

    def __init__(self, page):
        super().__init__()
        self.handlers, self.scripts, self.links = [], 0, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [v for n, v in attrs if n in {"href", "src"} and "javascript:" in (v or "")]


def page(before, **params):
    return run(full_report, before, **params).artifacts["report.html"]


def codes(result):
    return [finding.code for finding in result.findings]


def test_off_makes_no_report():
    result = run(full_report, table(a=["1"]), mode="off")
    assert (result.findings, result.artifacts) == ((), {})


@pytest.mark.parametrize("columns", [{}, {"a": []}])
def test_nothing_to_show_is_a_finding(columns):
    result = run(full_report, table(**columns))
    assert codes(result) == ["full-report.nothing-to-show"]
    assert result.artifacts == {}


@pytest.fixture(scope="module")
def hostile_page():
    values = [HOSTILE, "<script>alert(3)</script>", None, HOSTILE]
    return page(table(**{HOSTILE: values, "</td><script>x</script>": ["1", "2", "3", "x"]}))


def test_hostile_names_and_values_bring_no_markup(hostile_page):
    markup = Markup(hostile_page)
    assert (markup.handlers, markup.scripts, markup.links) == ([], 2, [])


def test_only_the_two_known_scripts_may_run(hostile_page):
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", hostile_page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert tuple(f"sha256-{digest}" for digest in digests) == ydata.SCRIPT_HASHES
    assert hostile_page.index(ydata.POLICY) < hostile_page.index("<script")


def test_the_report_loads_nothing(hostile_page):
    assert not re.findall(
        r"""<(?:link|script|img|iframe)[^>]+(?:src|href)=["']?http""", hostile_page
    )


def test_odd_values_pass_or_become_a_finding():
    before = table(
        huge=["1e308", "-1e308", "5", "6"],
        old=["1066-10-14", "9999-12-31", "2020-01-01", "1500-01-01"],
        moment=["2020-01-01T10:00:00Z", "9999-12-31T00:00:00Z", "2020-01-01T10:00:00Z", None],
        big=["9223372036854775807", "1", "2", None],
        blank=[None, None, " ", None],
        flag=["yes", "no", None, "yes"],
        nul=["\x00", "😀", "x" * 100_000, None],
    )
    result = run(full_report, before)
    assert codes(result) == []
    assert "report.html" in result.artifacts


def test_names_that_look_alike_after_cleaning_stay_apart():
    found = page(
        table(**{"a<b": ["1", "2"], "a＜b": ["3", "4"], " ": ["x", "y"], "nul\x00": ["z", "w"]})
    )
    assert "a＜b (2)" in found


def test_a_large_table_is_sampled_and_cut_and_says_so():
    before = table(**{name: [str(n) for n in range(300)] for name in "abc"})
    result = run(full_report, before, max_rows=100, max_columns=2)
    assert codes(result) == ["full-report.not-all-rows", "full-report.not-all-columns"]


def test_full_mode_works():
    assert "Correlations" in page(table(a=["1.5", "2", "7"], b=["2", "3", "9"]), mode="full")


def test_a_crash_inside_ydata_is_a_finding(monkeypatch):
    def crash(frame, mode):
        raise OverflowError("date out of range")

    monkeypatch.setattr(ydata, "full_html", crash)
    result = run(full_report, table(a=["1"]))
    assert codes(result) == ["full-report.failed"]
    assert result.artifacts == {}


def test_a_page_without_a_place_for_the_policy_is_refused():
    with pytest.raises(ValueError, match="content security policy"):
        ydata.with_policy("<html><body></body></html>")
