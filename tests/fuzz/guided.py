"""A harness led by coverage, by hand: ``pip install atheris``, then ``python -m tests.fuzz.guided test_cells``.

The drawing is that of the test; Atheris looks for the bytes behind it that reach lines which none reached before.
Further words go to it, such as ``-atheris_runs=10000``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

#: What each harness draws and tries, by its test.
HARNESSES = {
    "test_cells": ("test_folders", "cells", "tried"),
    "test_bytes": ("test_folders", "octets", "tried"),
    "test_descriptors": ("test_folders", "descriptors", "tried"),
    "test_surveys_that_hang_together": ("test_check", "surveys", "checked"),
    "test_tables": ("test_tables", "files", "entered"),
    "test_cases": ("test_tables", "cases", "checked"),
    "test_pdfs": ("test_pdfs", "files", "entered"),
    "test_files_of_rows": ("test_frames", "commands", "used"),
}


def main(name: str, *words: str) -> None:
    """Run one harness until it fails or is stopped."""
    import atheris
    from hypothesis import HealthCheck, given, settings

    module, drawn, tried = HARNESSES[name]
    with atheris.instrument_imports(include=["aibaro"]):
        tests = import_module(f"tests.fuzz.{module}")

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(getattr(tests, drawn)())
    def each(example: Any) -> None:
        getattr(tests, tried)(example)

    with TemporaryDirectory() as corpus:
        # a drawing takes more bytes than a start from nothing has
        for seed in range(50):
            (Path(corpus) / str(seed)).write_bytes(Random(seed).randbytes(4096))
        atheris.Setup([sys.argv[0], "-max_len=8192", *words, corpus], each.hypothesis.fuzz_one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
