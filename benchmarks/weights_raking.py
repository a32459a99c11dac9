"""How fast is raking five margins, side by side with its peers?

Each tool runs in its own interpreter on the same synthetic rows and the same margins.  Run it as
``python benchmarks/weights_raking.py --rows 1000000 --peer weightipy=PYTHON --peer ipfn=PYTHON --peer R=Rscript``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LEVELS = {"size": 4, "sector": 11, "region": 5, "age": 6, "form": 3}
REPEATS = 5
Timed = tuple[tuple[float, float], Any]


def make(folder: Path, rows: int) -> None:
    """Write synthetic rows and margins that a reweighting of them meets."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(20231122)
    data = pd.DataFrame({k: rng.choice(n, rows, p=rng.dirichlet(np.full(n, 4.0))) for k, n in LEVELS.items()})
    data.to_parquet(folder / "rows.parquet")
    tilt = np.ones(rows)
    for k, n in LEVELS.items():
        tilt *= rng.uniform(0.6, 1.6, n)[data[k]]
    margins = {k: data.assign(w=tilt * rows / tilt.sum()).groupby(k)["w"].sum().tolist() for k in LEVELS}
    (folder / "margins.json").write_text(json.dumps(margins))


def timed(call: Any, repeats: int) -> Timed:
    """Median elapsed and processor seconds of some calls, and what the last one gave."""
    elapsed, spent, result = [], [], None
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        result = call()
        elapsed.append(time.perf_counter() - start[0])
        # work of all threads, which other work on the machine disturbs less
        spent.append(time.process_time() - start[1])
    return (statistics.median(elapsed), statistics.median(spent)), result


def residual(data: Any, weight: Any, margins: dict[str, list[float]]) -> float:
    """Largest relative distance of a weighted margin from its share."""
    import numpy as np

    worst = 0.0
    for k, targets in margins.items():
        sums = np.bincount(data[k], np.asarray(weight, dtype=float), minlength=len(targets))
        worst = max(worst, float(np.max(np.abs(sums / sums.sum() / (np.array(targets) / sum(targets)) - 1))))
    return worst


def worker(tool: str, folder: Path, repeats: int) -> dict[str, Any]:
    """Time one tool; reading the file is not part of it."""
    import pandas as pd

    data = pd.read_parquet(folder / "rows.parquet")
    margins = json.loads((folder / "margins.json").read_text())
    seconds, weight = TOOLS[tool](data, margins, repeats, folder)
    return {
        "tool": tool,
        "rows": len(data),
        "seconds": seconds[0],
        "cpu": seconds[1],
        "residual": residual(data, weight, margins),
    }


def aibaro_in(library: str) -> Any:
    """Give the job of aibaro for rows of one frame library, the weighted frame included."""

    def job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
        from aibaro.weights import rake

        targets = {k: dict(enumerate(v)) for k, v in margins.items()}
        text = library.endswith("text")
        rows: Any = data.astype(str) if text else data
        if text:
            targets = {k: {str(i): t for i, t in v.items()} for k, v in targets.items()}
        if library.startswith("polars"):
            import polars as pl

            rows = pl.from_pandas(rows)
        if library == "duckdb":
            import duckdb

            rows = duckdb.read_parquet(str(folder / "rows.parquet"))
            seconds, frame = timed(lambda: rake(rows, targets).frame.to_arrow_table(), repeats)  # noqa: PLW0108
            return seconds, frame["weight"].to_numpy()
        seconds, frame = timed(lambda: rake(rows, targets).frame, repeats)
        return seconds, frame["weight"].to_numpy()

    return job


def calibrate_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time linear calibration of aibaro to the same margins, on Polars rows."""
    import polars as pl

    from aibaro.weights import calibrate

    rows, targets = pl.from_pandas(data), {k: dict(enumerate(v)) for k, v in margins.items()}
    seconds, frame = timed(lambda: calibrate(rows, targets).frame, repeats)
    return seconds, frame["weight"].to_numpy()


def svy_calibrate_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time linear calibration of svy to the same margins."""
    import polars as pl
    import svy

    rows = pl.from_pandas(data).with_columns(pl.lit(1.0).alias("one"))
    controls = {svy.Cat(k): dict(enumerate(v)) for k, v in margins.items()}
    sample = svy.Sample(rows, svy.Design(wgt="one"))
    seconds, found = timed(lambda: sample.weighting.calibrate(controls=controls), repeats)
    return seconds, found.data["calib_wgt"].to_numpy()


def weightipy_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time weightipy."""
    import weightipy as wp

    shares = {k: {i: 100 * t / sum(v) for i, t in enumerate(v)} for k, v in margins.items()}
    scheme = wp.scheme_from_dict(shares, rim_params={"convcrit": 1e-8, "max_iterations": 1000})
    seconds, frame = timed(lambda: wp.weight_dataframe(data, scheme, weight_column="weight"), repeats)
    return seconds, frame["weight"].to_numpy()


def ipfn_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time ipfn on the rows, once: it needs half a minute at a million rows."""
    import pandas as pd
    from ipfn import ipfn

    aggregates = [pd.Series(v, index=pd.Index(range(len(v)), name=k), name="total") for k, v in margins.items()]
    names = [[k] for k in margins]

    def call() -> Any:
        fit = ipfn.ipfn(data.assign(total=1.0), aggregates, names, convergence_rate=1e-8, max_iteration=100)
        return fit.iteration()

    seconds, frame = timed(call, 1)
    return seconds, frame["total"].to_numpy()


def balance_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time balance, whose targets are rows too: a thousand of them with the margins."""
    from balance import Sample
    from balance.weighting_methods.rake import prepare_marginal_dist_for_raking

    shares = {k: {str(i): t / sum(v) for i, t in enumerate(v)} for k, v in margins.items()}
    shares = {k: {i: round(s, 2) for i, s in v.items()} for k, v in shares.items()}
    target = prepare_marginal_dist_for_raking(shares)
    sample = Sample.from_frame(data.astype(str).assign(id=range(len(data))), id_column="id")
    wanted = sample.set_target(Sample.from_frame(target.assign(id=target.index), id_column="id"))
    seconds, adjusted = timed(lambda: wanted.adjust(method="rake", transformations=None), 1)
    return seconds, adjusted.weights().df.iloc[:, 0].to_numpy()


def svy_job(data: Any, margins: dict[str, list[float]], repeats: int, folder: Path) -> Timed:
    """Time svy, to the residual that weightipy reaches."""
    import polars as pl
    import svy

    rows = pl.from_pandas(data).with_columns(pl.lit(1.0).alias("one"))
    controls = {k: dict(enumerate(v)) for k, v in margins.items()}
    sample = svy.Sample(rows, svy.Design(wgt="one"))
    seconds, raked = timed(lambda: sample.weighting.rake(controls=controls, tol=1e-10, max_iter=1000), repeats)
    return seconds, raked.data["rk_wgt"].to_numpy()


R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(TRUE)[1]
rows <- read.csv(file.path(folder, "rows.csv")); rows[] <- lapply(rows, factor)
m <- read.csv(file.path(folder, "margins.csv"))
pop <- lapply(names(rows), function(k) { p <- m[m$domain == k, c("level", "Freq")]; names(p)[1] <- k; p })
d <- svydesign(id = ~1, weights = rep(1, nrow(rows)), data = rows)
control <- list(epsilon = 1, maxit = 1000)
s <- system.time(r <- rake(d, lapply(names(rows), reformulate), pop, control = control))
cat(s[["elapsed"]], s[["user.self"]] + s[["sys.self"]], "\\n")
"""


def r_seconds(rscript: str, folder: Path) -> dict[str, float]:
    """Time R survey, once; its rows come from a CSV file, whose reading is not part of it."""
    import pandas as pd

    pd.read_parquet(folder / "rows.parquet").to_csv(folder / "rows.csv", index=False)
    margins = json.loads((folder / "margins.json").read_text())
    table = [(k, i, t) for k, v in margins.items() for i, t in enumerate(v)]
    pd.DataFrame(table, columns=["domain", "level", "Freq"]).to_csv(folder / "margins.csv", index=False)
    (folder / "rake.R").write_text(R_SCRIPT)
    run = subprocess.run([rscript, folder / "rake.R", folder], capture_output=True, text=True, check=True)
    return dict(zip(("seconds", "cpu"), map(float, run.stdout.split()[-2:]), strict=True))


LIBRARIES = ("pandas", "pandas text", "polars", "polars text", "duckdb")
TOOLS = {f"aibaro {library}": aibaro_in(library) for library in LIBRARIES}
TOOLS |= {"aibaro calibrate": calibrate_job, "svy calibrate": svy_calibrate_job}
TOOLS |= {"weightipy": weightipy_job, "ipfn": ipfn_job, "balance": balance_job, "svy": svy_job}


def machine() -> dict[str, Any]:
    """Describe what the numbers were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Run every tool on every size, and print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "weights_raking.json")
    parser.add_argument("--worker", nargs=2, metavar=("TOOL", "FOLDER"))
    a = parser.parse_args()
    if a.worker:
        print(json.dumps(worker(a.worker[0], Path(a.worker[1]), REPEATS)))
        return
    jobs = [(tool, sys.executable) for tool in TOOLS if tool.startswith("aibaro")]
    jobs += [tuple(peer.split("=", 1)) for peer in a.peer]
    results = []
    for rows in a.rows:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), rows)
            for tool, python in jobs:
                if tool == "R":
                    record: dict[str, Any] = {"tool": "R", "rows": rows, **r_seconds(python, Path(name))}
                else:
                    command = [python, __file__, "--worker", tool, name]
                    run = subprocess.run(command, capture_output=True, text=True, check=False)
                    record = (
                        json.loads(run.stdout.splitlines()[-1])
                        if run.returncode == 0
                        else {"tool": tool, "rows": rows, "failed": run.stderr.strip().splitlines()[-1][:200]}
                    )
                print(record, flush=True)
                results.append(record)
                # a peer may need minutes: what is measured is kept
                a.out.parent.mkdir(exist_ok=True)
                report = {"machine": machine(), "repeats": REPEATS, "results": results}
                a.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
