"""What does ``import aibaro.weights`` cost beside ``import pandas``?

Starts interpreters in turn and takes medians; run as ``python benchmarks/import_time.py``.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from estimate_speed import machine

HERE = Path(__file__).resolve().parent
STATEMENTS = ("pass", "import numpy", "import pandas", "import aibaro.weights", "import aibaro.estimate")
REPEATS = 11


def once(statement: str) -> tuple[float, float]:
    """Run a statement in a fresh interpreter: elapsed and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and write the result."""
    times: dict[str, list[tuple[float, float]]] = {s: [] for s in STATEMENTS}
    for turn in range(REPEATS + 1):
        for statement, kept in times.items():
            measured = once(statement)
            if turn:
                kept.append(measured)
    results = [
        {
            "statement": s,
            "wall_min": round(min(w for w, _ in t), 4),
            "cpu": round(statistics.median(c for _, c in t), 4),
        }
        for s, t in times.items()
    ]
    bare, pandas, weights = (
        next(r["cpu"] for r in results if r["statement"] == s)
        for s in ("pass", "import pandas", "import aibaro.weights")
    )
    report = {
        "machine": machine(),
        "repeats": REPEATS,
        "ratio_with_start": round(weights / pandas, 3),
        "ratio_of_imports": round((weights - bare) / (pandas - bare), 3),
        "results": results,
    }
    (HERE / "results" / "import_time.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
