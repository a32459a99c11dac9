"""Does an estimate from a Parquet file larger than memory stay small, and how long does it take?

Writes synthetic rows chunk by chunk into a temporary folder, measures each engine in an interpreter of its own, and
removes the file.  Run as ``python benchmarks/estimate_larger.py --rows 100000000``.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from estimate_speed import ITEMS, SEED, STRATA, machine, strata_of

HERE = Path(__file__).resolve().parent
CHUNK = 2_000_000
# bytes a row of the file, generously
ROW = 24


def write(path: Path, rows: int, seed: int = 0) -> None:
    """Write the rows; each chunk has every stratum in proportion."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng([SEED, seed] if seed else SEED)
    strata = strata_of(rows)
    words = {k: pd.factorize(strata[k], sort=True) for k in STRATA}
    left, writer = strata["n"].to_numpy().copy(), None
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        share = left * size // left.sum()
        share[np.argsort(-(left * size % left.sum()), kind="stable")[: size - share.sum()]] += 1
        left -= share
        place = rng.permutation(np.repeat(np.arange(len(strata), dtype=np.int8), share))
        columns = {
            k: pa.DictionaryArray.from_arrays(words[k][0][place].astype(np.int32), words[k][1].astype(str)).cast(
                pa.string()
            )
            for k in STRATA
        }
        columns |= {item: pa.array(rng.random(size, dtype=np.float32) < 0.05 + 0.1 * i) for i, item in enumerate(ITEMS)}
        columns["turnover"] = pa.array(rng.lognormal(10, 1.5, size))
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="snappy")
        writer.write_table(table, row_group_size=500_000)
    if writer is not None:
        writer.close()


def worker(engine: str, path: Path, rows: int) -> None:
    """Estimate with one engine, and print what it took."""
    from aibaro.design import Design
    from aibaro.estimate import mean, proportion

    if engine == "duckdb":
        import duckdb

        duckdb.execute("SET memory_limit = '600MB'; SET enable_progress_bar = false")
        frame = duckdb.read_parquet(str(path))
    else:
        import polars as pl

        frame = pl.scan_parquet(path)
    strata = strata_of(rows)[[*STRATA, "stratum_population"]].rename(columns={"stratum_population": "population"})
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter(), time.process_time()
    design = Design.from_frame(frame, strata=list(STRATA), population=strata)
    jobs = {
        "items": proportion(frame, list(ITEMS), design=design, by=list(STRATA)),
        "turnover": mean(frame, "turnover", design=design, by="sector"),
    }
    spent = time.perf_counter() - start[0], time.process_time() - start[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "engine": engine,
                "rows": rows,
                "wall": round(spent[0], 2),
                "cpu": round(spent[1], 2),
                "imported_mib": round(imported / 1024),
                "peak_mib": round(peak / 1024),
                "estimates": sum(len(r.estimate) for r in jobs.values()),
            }
        ),
        flush=True,
    )


def main() -> None:
    """Write the file, measure, remove it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--worker", nargs=2, metavar=("ENGINE", "FILE"))
    a = parser.parse_args()
    if a.worker:
        worker(a.worker[0], Path(a.worker[1]), a.rows)
        return
    with tempfile.TemporaryDirectory() as name:
        if shutil.disk_usage(name).free < 2 * ROW * a.rows:
            raise SystemExit("not enough room for the file")
        path = Path(name) / "rows.parquet"
        write(path, a.rows)
        report = {"machine": machine(), "file_mib": round(path.stat().st_size / 2**20), "results": []}
        for engine in ("polars lazy", "duckdb"):
            command = [sys.executable, __file__, "--rows", str(a.rows), "--worker", engine, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            report["results"].append(json.loads(done.stdout.splitlines()[-1]))
            print(report["results"][-1], flush=True)
            (HERE / "results" / "estimate_larger.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
