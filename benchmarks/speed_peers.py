"""The jobs of the speed comparison in other packages; each runs in an environment of its own, without aibaro."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ITEMS = tuple(f"item{i}" for i in range(8))
STRATA = ("size_class", "sector")
REPLICATES = 500
Job = Callable[[], Any]


def clock(jobs: Mapping[str, Job], repeats: int) -> dict[str, dict[str, float]]:
    """Time jobs in turn, so that they share whatever else the machine does.

    ``wall`` is the median of elapsed seconds, ``cpu`` that of processor seconds of all threads, which other work on
    the machine disturbs less; ``wall_min`` is the shortest run.
    """
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    cpu: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            start = time.perf_counter(), time.process_time()
            job()
            spent = time.perf_counter() - start[0], time.process_time() - start[1]
            # the first turn loads what is loaded lazily
            if turn or repeats == 1:
                wall[name].append(spent[0])
                cpu[name].append(spent[1])
        if repeats == 1:
            break
    return {
        name: {"wall": statistics.median(wall[name]), "wall_min": min(wall[name]), "cpu": statistics.median(cpu[name])}
        for name in jobs
    }


def svy_jobs(folder: Path) -> dict[str, Job]:
    """Give the jobs of svy."""
    import polars as pl
    import svy

    data = pl.read_parquet(folder / "rows.parquet").with_columns(
        pl.col(*ITEMS).cast(pl.Float64), pl.concat_str(STRATA, separator=".").alias("stratum")
    )
    design = svy.Design(stratum="stratum", wgt="weight", pop_size="stratum_population")
    sample = svy.Sample(data, design)
    known = json.loads((folder / "totals.json").read_text())

    def domains() -> None:
        for by in STRATA:
            sample.estimation.mean(list(ITEMS), by=by)

    def replicates() -> None:
        units = svy.Design(stratum="stratum", psu="row", wgt="weight", pop_size="stratum_population")
        weighted = svy.Sample(data.with_row_index("row"), units).weighting.create_bs_wgts(REPLICATES, rstate=1)
        weighted.estimation.mean(list(ITEMS), method="replication")

    def greg() -> None:
        controls = {svy.Cat(k): v for k, v in known["levels"].items()} | {"staff": known["staff"]}
        svy.Sample(data, design).weighting.calibrate(controls=controls)

    return {
        "means": lambda: sample.estimation.mean(list(ITEMS)),
        "domains": domains,
        "ratios": lambda: sample.estimation.ratio("turnover", "staff", by="sector"),
        "rao-scott": lambda: sample.categorical.tabulate("sector", "item3"),
        "greg": greg,
        "replicates": replicates,
    }


def samplics_jobs(folder: Path) -> dict[str, Job]:
    """Give the jobs of samplics; of its replicates only the means, from weights that are made before."""
    import warnings

    import pandas as pd

    warnings.simplefilter("ignore")
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

    data = pd.read_parquet(folder / "rows.parquet")
    stratum = data["size_class"].str.cat(data["sector"], sep=".")
    first = ~stratum.duplicated()
    fpc = dict(sorted(zip(stratum[first], (1 - data["n"] / data["stratum_population"])[first], strict=True)))

    def means(domain: str | None) -> None:
        for item in ITEMS:
            chosen = None if domain is None else data[domain]
            TaylorEstimator(PopParam.mean).estimate(
                data[item].astype(float), data["weight"], stratum=stratum, domain=chosen, fpc=fpc
            )

    def ratios() -> None:
        TaylorEstimator(PopParam.ratio).estimate(
            data["turnover"], data["weight"], x=data["staff"], stratum=stratum, domain=data["sector"], fpc=fpc
        )

    return {"means": lambda: means(None), "domains": lambda: [means(k) for k in STRATA], "ratios": ratios}


R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
arguments <- commandArgs(TRUE); folder <- arguments[1]; wanted <- strsplit(arguments[2], ",")[[1]]
columns <- read.csv(file.path(folder, "columns.csv"), stringsAsFactors = FALSE)
n <- as.integer(columns$rows[1])
rows <- as.data.frame(lapply(seq_len(nrow(columns)), function(i) {
  path <- file.path(folder, paste0(columns$name[i], ".bin"))
  if (columns$kind[i] == "double") readBin(path, "double", n) else readBin(path, "integer", n)
}))
names(rows) <- columns$name
rows$sector <- factor(rows$sector); rows$size_class <- factor(rows$size_class)
rows$stratum <- interaction(rows$size_class, rows$sector, drop = TRUE)
d <- svydesign(id = ~1, strata = ~stratum, fpc = ~stratum_population, data = rows)
items <- reformulate(paste0("item", 0:7))
known <- read.csv(file.path(folder, "greg.csv"))
jobs <- list(
  means = function() svymean(items, d),
  domains = function() { svyby(items, ~sector, d, svymean); svyby(items, ~size_class, d, svymean) },
  ratios = function() svyby(~turnover, ~sector, d, svyratio, denominator = ~staff),
  `rao-scott` = function() svychisq(~sector + item3, d),
  greg = function() calibrate(d, ~size_class + sector + staff, setNames(known$total, known$name)),
  replicates = function() svymean(items, as.svrepdesign(d, type = "mrbbootstrap", replicates = 500))
)
for (name in wanted) {
  times <- sapply(seq_len(as.integer(arguments[3])), function(i) { gc(); system.time(jobs[[name]]())[1:3] })
  times <- matrix(times, nrow = 3)
  peak <- sub("kB", "", sub("VmHWM:", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE)))
  cat(name, median(times[3, ]), min(times[3, ]), median(times[1, ] + times[2, ]), trimws(peak), "\\n")
}
"""


def r_times(rscript: str, folder: Path, jobs: list[str], repeats: int) -> list[dict[str, Any]]:
    """Time R survey; its rows are read before the clock starts."""
    (folder / "speed.R").write_text(R_SCRIPT)
    run = subprocess.run(
        [rscript, folder / "speed.R", folder, ",".join(jobs), str(repeats)], capture_output=True, text=True, check=True
    )
    records = []
    for line in run.stdout.splitlines():
        name, wall, least, cpu, peak = line.split()
        records.append(
            {
                "tool": "R survey",
                "job": name,
                "wall": float(wall),
                "wall_min": float(least),
                "cpu": float(cpu),
                "peak_mib": round(int(peak) / 1024),
            }
        )
    return records


PEERS = {"svy": svy_jobs, "samplics": samplics_jobs}


def main(name: str, folder: str, jobs: str, repeats: str) -> None:
    """Time the jobs of one peer and print a record a job."""
    import resource

    table = PEERS[name](Path(folder))
    for job in jobs.split(","):
        if job in table:
            measured = clock({job: table[job]}, int(repeats))[job]
            peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            print(json.dumps({"tool": name, "job": job, **measured, "peak_mib": peak}), flush=True)


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
