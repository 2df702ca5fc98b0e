"""Python processes whose id is the one that whoever started them knows."""

import subprocess
import sys

import pytest

from queue_jobs import interpreter
from queue_jobs.interpreter import start_python


def said(*arguments, **options):
    """The process that was started, and what it printed."""
    process = start_python(*arguments, stdout=subprocess.PIPE, **options)
    return process, process.communicate(timeout=60)[0].decode().split()


def test_it_is_the_process_that_was_started_and_finds_our_modules(tmp_path):
    code = "import os, core, sys; print(os.getpid(), sys.executable)"
    process, words = said("-c", code, cwd=tmp_path)
    assert words == [str(process.pid), sys.executable]


def test_it_has_this_process_s_environment_and_what_is_added(monkeypatch):
    monkeypatch.setenv("ASSAY_OLD", "1")
    code = "import os; print(os.environ['ASSAY_OLD'], os.environ['ASSAY_NEW'])"
    assert said("-c", code, env={"ASSAY_NEW": "2"})[1] == ["1", "2"]


@pytest.mark.parametrize(
    ("platform", "base", "program", "environment"),
    [
        ("linux", "base", "venv", {}),
        ("win32", "venv", "venv", {}),
        ("win32", "base", "base", {"__PYVENV_LAUNCHER__": "venv"}),
    ],
)
def test_on_windows_the_launcher_of_an_environment_is_gone_round(
    monkeypatch, platform, base, program, environment
):
    for name, value in (("platform", platform), ("_base_executable", base), ("executable", "venv")):
        monkeypatch.setattr(interpreter.sys, name, value)
    assert interpreter.interpreter() == (program, environment)
