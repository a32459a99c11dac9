"""Time of tables: 60 questions by a banner of four variables, with letters, on synthetic rows.

Run it with nothing else running: ``python benchmarks/tables_speed.py [--rows N] [--svy PYTHON] [--quantipy PYTHON]``.
The options name a Python in which a peer is installed.  svy's two-way tables of the same rows
(``categorical.tabulate``: cells with standard errors and the test of independence) are timed one a question and
variable, as it has no banner and no letters; quantipy3's ``crosstab`` has the banner, both bases and letters, by a
pooled test that knows weights and no design.  Results: ``results/tables_speed.csv``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from aibaro import Design
from aibaro.tables import Crosstab, crosstab

RESULTS = Path(__file__).parent / "results" / "tables_speed.csv"
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


def timed(task: Callable[[], object]) -> float:
    """Best of two runs, in seconds."""
    best = np.inf
    for _ in range(2):
        start = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - start)
    return best


def main(size: int, peers: dict[str, str | None]) -> None:
    """Time tables with and without letters, and peers beside them."""
    frame = rows(size)
    questions = [f"q{k}" for k in range(QUESTIONS)]
    design = Design.from_frame(frame, strata="stratum", weight="w")

    def table(letters: str) -> Crosstab:
        return crosstab(frame, questions, list(BANNER), design=design, letters=letters)

    found = {
        ("aibaro", "shares, intervals, bases"): timed(lambda: table("none")),
        ("aibaro", "with letters"): timed(lambda: table("holm")),
        ("aibaro", "with letters, and tests of all tables"): timed(lambda: table("holm").tests()),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        numbered = {name: frame[name].cat.codes.where(frame[name].cat.codes >= 0) + 1 for name in [*BANNER, *questions]}
        frame.assign(**numbered).to_csv(path, index=False)
        for package, python in peers.items():
            if python:
                what, code = PEERS[package]
                asked = [python, "-c", code, str(path), ",".join(questions), ",".join(BANNER)]
                answer = subprocess.run(asked, check=True, capture_output=True, text=True)
                found[package, what] = float(answer.stdout.splitlines()[-1])
    load = round(os.getloadavg()[0], 1)
    columns = {"questions": QUESTIONS, "banner": sum(BANNER.values()), "cores": os.cpu_count(), "load": load}
    result = pd.DataFrame([(*key, size, round(value, 2)) for key, value in found.items()])
    result.columns = ["package", "what", "rows", "seconds"]
    result.assign(**columns).to_csv(RESULTS, index=False)
    print(result.to_string(index=False))


PEERS = {
    "svy": (
        "two-way tables and tests",
        """
import sys, time, warnings
warnings.simplefilter("ignore")
import polars as pl, svy
path, questions, banner = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
frame = pl.read_csv(path).with_columns(pl.col([*questions, *banner]).cast(pl.String))
sample = svy.Sample(frame, svy.Design(stratum="stratum", wgt="w"))
start = time.perf_counter()
for question in questions:
    for variable in banner:
        sample.categorical.tabulate(question, variable, drop_nulls=True)
print(time.perf_counter() - start)
""",
    ),
    "quantipy3": (
        "shares, bases and letters",
        """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd, quantipy as qp
path, questions, banner = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
frame = pd.read_csv(path)
sample = qp.DataSet("rows", dimensions_comp=False)
sample.from_components(frame[["w"]].copy())
for name in questions + banner:
    codes = sorted(int(v) for v in frame[name].dropna().unique())
    sample.add_meta(name, "single", name, [(k, str(k)) for k in codes])
    sample._data[name] = frame[name]
start = time.perf_counter()
for question in questions:
    sample.crosstab(question, banner, w="w", ci="c%", base="both", sig_level=0.05, xtotal=True)
print(time.perf_counter() - start)
""",
    ),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--svy", metavar="PYTHON")
    parser.add_argument("--quantipy", metavar="PYTHON")
    options = parser.parse_args()
    main(options.rows, {"svy": options.svy, "quantipy3": options.quantipy})
