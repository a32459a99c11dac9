"""Have means and domains become slower since another version?

The same jobs on the same synthetic rows with this checkout and with another one (``git worktree add``), in turn, each
process in one frame library: least and median processor and elapsed seconds over all rounds.  Written to
``benchmarks/results/versions_speed.json``.  Run from the root of the checkout::

    python benchmarks/versions_speed.py OTHER_CHECKOUT --rows 1000000 --rounds 5
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from estimate_speed import LIBRARIES, aibaro_jobs, frame_of, machine, make

HERE = Path(__file__).resolve().parent
JOBS = ("means", "numeric", "domains", "ratios")


def worker(library: str, folder: Path, repeats: int) -> None:
    """Time the jobs in one library, after one turn that loads what is loaded lazily."""
    jobs = aibaro_jobs(frame_of(library, folder / "rows.parquet"), folder)
    for name in JOBS:
        jobs[name]()
        for _ in range(repeats):
            start = time.perf_counter(), time.process_time()
            jobs[name]()
            print(json.dumps([name, time.perf_counter() - start[0], time.process_time() - start[1]]), flush=True)


def main() -> None:
    """Time both versions in turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("other", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--library", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--worker", nargs=2, metavar=("LIBRARY", "FOLDER"))
    a = parser.parse_args()
    if a.worker:
        worker(a.worker[0], Path(a.worker[1]), a.repeats)
        return
    versions = {"this": HERE.parent, "other": a.other.resolve()}
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), a.rows)
        for turn in range(a.rounds):
            for library in a.library:
                # the version that begins changes, so that none always follows a busy moment
                for version in list(versions)[:: 1 if turn % 2 else -1]:
                    command = [sys.executable, __file__, "--worker", library, name, "--repeats", str(a.repeats)]
                    environment = {**os.environ, "PYTHONPATH": str(versions[version] / "src")}
                    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
                    for line in done.stdout.splitlines():
                        if line.startswith("["):
                            job, wall, cpu = json.loads(line)
                            found.setdefault((library, job, version), []).append((wall, cpu))
    records = [record(library, job, found) for library in a.library for job in JOBS]
    commits = {
        version: subprocess.run(
            ["git", "-C", str(path), "log", "-1", "--format=%h"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for version, path in versions.items()
    }
    report = {"rows": a.rows, "rounds": a.rounds, "repeats": a.repeats, "machine": machine()}
    report |= {"load": round(os.getloadavg()[0], 1), "commits": commits, "results": records}
    (HERE / "results" / "versions_speed.json").write_text(json.dumps(report, indent=1) + "\n")
    for one in records:
        print(one)


def record(library: str, job: str, found: dict[tuple[str, str, str], list[tuple[float, float]]]) -> dict[str, Any]:
    """Least and median seconds of both versions, and the ratio of the least processor seconds."""
    result: dict[str, Any] = {"library": library, "job": job}
    for version in ("this", "other"):
        wall, cpu = zip(*found[library, job, version], strict=True)
        for kind, values in (("wall", wall), ("cpu", cpu)):
            result[f"{version}_{kind}_least"] = round(min(values), 4)
            result[f"{version}_{kind}_median"] = round(statistics.median(values), 4)
    for kind in ("wall", "cpu"):
        result[f"{kind}_ratio"] = round(result[f"this_{kind}_least"] / result[f"other_{kind}_least"], 3)
    return result


if __name__ == "__main__":
    main()
