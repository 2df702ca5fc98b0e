"""The whole chain leaves the table alone and says the same for the same table."""

import subprocess
import sys

from core import Work
from tests.tables import assert_table, table
from transformers.profile_my_data import PROFILE

DIRTY = {
    "id": ["1", "2", "3", "3"],
    "age": ["31", "x", None, None],
    "city": ["Rome", "rome ", "Oslo", "Oslo"],
}


def outcome(**document):
    return PROFILE.run(Work.of(table(**DIRTY)), PROFILE.choose(document))


def test_the_table_is_left_as_it_is():
    assert_table(outcome(skip=["full-report"]).table, table(**DIRTY))


def test_two_runs_leave_the_same_profile():
    documents = [outcome(skip=["full-report"]).artifacts["profile.json"] for _ in range(2)]
    assert documents[0] == documents[1]


def test_every_step_works_without_those_before_it():
    names = [step.name for step in PROFILE.steps]
    alone = {n: outcome(skip=[m for m in names if m != n]) for n in names if n != "full-report"}
    every = outcome(skip=["full-report"])
    for report in every.report.steps:
        assert alone[report.name].report.steps[0].findings == report.findings


def test_the_chain_is_loaded_without_ydata_and_pandas():
    code = (
        "import sys; import transformers.profile_my_data;"
        "print({'ydata_profiling', 'pandas', 'matplotlib', 'streamlit'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
