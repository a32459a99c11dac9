"""Time of tables: 60 questions by a banner of four variables, with letters, on synthetic rows.

Run it with nothing else running: ``python benchmarks/tables_speed.py [--rows N] [--svy PYTHON]``.  The second names a
Python in which svy is installed: its two-way tables of the same rows (``categorical.tabulate``: cells with standard
errors and the test of independence) are timed beside, one a question and variable, as it has no banner and no letters.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from aibaro import Design
from aibaro.tables import crosstab

QUESTIONS, ANSWERS = 60, 5
BANNER = {"sex": 2, "age": 6, "region": 5, "education": 4}


def rows(size: int) -> pd.DataFrame:
    """Make synthetic rows: 40 strata, weights that vary, one answer in six missing."""
    generator = np.random.default_rng(20261127)
    made = {"stratum": generator.integers(0, 40, size).astype(str), "w": generator.uniform(0.5, 3, size)}
    for name, levels in BANNER.items():
        codes = generator.integers(0, levels, size)
        made[name] = pd.Categorical.from_codes(codes, [f"{name} {k}" for k in range(levels)], ordered=True)
    for number in range(QUESTIONS):
        codes = generator.integers(-1, ANSWERS, size)
        made[f"q{number}"] = pd.Categorical.from_codes(codes, [f"answer {k}" for k in range(ANSWERS)], ordered=True)
    return pd.DataFrame(made)


def timed(what: str, task: Callable[[], object]) -> None:
    """Print the best of two runs."""
    best = np.inf
    for _ in range(2):
        start = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - start)
    print(f"{what:<46} {best:8.2f} s")


def main(size: int, svy: str | None) -> None:
    """Time tables with and without letters."""
    frame = rows(size)
    questions = [f"q{k}" for k in range(QUESTIONS)]
    design = Design.from_frame(frame, strata="stratum", weight="w")
    print(f"{size:,} rows, {QUESTIONS} questions, banner {', '.join(f'{n} ({k})' for n, k in BANNER.items())}")
    for letters in ("none", "holm"):
        timed(
            f"aibaro, letters {letters}",
            lambda letters=letters: crosstab(frame, questions, list(BANNER), design=design, letters=letters),
        )
    timed(
        "aibaro, letters holm, and tests of all tables",
        lambda: crosstab(frame, questions, list(BANNER), design=design, letters="holm").tests(),
    )
    if svy:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.parquet"
            frame.astype(dict.fromkeys([*questions, *BANNER], "str")).to_parquet(path)
            subprocess.run([svy, "-c", PEER, str(path), ",".join(questions), ",".join(BANNER)], check=True)


PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import polars as pl, svy
path, questions, banner = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
sample = svy.Sample(pl.read_parquet(path), svy.Design(stratum="stratum", wgt="w"))
start = time.perf_counter()
for question in questions:
    for variable in banner:
        sample.categorical.tabulate(question, variable, drop_nulls=True)
print(f"{'svy ' + svy.__version__ + ', two-way tables and tests':<46} {time.perf_counter() - start:8.2f} s")
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--svy", metavar="PYTHON")
    options = parser.parse_args()
    main(options.rows, options.svy)
