"""Right surveys must not be accused: draw many, print them, judge them.

Run from the root of the checkout::

    python benchmarks/honest_surveys.py --surveys 10000 --first 0

Each survey is synthetic (see ``tests/consistency/drawn.py``): strata or none, weights of each declared kind, cross
tables, questions with one and with several answers, counts, bases, waves, item nonresponse, don't-knows that are not
printed, sets rounded so that they add up to 100.  A number that is printed truly may be ``rounding_dependent``; it may
never be ``inconsistent`` or ``in_conflict``.  The run stops with 1 when one is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.consistency.drawn import draw

from aibaro.consistency import suspects
from aibaro.facts import Facts


def main() -> int:
    """Draw and judge; print what was accused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first survey")
    chosen = parser.parse_args()
    started, numbers, accused = time.time(), 0, list[int]()
    kinds: Counter[tuple[str, str]] = Counter()
    for seed in range(chosen.first, chosen.first + chosen.surveys):
        drawn = draw(seed)
        numbers += len(drawn.rows)
        kinds[drawn.weighting, drawn.nonresponse] += 1
        conflicts = suspects(Facts.of(drawn.survey()))
        if any(not conflict.holds_under for conflict in conflicts):
            accused.append(seed)
            print("accused:", seed, [c.ids for c in conflicts if not c.holds_under], file=sys.stderr)
    for (weighting, nonresponse), count in sorted(kinds.items()):
        print(f"weighting {weighting}, item nonresponse {nonresponse}: {count}")
    print(f"{chosen.surveys} surveys, {numbers} numbers, {len(accused)} surveys accused, {time.time() - started:.0f} s")
    return 1 if accused else 0


if __name__ == "__main__":
    raise SystemExit(main())
