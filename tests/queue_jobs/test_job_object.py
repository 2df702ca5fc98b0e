"""Job objects of Windows: their layout can be checked anywhere, their effect only there."""

import ctypes
import subprocess
import sys

import psutil
import pytest

from queue_jobs.job_object import BasicLimits, ExtendedLimits, contain
from tests.queue_jobs.conftest import eventually, is_dead

HOLD_ON = "from itertools import repeat; print(flush=True); all(repeat(1))"
"""C code without an end that lets no other thread run."""

CONTAIN = f"""
import subprocess, sys
from queue_jobs.job_object import contain
child = subprocess.Popen([sys._base_executable, "-c", {HOLD_ON!r}], stdout=subprocess.PIPE)
child.stdout.readline()
held = contain(child.pid)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the layout of 64-bit systems")
def test_the_structures_have_the_layout_of_winnt_h():
    assert (ctypes.sizeof(BasicLimits), ctypes.sizeof(ExtendedLimits)) == (64, 144)
    assert (BasicLimits.LimitFlags.offset, ExtendedLimits.IoInfo.offset) == (16, 64)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has job objects")
def test_other_systems_go_without(spawn):
    process = spawn("-c", "import sys; sys.stdin.read()", stdin=subprocess.PIPE)
    contain(process.pid)()
    assert process.poll() is None


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has job objects")
def test_what_is_left_in_an_object_ends_when_it_is_emptied(spawn):
    process = spawn("-c", HOLD_ON)
    contain(process.pid)()
    assert process.wait(10) is not None


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has job objects")
def test_a_process_in_c_code_ends_with_whoever_contained_it(spawn):
    parent = spawn("-c", CONTAIN, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    eventually(lambda: is_dead(child), 5)
