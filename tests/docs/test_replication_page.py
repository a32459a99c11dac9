"""The replication page counts the pinned verdicts, and its patterns take the part that they stand beside."""

from __future__ import annotations

import importlib.util
import re
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_replication", DOCS / "write_replication.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_pins_say(writer: ModuleType) -> None:
    assert (DOCS / "replication.md").read_text(encoding="utf-8") == writer.page()


def test_each_pattern_takes_its_part_and_nothing_else(writer: ModuleType) -> None:
    frame = writer.numbers("flanders-2023")
    rows = re.findall(r"^\| ([^|]+) \| (\d+) .* --only '([^']+)'`", writer.page(), flags=re.MULTILINE)
    checked = 0
    for part, count, glob in rows:
        if not glob.startswith("fl23."):
            continue
        taken = frame[[fnmatchcase(i, glob) for i in frame["id"]]]
        assert set(taken["part"]) == {part}
        assert len(taken) == int(count)
        checked += 1
    assert checked > 20
