"""Which kept tables of counts, at the ends of bounds, are part of a whole synthetic file that meets all print?

Run: python benchmarks/whole_tables.py [SECONDS]; one process.  Proofs come first, in a fixed order: a sample of bases,
domains and both ends, then upper ends of shares of applications, then all others, domains of few strata before wide
ones; two thirds of the seconds are for them (default: 3,600).  Then files are drawn for tables that nothing was proved
of, in the same order.  results/whole_tables.json is gone on with where it stands.
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
        wide = 1 + ("size_class" in kind) if "all strata" not in kind else 0
        ranked.append(((seen[kind, end] > SAMPLE, not application, wide), kind, reference, end))
    return [(kind, reference, end) for _, kind, reference, end in sorted(ranked, key=lambda r: r[0])]


def proved(asked: DrawingPlan) -> dict[str, Any]:
    """Look for figures that exclude held counts."""
    began = time.process_time()
    found = excluded(asked, 1)
    told = {"verdict": "open"} if found is None else {"verdict": "excluded", "by": list(found.conflict)}
    return told | {"cpu_seconds": round(time.process_time() - began, 1)}


def drawn(asked: DrawingPlan) -> dict[str, Any]:
    """Draw a whole file with held counts."""
    began = time.process_time()
    try:
        draw(asked, 1)
        verdict = "found"
    except Stuck:
        verdict = "not found"
    return {"verdict": verdict, "cpu_seconds_drawing": round(time.process_time() - began, 1)}


def main(seconds: float = 3600.0) -> None:
    """Try tables and write what is known of all."""
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {"tables": []}
    told = {(t["share"], t["end"]): t for t in known["tables"]}
    survey, began = load(SURVEY), time.monotonic()
    prepared = plan(survey)
    for task, verdicts, share in ((proved, (None,), 2 / 3), (drawn, ("open",), 1)):
        for kind, reference, end in ordered():
            own = told.get((reference, end), {})
            if own.get("verdict") not in verdicts or time.monotonic() - began > share * seconds:
                continue
            try:
                kept = kept_witness(survey, reference, end)
                own = own | task(prepared.holding(kept.counts))
            except InputError:
                own = {"verdict": "no table is kept"}
            told[reference, end] = {"share": reference, "end": end, "kind": kind} | own
            tables = list(told.values())
            known = {"machine": machine(), "counts": counted(tables), "tables": tables}
            RESULT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            print(told[reference, end], flush=True)


def counted(tables: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Count verdicts by kind and end."""
    found: dict[str, dict[str, int]] = {}
    for table in tables:
        own = found.setdefault(f"{table['kind']}, {table['end']}", {})
        own[table["verdict"]] = own.get(table["verdict"], 0) + 1
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
