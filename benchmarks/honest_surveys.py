"""Right surveys must not be accused: draw many, print them, judge every printing.

Run from the root of the checkout::

    python -m benchmarks.honest_surveys --surveys 10000 --first 0 --out benchmarks/results/honest_surveys.json

Each survey is synthetic (see ``tests/consistency/drawn.py``, which lists what is drawn).  A number that is printed
truly may be ``rounding_dependent`` where the publisher rounds by another rule than the survey declares; it may never be
``inconsistent`` or ``in_conflict``, and where the declared rule is the publisher's no conflict may be found at all.
The run ends with 1 when one is accused; what is
done is written every hundred surveys.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.consistency.drawn import Drawn, draw

from aibaro.study import Study

ACCUSED = ("inconsistent", "in_conflict")


def accused(drawn: Drawn, verdicts: dict[str, str]) -> list[str]:
    """Printings that the library accuses wrongly."""
    own = drawn.rounding == drawn.declared and not drawn.summed
    return [name for name, word in verdicts.items() if word in ACCUSED or (own and word == "rounding_dependent")]


def traits(drawn: Drawn) -> list[tuple[str, str]]:
    """What a survey has of what is drawn."""
    kinds = {row["kind"] for row in drawn.rows}
    found = [
        ("weighting", drawn.weighting),
        ("item nonresponse", drawn.nonresponse),
        ("strata", " x ".join(drawn.strata) or "none"),
        ("banners", " ".join(drawn.banners) or "none"),
        ("nets and differences", "from rounded figures" if drawn.summed else "from answers"),
        ("rounding", drawn.rounding if drawn.rounding == drawn.declared else f"{drawn.rounding}, not declared"),
    ]
    found += [("kinds", kind) for kind in sorted(kinds)]
    found += [("relations", kind) for kind in sorted({row["kind"] for row in drawn.relations})]
    return found


def main() -> int:
    """Draw and judge; print what was accused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first survey")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    started, wrong = time.time(), list[int]()
    kinds: Counter[tuple[str, str]] = Counter()
    words: Counter[str] = Counter()
    slowest = 0.0
    for seed in range(chosen.first, chosen.first + chosen.surveys):
        begun = time.time()
        drawn = draw(seed)
        kinds.update(traits(drawn))
        study = Study(drawn.survey())
        facts = study.facts
        verdicts = {name: judgement.verdict for name, judgement in study.judged.items()}
        words.update(word for name, word in verdicts.items() if facts.printing(name).named)
        bad = accused(drawn, verdicts)
        if bad:
            wrong.append(seed)
            print("accused:", seed, {name: verdicts[name] for name in bad}, file=sys.stderr, flush=True)
        slowest = max(slowest, time.time() - begun)
        done = seed - chosen.first + 1
        if done % 100 and done < chosen.surveys:
            continue
        result = {
            "surveys": done,
            "first": chosen.first,
            "numbers": sum(words.values()),
            "accused": wrong,
            "verdicts": dict(sorted(words.items())),
            "drawn": {f"{name}: {value}": count for (name, value), count in sorted(kinds.items())},
            "seconds": round(time.time() - started),
            "processor_seconds": round(time.process_time()),
            "slowest": round(slowest, 2),
        }
        if chosen.out:
            chosen.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
