"""Time of tables: 60 questions by a banner of four variables, with letters, on synthetic rows.

Run it with nothing else running: ``python benchmarks/tables_speed.py [ROWS]``.  Where the package svy is installed, its
tables of the same rows are timed beside; it has no banner and no letters, so that it makes one table at a time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

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


def main(size: int) -> None:
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
    if find_spec("svy") is None:
        print("svy is not installed: not timed")
        return
    import polars as pl
    import svy

    sample = svy.Sample(pl.from_pandas(frame), svy.Design(stratum="stratum", wgt="w"))
    timed(
        "svy, shares of one question by one variable",
        lambda: sample.estimation.prop("q0", by="sex", drop_nulls=True),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
