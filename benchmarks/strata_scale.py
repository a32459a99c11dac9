"""How do bounds and joint questions from print grow with strata and items?  Synthetic surveys of three margins.

Run as ``python benchmarks/strata_scale.py``; each size is measured in an interpreter of its own.  Strata cross three
variables of 5, 7 or 10 levels; items are printed as whole-survey shares and by every level of the three variables, to a
decimal, from counts that were drawn.  For every item, all printed shares get rigorous bounds on their standard errors,
and the joint question is asked: are there whole numbers of respondents in the strata with all its printed shares?
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from estimate_speed import machine

HERE = Path(__file__).resolve().parent
RESULT = HERE / "results" / "strata_scale.json"
VARIABLES = ("region", "industry", "size")
# levels of a variable, items
SIZES = ((5, 50), (5, 200), (7, 200), (10, 50), (10, 200))
SEED = 19
WORK = 5.0


Errors = dict[tuple[str, str, str], float]


def synthetic(folder: Path, levels: int, items: int) -> Errors:
    """Print a survey of levels³ strata whose answers follow main effects; give the standard errors of its shares."""
    rng = np.random.default_rng(SEED)
    cells = [dict(zip(VARIABLES, (f"l{i:02}" for i in cell), strict=True)) for cell in product(range(levels), repeat=3)]
    strata = pd.DataFrame(cells)
    strata["population"] = rng.integers(60, 4000, len(strata))
    strata["respondents"] = np.maximum((strata["population"] * rng.uniform(0.01, 0.2, len(strata))).astype(int), 3)
    effects = [dict(zip(sorted(set(strata[v])), rng.normal(0, 0.4, levels), strict=True)) for v in VARIABLES]
    logit = sum(strata[v].map(effect) for v, effect in zip(VARIABLES, effects, strict=True))
    rows, errors = [], Errors()
    for item in range(items):
        rate = 1 / (1 + np.exp(-(logit + rng.normal(-0.5, 0.8))))
        counts = rng.binomial(strata["respondents"], rate)
        p, n = counts / strata["respondents"], strata["respondents"]
        variance = strata["population"] ** 2 * (1 - n / strata["population"]) * p * (1 - p) / (n - 1)
        weighted = strata.assign(w=strata["population"] * p, v=variance)
        places = [("", "", weighted)] + [(v, level, part) for v in VARIABLES for level, part in weighted.groupby(v)]
        for domain, level, part in places:
            share = 100 * part["w"].sum() / part["population"].sum()
            errors[f"q{item:03}", domain or "all", level or "all"] = part["v"].sum() ** 0.5 / part["population"].sum()
            rows.append({"item": f"q{item:03}", "printed": f"{share:.1f}%", "domain": domain, "level": level})
    folder.mkdir()
    pd.DataFrame(rows).assign(weighted="yes").to_csv(folder / "printed.csv", index=False)
    strata.to_csv(folder / "strata.csv", index=False)
    declared = {"aibaro": {"weighting": "cells", "item_nonresponse": "none", "sampling": "probability"}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "made", **declared}), encoding="utf-8")
    return errors


def worker(levels: int, items: int) -> None:
    """Bound every figure of every item and ask the joint questions; print what it took."""
    from aibaro.compare import domain_shares
    from aibaro.facts import Facts
    from aibaro.published import read
    from aibaro.reconstruct import own_items
    from aibaro.reconstruct._conflict import quick_feasibility

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "made"
        errors = synthetic(folder, levels, items)
        survey = read(folder)
        began = time.process_time()
        facts = Facts.of(survey)
        names = list(dict.fromkeys(fact.key.item for fact in facts if fact.percent))
        spent = {"reading": time.process_time() - began}
        began = time.process_time()
        rows = [row for item in names for row in domain_shares(facts, item)]
        spent["bounds"] = time.process_time() - began
        began = time.process_time()
        systems = own_items(survey, [(item, "all") for item in names])
        answers = Counter(quick_feasibility(system, work=WORK) for system in systems.values())
        spent["joint questions"] = time.process_time() - began
    own = [(row.se_lower, errors[row.item, row.domain, row.level], row.se_upper) for row in rows]
    ratios = [high / true for _, true, high in own]
    print(
        json.dumps(
            {
                "strata": levels**3,
                "items": items,
                "figures": len(facts),
                "bounded": len(rows),
                "outside": sum(not low <= true <= high for low, true, high in own),
                "upper_over_true": {"median": round(float(np.median(ratios)), 3), "most": round(max(ratios), 3)},
                "answers": dict(answers),
                "cpu_seconds": {k: round(v, 1) for k, v in spent.items()},
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        ),
        flush=True,
    )


def main() -> None:
    """Measure every size and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worker", nargs=2, type=int, metavar=("LEVELS", "ITEMS"))
    a = parser.parse_args()
    if a.worker:
        worker(*a.worker)
        return
    found = []
    for levels, items in SIZES:
        command = [sys.executable, __file__, "--worker", str(levels), str(items)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(found[-1], flush=True)
        RESULT.write_text(json.dumps({"machine": machine(), "synthetic": True, "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
