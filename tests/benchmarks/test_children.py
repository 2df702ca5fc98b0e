"""A reader that crashes or hangs costs one file."""

import os
import sys
import time
from pathlib import Path
from types import ModuleType

from benchmarks.children import outcomes
from benchmarks.peers import Loaded, Refused, shape


def reader(path):
    match path.name:
        case "crash":
            os.abort()
        case "hang":
            time.sleep(60)
        case "refuse":
            raise Refused("empty")
        case "break":
            raise KeyError("x")
    return Loaded(["a", "b"], [(1, 2)])


def test_each_way_to_end_is_told_apart_and_the_next_file_is_read(monkeypatch):
    # Tests of pages leave theirs as the main script, which a spawned child would run again.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    names = ["good", "crash", "refuse", "hang", "break", "good"]
    found = list(outcomes(reader, map(Path, names), shape, seconds=1))
    assert [outcome.end for outcome in found] == [
        "loaded",
        "crash",
        "refused",
        "hang",
        "error",
        "loaded",
    ]
    assert found[0].value == found[-1].value == (1, 2)
    assert found[2].reason == "empty"
