"""``aibaro grim``: can these percentages come from so many answers?"""

from __future__ import annotations

import argparse
import json

from aibaro.consistency import fitting_bases, grim


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("percentages", nargs="+", metavar="PERCENTAGE", help="as printed, such as 30 or 33,3%%")
    parser.add_argument("--n", type=int, required=True, metavar="N", help="answers in the base")
    parser.add_argument("--exhaustive", action="store_true", help="the answers exclude each other and cover the base")
    parser.add_argument(
        "--rounding", default="half_up", metavar="RULE", help="rounding rule of the publication (default: half_up)"
    )
    parser.add_argument("--decimal", choices=(",", "."), default=",", help="decimal mark (default: a comma)")
    parser.add_argument("--json", action="store_true", help="print records instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Print which percentages are reachable."""
    whole = "yes" if arguments.exhaustive else "no"
    result = grim(
        arguments.percentages, arguments.n, exhaustive=whole, declared=arguments.rounding, decimal=arguments.decimal
    )
    bases = fitting_bases(
        arguments.percentages, arguments.n, exhaustive=whole, rule=arguments.rounding, decimal=arguments.decimal
    )
    if arguments.json:
        print(json.dumps({**result.to_dict(), "fitting_bases": list(bases)}, ensure_ascii=False, indent=2))
    else:
        shown = ", ".join(map(str, bases)) if bases else "none"
        print(f"{result.summary()}\n  bases up to {arguments.n} that fit all of them: {shown}")
    return 1 if "inconsistent" in {*result.verdicts, result.joint_verdict} else 0
