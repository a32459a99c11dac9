"""How long does a synthetic file take, and what would coarser print hide?

Run as ``python benchmarks/synthesize_time.py [SURVEY] [SEEDS]``; one process.
"""

from __future__ import annotations

import sys
import time

from aibaro.disclosure import compare_options
from aibaro.published import load
from aibaro.synthesize import synthesize, synthetic_population


def main(name: str = "flanders-2023", seeds: int = 3) -> None:
    """Print processor seconds a file, and the options of the disclosure audit."""
    survey = load(name)
    for seed in range(1, seeds + 1):
        start = time.process_time()
        file = synthesize(survey, seed)
        spent = time.process_time() - start
        print(f"respondents, seed {seed}: {spent:.1f} s, {file.reproduced} percentages reproduced", flush=True)
    start = time.process_time()
    rows = len(synthetic_population(survey, 1).rows)
    print(f"population, seed 1: {time.process_time() - start:.1f} s, {rows} firms", flush=True)
    start = time.process_time()
    items = [("technology.autonomous_machines", "all"), ("technology.machine_learning", "all")]
    print(compare_options(survey, items, decimals=(0,)).to_string(index=False))
    print(f"disclosure options of {len(items)} items: {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
