"""Times of the reconstruction against plain enumeration, where that is possible, and against scipy's milp.

Run: python benchmarks/reconstruct_solvers.py
"""

from __future__ import annotations

import itertools
import resource
import time
from fractions import Fraction

from aibaro.published import load
from aibaro.reconstruct import own_item
from aibaro.reconstruct.constraints import ItemSystem, PrintedShare
from aibaro.reconstruct.shares import share_extreme, share_variance_tables

ITEM = "technology.nlg"
DOMAINS = (("sector", "nace-35-39"), ("sector", "nace-55-56"), ("sector", "nace-58-63"), ("size_class", "large"))
LARGEST = 2_000_000


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
    inside = (x for x in itertools.product(*(range(n + 1) for n in limits))
              if low <= sum(w * v for w, v in zip(weights, x, strict=True)) <= high)  # fmt: skip
    return chosen(sum(t[v] for t, v in zip(tables, x, strict=True)) for x in inside)


def main() -> None:
    """Print one line a domain, direction and method."""
    survey = load("flanders-2023")
    system = own_item(survey, ITEM)
    print("domain                  end  method       seconds  standard error")
    for domain, level in DOMAINS:
        share = system.share(domain, level)
        if share is None:
            continue
        for sense in ("max", "min"):
            for method in ("enumeration", "cpsat", "highs"):
                began = time.perf_counter()
                if method == "enumeration":
                    value = enumerated(system, share, sense)
                else:
                    value = share_extreme(system, share.strata, sense, solver=method).inner
                took = time.perf_counter() - began
                text = "too many" if value is None else f"{100 * float(value) ** 0.5:.6f} points"
                print(f"{domain + '=' + level:<23} {sense:<4} {method:<12} {took:7.2f}  {text}", flush=True)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
