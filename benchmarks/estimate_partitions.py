"""How do the row engines grow on partitioned Parquet?  DuckDB and Spark; synthetic rows.

A survey's rows lie in a folder of ten Parquet files.  Each engine estimates in an interpreter of its own; memory is the
peak of the process, and of the Java process under it for Spark.  Run as ``python benchmarks/estimate_partitions.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from estimate_larger import ROW, write
from estimate_speed import ITEMS, STRATA, machine, strata_of

HERE = Path(__file__).resolve().parent
RESULT = HERE / "results" / "estimate_partitions.json"
PARTS = 10
ROWS = (1_000_000, 10_000_000, 30_000_000)


def frame_of(engine: str, folder: Path) -> Any:
    """Open all files of a folder as one frame."""
    if engine == "duckdb":
        import duckdb

        duckdb.execute("SET memory_limit = '600MB'; SET enable_progress_bar = false; SET threads = 2")
        return duckdb.read_parquet(str(folder / "*.parquet"))
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.shuffle.partitions", 4)
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    return session.read.parquet(str(folder))


def java_spent() -> tuple[float, int]:
    """Processor seconds and peak memory in KiB of the Java process under this one; 0 without one."""
    seconds, peak = 0.0, 0
    for entry in Path("/proc").iterdir():
        try:
            status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines() if ":\t" in line)
            if status.get("Name") == "java" and status.get("PPid") == str(os.getpid()):
                ticks = (entry / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
                seconds += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
                peak += int(status["VmHWM"].split()[0])
        except (OSError, ValueError):
            continue
    return seconds, peak


def worker(engine: str, folder: Path, rows: int) -> None:
    """Estimate with one engine, and print what it took."""
    from aibaro.design import Design
    from aibaro.estimate import mean, proportion

    frame = frame_of(engine, folder)
    strata = strata_of(rows // PARTS)[[*STRATA, "stratum_population"]].rename(
        columns={"stratum_population": "population"}
    )
    strata["population"] *= PARTS
    start, spent = time.perf_counter(), time.process_time() + java_spent()[0]
    design = Design.from_frame(frame, strata=list(STRATA), population=strata)
    jobs = {
        "items": proportion(frame, list(ITEMS), design=design, by=list(STRATA)),
        "turnover": mean(frame, "turnover", design=design, by="sector"),
    }
    java, peak = java_spent()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "engine": engine,
                "rows": rows,
                "wall": round(time.perf_counter() - start, 1),
                "cpu": round(time.process_time() + java - spent, 1),
                "peak_mib": round((own + peak) / 1024),
                "estimates": sum(len(result.estimate) for result in jobs.values()),
                "first": float(jobs["items"].estimate[0]),
            }
        ),
        flush=True,
    )


def main() -> None:
    """Write the files, measure, remove them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=list(ROWS))
    parser.add_argument("--worker", nargs=3, metavar=("ENGINE", "FOLDER", "ROWS"))
    a = parser.parse_args()
    if a.worker:
        worker(a.worker[0], Path(a.worker[1]), int(a.worker[2]))
        return
    found = []
    for rows in a.rows:
        with tempfile.TemporaryDirectory() as name:
            if shutil.disk_usage(name).free < 2 * ROW * rows:
                raise SystemExit("not enough room for the files")
            folder = Path(name)
            for part in range(PARTS):
                write(folder / f"part-{part}.parquet", rows // PARTS, part)
            size = sum(path.stat().st_size for path in folder.iterdir())
            for engine in ("duckdb", "spark"):
                command = [sys.executable, __file__, "--worker", engine, name, str(rows)]
                load = os.getloadavg()[0]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                row = json.loads(done.stdout.splitlines()[-1])
                found.append({**row, "files_mib": round(size / 2**20), "load": round(load, 1)})
                print(found[-1], flush=True)
                RESULT.write_text(
                    json.dumps({"machine": machine(), "synthetic": True, "results": found}, indent=1) + "\n"
                )


if __name__ == "__main__":
    main()
