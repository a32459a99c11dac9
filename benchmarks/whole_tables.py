"""Which kept tables of counts, at the ends of bounds, are part of a whole synthetic file that meets all print?

Run: python benchmarks/whole_tables.py [SECONDS]; one process.  The tables are tried in a fixed order: a sample over
bases, domains and both ends, then all upper ends of shares among users of AI by domain, then all others; until so many
seconds have passed (default: 3,600).  results/whole_tables.json is gone on with where it stands.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from estimate_speed import machine

from aibaro.errors import InputError
from aibaro.published import load
from aibaro.reconstruct import kept_witness, read_bounds
from aibaro.reconstruct.kept import FILES, bound_key
from aibaro.synthesize._draw import DrawingPlan, Stuck, draw, excluded, plan

RESULT = Path(__file__).resolve().parent / "results" / "whole_tables.json"
SURVEY = "flanders-2023"
SAMPLE = 3


def ordered() -> list[tuple[str, str, str]]:
    """List kind, reference and end of every kept table: a sample of each kind first, then applications."""
    survey = load(SURVEY)
    places = [
        (f"{row.base} by {row.domain or 'all strata'}", bound_key(row.item, row.base, row.domain, row.level), end)
        for end in ("upper", "lower")
        for part in FILES
        for row in read_bounds(survey, part).itertuples()
    ]
    seen: Counter[tuple[str, str]] = Counter()
    ranked = []
    for kind, reference, end in places:
        seen[kind, end] += 1
        application = reference.startswith("application.") and end == "upper"
        ranked.append((seen[kind, end] > SAMPLE, not application, kind, reference, end))
    return [(kind, reference, end) for _, _, kind, reference, end in sorted(ranked, key=lambda r: r[:2])]


def tried(prepared: DrawingPlan, reference: str, end: str) -> dict[str, Any]:
    """Ask for the table of one end in a whole file."""
    try:
        kept = kept_witness(load(SURVEY), reference, end)
    except InputError:
        return {"verdict": "no table is kept"}
    began = time.process_time()
    asked = prepared.holding(kept.counts)
    found = excluded(asked, 1)
    if found is not None:
        return {"verdict": "excluded", "by": found.conflict, "cpu_seconds": round(time.process_time() - began, 1)}
    try:
        draw(asked, 1)
        verdict = "found"
    except Stuck:
        verdict = "not found"
    return {"verdict": verdict, "cpu_seconds": round(time.process_time() - began, 1)}


def main(seconds: float = 3600.0) -> None:
    """Try tables and write what is known of all."""
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {"tables": []}
    done = {(t["share"], t["end"]) for t in known["tables"]}
    prepared, until = plan(load(SURVEY)), time.monotonic() + seconds
    for kind, reference, end in ordered():
        if (reference, end) in done:
            continue
        if time.monotonic() > until:
            break
        told = {"share": reference, "end": end, "kind": kind} | tried(prepared, reference, end)
        known["tables"].append(told)
        known |= {"machine": machine(), "counts": counted(known["tables"])}
        RESULT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        print(told, flush=True)


def counted(tables: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Count verdicts by kind and end."""
    found: dict[str, dict[str, int]] = {}
    for table in tables:
        own = found.setdefault(f"{table['kind']}, {table['end']}", {})
        own[table["verdict"]] = own.get(table["verdict"], 0) + 1
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
