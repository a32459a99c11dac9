"""One setting for all properties: the same examples on every machine, however slow it is."""

from __future__ import annotations

import atexit
import os

import pytest
from hypothesis import settings

# derandomized, so that a red test is red for everyone; no deadline, as time says nothing about a law
settings.register_profile("aibaro", derandomize=True, deadline=None, max_examples=60, print_blob=True)
settings.load_profile("aibaro")

# when the interpreter ends, DuckDB's binding lists a page of what it leaks; all results are out by then
atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))

# a script for another Python, run by hand in an environment of its own; it holds no tests
collect_ignore = ["parity/svy_values.py"]

# files that take longest, longest first: begun last, one would keep a single worker busy while the others are done
LONGEST = (
    "tests/browser/test_report.py",
    "tests/test_wheel.py",
    "tests/examples/test_lessons.py",
    "tests/ledger/test_numbers.py",
    "tests/browser/test_interactive.py",
    "tests/ledger/test_commands.py",
    "tests/synthesize/test_flanders.py",
    "tests/ledger/test_claims.py",
    "tests/laws/",
    "tests/reconstruct/",
    "tests/docs/",
    "tests/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file, and among the others, the order stays."""
    items.sort(
        key=lambda item: next((rank for rank, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )
