"""How long does the ledger take?  Processor and wall seconds of each survey's ledger, written with the machine.

Run as ``python benchmarks/ledger_time.py``; one process.  Wall seconds mean little on a busy machine, so the load is
written beside them.
"""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

from aibaro.ledger import build_ledger
from aibaro.published import catalogue, load

RESULT = Path(__file__).resolve().parent / "results" / "ledger_time.json"


def main() -> None:
    """Measure and write."""
    started, rows = os.getloadavg()[0], []
    for name in catalogue()["name"]:
        survey = load(name)
        wall, processor = time.perf_counter(), time.process_time()
        ledger = build_ledger(survey)
        rows.append(
            {
                "survey": name,
                "numbers": len(ledger.entries),
                "claims": len(ledger.claims),
                "processor_seconds": round(time.process_time() - processor, 2),
                "wall_seconds": round(time.perf_counter() - wall, 2),
            }
        )
        print(rows[-1], flush=True)
    result = {
        "machine": {"processors": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "load_at_start": round(started, 1),
        "surveys": rows,
        "processor_seconds": round(sum(row["processor_seconds"] for row in rows), 2),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
