"""Does the cost of judging print grow with the print?  Processor seconds and memory by size, each size in a process.

Run as ``python benchmarks/print_scale.py LABEL``.  All surveys are synthetic: ``printings`` are percentages of four
answers, of everybody and of two groups, each with its base beside it; ``strata`` are three questions printed for each
of so many strata and for all, weighted by cells; ``items`` are questions of one sum each; ``one fact`` is one
percentage that is printed so many times.  ``misprint`` has one cell of the first question nine points off.
``seconds_per_thousand`` is what should not grow: the seconds of all steps by thousand printings, cells and bases
among them.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path

import pandas as pd
from estimate_speed import machine
from print_time import synthetic

from aibaro.consistency import judgements
from aibaro.facts import Facts
from aibaro.published import read

RESULT = Path(__file__).resolve().parent / "results" / "print_scale.json"
SIZES = {
    "one fact": (500, 2000, 20_000),
    "printings": (500, 2000, 10_000, 20_000),
    "items": (1000, 10_000),
    "strata": (100, 300, 1000, 3000, 10_000),
    "strata, misprint": (1000, 10_000),
    "strata, item nonresponse unknown": (1000, 3000),
}


def percent(value: Fraction) -> str:
    """A percentage with one decimal, half up."""
    tenths = floor(value * 10 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}%"


def strata(folder: Path, size: int, nonresponse: str, off: int) -> Path:
    """Print three questions by stratum and in all."""
    draw = random.Random(5)
    table = [
        {"stratum": f"s{n}", "population": draw.randint(40, 400), "respondents": draw.randint(5, 40)}
        for n in range(size)
    ]
    people, rows = sum(int(row["population"]) for row in table), []
    for question in range(3):
        whole = Fraction(0)
        for place, row in enumerate(table):
            share = Fraction(100 * draw.randint(0, int(row["respondents"])), int(row["respondents"]))
            whole += share * int(row["population"])
            shown = (share + off) % 100 if (question, place) == (0, 7) else share
            rows.append(
                {"item": f"q{question}", "printed": percent(shown), "domain": "stratum", "level": row["stratum"]}
            )
        rows.append({"item": f"q{question}", "printed": percent(whole / people), "domain": "", "level": ""})
    folder.mkdir()
    pd.DataFrame(table).to_csv(folder / "strata.csv", index=False)
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    declared = {"weighting": "cells", "item_nonresponse": nonresponse}
    (folder / "datapackage.json").write_text(json.dumps({"name": "scale", "aibaro": declared}), encoding="utf-8")
    return folder


def one_fact(folder: Path, size: int) -> Path:
    """Print one percentage again and again."""
    folder.mkdir()
    pd.DataFrame([{"item": "use", "printed": "31%"}] * size).to_csv(folder / "printed.csv", index=False)
    return folder


def made(folder: Path, kind: str, size: int) -> Path:
    """Write a survey of a kind and size."""
    if kind == "one fact":
        return one_fact(folder, size)
    if kind in {"printings", "items"}:
        return synthetic(folder, -(-size // (12 if kind == "printings" else 4)))
    return strata(folder, size, "unknown" if "unknown" in kind else "none", 9 if "misprint" in kind else 0)


def measure(kind: str, size: int) -> dict[str, object]:
    """Judge one survey in this process."""
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place) / "scale", kind, size)
        steps = [time.process_time()]
        survey = read(folder)
        steps.append(time.process_time())
        facts = Facts.of(survey)
        steps.append(time.process_time())
        judged = judgements(facts)
        steps.append(time.process_time())
    seconds = [b - a for a, b in pairwise(steps)]
    return {
        "survey": kind,
        "size": size,
        "printings": len(facts.printings),
        **{f"{name}_seconds": round(s, 2) for name, s in zip(("read", "facts", "judge"), seconds, strict=True)},
        "seconds_per_thousand": round(1000 * sum(seconds) / len(facts.printings), 3),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "verdicts": dict(sorted(Counter(judgement.verdict for judgement in judged.values()).items())),
    }


def main() -> None:
    """Measure every size in a process of its own and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("label", help="name of this state of the package, or KIND:SIZE for one measurement")
    chosen = parser.parse_args()
    kind, _, size = chosen.label.rpartition(":")
    if kind in SIZES:
        print(json.dumps(measure(kind, int(size))))
        return
    rows = []
    for kind, sizes in SIZES.items():
        for number in sizes:
            words = [sys.executable, __file__, f"{kind}:{number}"]
            rows.append(json.loads(subprocess.run(words, capture_output=True, check=True, text=True).stdout))
            print(rows[-1], flush=True)
            known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
            known[chosen.label] = {"machine": machine(), "rows": rows}
            RESULT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
