"""How long do the commands from print take?  Processor seconds and memory of whole processes, the fewest of some runs.

Run as ``python benchmarks/print_time.py LABEL``; a label's figures stand beside those of other states of the package,
whose ``src`` is put before this one by ``PYTHONPATH``.  Elapsed seconds mean little on a shared machine, so the load
stands beside them.  The survey of 300 numbers is synthetic: 25 questions with four answers each, of everybody and of
two groups, counts that exist and rounded to a decimal.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from estimate_speed import machine

from aibaro.published.bundled import data_root

RESULT = Path(__file__).resolve().parent / "results" / "print_time.json"
GROUPS = {"": 1000, "men": 480, "women": 520}
# what a survey of one's own does not bring along: bounds, witnesses, detection limits, pinned verdicts
SHIPPED = ("bounds*", "detection.csv", "disclosure.csv", "verdicts.csv", "adoption.csv")


def synthetic(folder: Path, questions: int = 25) -> Path:
    """Print a survey without strata."""
    draw, rows, sets = random.Random(7), [], []
    for question in range(questions):
        counts = {}
        for group in ("men", "women"):
            cuts = sorted(draw.randint(0, GROUPS[group]) for _ in range(3))
            counts[group] = [b - a for a, b in zip([0, *cuts], [*cuts, GROUPS[group]], strict=True)]
        counts[""] = [a + b for a, b in zip(counts["men"], counts["women"], strict=True)]
        for group, size in GROUPS.items():
            for answer, count in enumerate(counts[group]):
                place = {"domain": "sex" if group else "", "level": group, "base_n": size, "weighted": "no"}
                rows.append({"item": f"q{question}.a{answer}", "printed": f"{100 * count / size:.1f}%", **place})
        parts = " ".join(f"q{question}.a{answer}" for answer in range(4))
        sets.append({"kind": "exhaustive", "parts": parts, "whole": "", "status": "declared"})
    folder.mkdir()
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    pd.DataFrame(sets).to_csv(folder / "relations.csv", index=False)
    return folder


def from_nothing(folder: Path, name: str = "flanders-2023") -> Path:
    """Copy a bundled survey without what was computed of it."""
    shutil.copytree(data_root() / name, folder, ignore=shutil.ignore_patterns(*SHIPPED))
    descriptor = folder / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    package["resources"] = [r for r in package["resources"] if (folder / r["path"]).exists()]
    descriptor.write_text(json.dumps(package), encoding="utf-8")
    return folder


def measured(words: list[str], runs: int) -> dict[str, float]:
    """Run a command some times: fewest processor and elapsed seconds, largest memory of a process."""
    found = []
    for _ in range(runs):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-m", "aibaro", *words], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append((used, time.perf_counter() - start))
    # the memory of children is that of the largest so far, so that commands run from small to large
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "processor_seconds": round(min(used for used, _ in found), 2),
        "wall_seconds": round(min(wall for _, wall in found), 2),
        "peak_mib": round(peak),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("label")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        small, large, out = synthetic(Path(place) / "small"), from_nothing(Path(place) / "large"), f"{place}/out"
        commands = {
            "a wrong id": ["explain", "fl23.summary.process_automatio"],
            "explain a number": ["explain", "fl23.summary.process_automation"],
            "explain a claim, groups": ["explain", "io23.c.summary.21"],
            "explain a claim, strata": ["explain", "fl23.c.summary.35"],
            "explain a claim whose family decides": ["explain", "fl23.c.barriers.33"],
            "check 300 numbers, report and figures": ["check", str(small), "-o", out],
            "check flanders-2023 from nothing": ["check", str(large), "-o", out],
            "replicate": ["replicate", "-o", out],
        }
        rows = {}
        for name, words in commands.items():
            rows[name] = measured(words, arguments.runs if words[0] == "explain" else max(1, arguments.runs - 1))
            print(name, rows[name], flush=True)
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    known[arguments.label] = {"machine": machine(), "runs": arguments.runs, "commands": rows}
    RESULT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
