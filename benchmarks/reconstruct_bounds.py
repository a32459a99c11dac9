"""Processor seconds and memory of bounding every printed percentage of an item, row by row.

Run: python benchmarks/reconstruct_bounds.py [ITEM[@BASE] ...]; results/reconstruct_bounds.json keeps what was measured
of other items.  ``make bounds`` takes about half the sum of all items in elapsed time, with its two processes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from estimate_speed import machine

from aibaro.published import load
from aibaro.reconstruct import Bounder, own_item

RESULT = Path(__file__).resolve().parent / "results" / "reconstruct_bounds.json"
DEFAULT = ("technology.nlg", "application.production@adopters")


def measured(item: str, base: str) -> dict[str, Any]:
    """Bound the percentages of an item one by one."""
    began = time.process_time()
    bounder = Bounder(own_item(load("flanders-2023"), item, base))
    rows = {"preparation": {"cpu_seconds": round(time.process_time() - began, 1)}}
    for share in sorted(bounder.system.shares, key=lambda s: (len(s.strata), s.domain, s.level)):
        began = time.process_time()
        row = bounder.row(share)
        rows[share.level or "all"] = {"cpu_seconds": round(time.process_time() - began, 1), "status": row.status}
        print(item, share.level or "all", rows[share.level or "all"], flush=True)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    total = round(sum(float(r["cpu_seconds"]) for r in rows.values()), 1)
    return {"cpu_seconds": total, "peak_memory_mib": peak, "machine": machine(), "rows": rows}


def main(names: list[str]) -> None:
    """Measure the items and write what is known of all."""
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    for name in names or DEFAULT:
        item, _, base = name.partition("@")
        known[name] = measured(item, base or "all")
        RESULT.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
