"""What counts as read rightly in the comparison of readers."""

import json
from dataclasses import replace

import pytest

from benchmarks.children import Outcome
from benchmarks.readers import manifest, refused, right_reason, right_shape, survived, told

MANIFEST = """file,source,outcome,rows,cols,confidence,reason
a/good.csv,one,load,2,3,high,
a/bad.json,two,refuse,,,high,invalid_json
"""


@pytest.fixture
def entries(tmp_path):
    (tmp_path / "MANIFEST.csv").write_text(MANIFEST)
    return manifest(tmp_path, None)


def line(**facts):
    return told(json.dumps({"reason": None, "message": None, "seconds": 0.1, **facts}))


def test_a_manifest_says_what_should_become_of_each_file(entries, tmp_path):
    good, bad = entries
    assert (good.path, good.shape, good.outcome) == (tmp_path / "a/good.csv", (2, 3), "load")
    assert (bad.shape, bad.reason) == (None, "invalid_json")
    assert manifest(tmp_path, "two") == [bad]


def test_a_line_of_inspect_becomes_an_outcome():
    assert line(outcome="loaded", rows=2, columns=3) == Outcome("loaded", (2, 3), seconds=0.1)
    assert line(outcome="refused", reason="empty", message="is empty").end == "refused"


@pytest.mark.parametrize(
    ("reason", "message", "end"),
    [
        ("timeout", "took too long", "hang"),
        ("reader_crashed", "could not be read", "crash"),
        ("corrupt", "is damaged", "refused"),
    ],
)
def test_what_a_job_survives_still_counts_as_what_it_is(reason, message, end):
    assert line(outcome="refused", reason=reason, message=message).end == end


def test_the_shape_must_be_exactly_right(entries):
    good = entries[0]
    assert right_shape(good, Outcome("loaded", (2, 3)))
    assert not right_shape(good, Outcome("loaded", (2, 4)))
    assert not right_shape(good, Outcome("refused"))


def test_a_refusal_needs_a_reason_of_the_right_class(entries):
    bad = entries[1]
    assert right_reason(bad, Outcome("refused", reason="invalid_json"))
    assert not right_reason(bad, Outcome("refused", reason="corrupt"))
    assert right_reason(
        replace(bad, reason="unsupported_type"), Outcome("refused", reason="wrong_type")
    )


def test_a_crash_is_no_refusal(entries):
    assert not refused(entries[1], Outcome("crash"))
    assert not survived(entries[1], Outcome("hang"))
