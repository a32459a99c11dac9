"""How long do means of many items with provided replicate weights take, beside svy and R's survey?

Synthetic rows with 80 replicate weights of kind SDR and 100 items; the means of all items with their standard errors.
Reading the design (which checks every replicate weight) and the estimates are timed apart, in elapsed and in processor
seconds of all threads.  Peers run on rows of the same shape that they draw themselves; svy in the Python that is named.
Written to ``benchmarks/results/replicate_speed.csv``.  Run from the root of the checkout::

    python benchmarks/replicate_speed.py 100000
    python benchmarks/replicate_speed.py 1000000 --svy PYTHON
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd

from aibaro import estimate
from aibaro.design import Design

HERE = Path(__file__).resolve().parent
REPLICATES, ITEMS, SEED = 80, 100, 20262
TIMES = ("design", "estimates", "design_cpu", "estimates_cpu")
R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
n <- %(rows)d; set.seed(1)
w <- rlnorm(n, 3, .3); reps <- matrix(w * runif(n * %(replicates)d, .5, 1.5), n)
y <- matrix(rnorm(n * %(items)d, 50, 10), n); colnames(y) <- paste0("y", 1:%(items)d)
d <- system.time(s <- svrepdesign(data = as.data.frame(y), weights = w, repweights = reps,
  type = "successive-difference", combined.weights = TRUE, mse = TRUE))
e <- system.time(m <- svymean(as.formula(paste("~", paste(colnames(y), collapse = "+"))), s))
cat(d[3], e[3], d[1] + d[2], e[1] + e[2])
"""


SVY = """
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, polars as pl, svy
n, replicates, items = map(int, sys.argv[1:])
rng = np.random.default_rng(1)
w = rng.lognormal(3, 0.3, n)
columns = {"w": w} | {f"rw{r}": w * rng.uniform(0.5, 1.5, n) for r in range(1, replicates + 1)}
frame = pl.DataFrame(columns | {f"y{k}": rng.normal(50, 10, n) for k in range(1, items + 1)})
begin, used = time.perf_counter(), time.process_time()
sample = svy.Sample(frame, svy.Design(wgt="w", rep_wgts=svy.RepWeights("SDR", "rw", replicates)))
middle, half = time.perf_counter(), time.process_time()
names = [f"y{k}" for k in range(1, items + 1)]
sample.estimation.mean(names, method="replication", variance_center="estimate")
print(middle - begin, time.perf_counter() - middle, half - used, time.process_time() - half)
"""


def rows(number: int) -> pd.DataFrame:
    """Draw synthetic rows."""
    rng = np.random.default_rng(SEED)
    weight = rng.lognormal(3, 0.3, number)
    columns = {"w": weight}
    columns |= {f"rw{r}": weight * rng.uniform(0.5, 1.5, number) for r in range(1, REPLICATES + 1)}
    columns |= {f"y{k}": rng.normal(50, 10, number) for k in range(1, ITEMS + 1)}
    return pd.DataFrame(columns)


def ours(number: int) -> dict[str, float]:
    """Time the library."""
    frame = rows(number)
    begin, used = time.perf_counter(), time.process_time()
    design = Design.from_frame(frame, weight="w", replicates="rw*", kind="SDR")
    middle, half = time.perf_counter(), time.process_time()
    found = estimate.mean(frame, [f"y{k}" for k in range(1, ITEMS + 1)], design=design)
    end, last = time.perf_counter(), time.process_time()
    # the first item by hand
    first = frame["y1"].to_numpy()
    mean = np.average(first, weights=frame["w"])
    each = np.array([np.average(first, weights=frame[f"rw{r}"]) for r in range(1, REPLICATES + 1)])
    expected = np.sqrt(4 / REPLICATES * ((each - mean) ** 2).sum())
    if not np.isclose(found.std_error[0], expected, rtol=1e-9):
        raise SystemExit(f"standard error {found.std_error[0]} is not {expected}")
    return dict(zip(TIMES, (middle - begin, end - middle, half - used, last - half), strict=True))


def theirs(number: int) -> dict[str, float]:
    """Time R's survey."""
    program = shutil.which("Rscript")
    if program is None:
        raise SystemExit("Rscript is not installed: --without-r")
    script = R_SCRIPT % {"rows": number, "replicates": REPLICATES, "items": ITEMS}
    done = subprocess.run([program, "-e", script], capture_output=True, text=True, check=True)
    return dict(zip(TIMES, map(float, done.stdout.split()[-4:]), strict=True))


def svy(python: str, number: int) -> dict[str, float]:
    """Time svy."""
    asked = [python, "-c", SVY, str(number), str(REPLICATES), str(ITEMS)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return dict(zip(TIMES, map(float, done.stdout.split()[-4:]), strict=True))


def main() -> None:
    """Time and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("--without-r", action="store_true")
    parser.add_argument("--svy", metavar="PYTHON")
    arguments = parser.parse_args()
    found = [{"package": "aibaro", **ours(arguments.rows)}]
    if arguments.svy:
        found.append({"package": "svy", **svy(arguments.svy, arguments.rows)})
    if not arguments.without_r:
        found.append({"package": "R survey", **theirs(arguments.rows)})
    table = pd.DataFrame(found).assign(rows=arguments.rows, replicates=REPLICATES, items=ITEMS, cores=os.cpu_count())
    table = table.assign(load=round(os.getloadavg()[0], 1))
    path = HERE / "results" / "replicate_speed.csv"
    old = pd.read_csv(path) if path.is_file() else table.iloc[:0]
    kept = old[old["rows"] != arguments.rows]
    pd.concat([kept, table]).to_csv(path, index=False, float_format="%.3f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
