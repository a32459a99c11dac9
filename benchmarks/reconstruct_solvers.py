"""Times of the reconstruction against plain enumeration, where that is possible, and against scipy.optimize.milp.

Run: python benchmarks/reconstruct_solvers.py; processor seconds are written to results/reconstruct_solvers.json.
The method ``highs`` is scipy.optimize.milp on the same programme.
"""

from __future__ import annotations

import itertools
import json
import resource
import time
from fractions import Fraction
from pathlib import Path

from estimate_speed import machine

from aibaro.published import load
from aibaro.reconstruct import own_item
from aibaro.reconstruct.items import ItemSystem, PrintedShare
from aibaro.reconstruct.share_variance import share_extreme, share_variance_tables

RESULT = Path(__file__).resolve().parent / "results" / "reconstruct_solvers.json"
ITEM = "technology.nlg"
DOMAINS = (("sector", "nace-35-39"), ("sector", "nace-55-56"), ("sector", "nace-58-63"), ("size_class", "large"))
# combinations up to which enumeration is tried
LARGEST = 500_000


def enumerated(system: ItemSystem, share: PrintedShare, sense: str) -> Fraction | None:
    """Bound the variance by the domain's own counts, one by one; None where there are too many."""
    limits = [int(system.design.respondents[h]) for h in share.strata]
    total = 1
    for n in limits:
        total *= n + 1
    if total > LARGEST:
        return None
    weights = [system.design.exact_weights[h] for h in share.strata]
    population = int(system.design.population[list(share.strata)].sum())
    low, high = share.lower * population, share.upper * population
    tables = list(share_variance_tables(system, share.strata).values())
    chosen = max if sense == "max" else min
    inside = (
        x
        for x in itertools.product(*(range(n + 1) for n in limits))
        if low <= sum(w * v for w, v in zip(weights, x, strict=True)) <= high
    )
    return chosen(sum(t[v] for t, v in zip(tables, x, strict=True)) for x in inside)


def main() -> None:
    """Print one line a domain, direction and method, and write them all."""
    system = own_item(load("flanders-2023"), ITEM)
    results = []
    for (domain, level), sense in itertools.product(DOMAINS, ("max", "min")):
        share = system.share(domain, level)
        if share is None:
            continue
        for method in ("enumeration", "cpsat", "highs"):
            began = time.process_time()
            if method == "enumeration":
                value = enumerated(system, share, sense)
            else:
                value = share_extreme(system, share.strata, sense, solver=method).inner
            line = {
                "item": ITEM,
                "domain": domain,
                "level": level,
                "end": sense,
                "method": method,
                "cpu_seconds": None if value is None else round(time.process_time() - began, 2),
                "std_error_points": None if value is None else round(100 * float(value) ** 0.5, 6),
            }
            results.append(line)
            print(line, flush=True)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    report = {"machine": machine(), "combinations_at_most": LARGEST, "peak_memory_mib": peak, "results": results}
    RESULT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
