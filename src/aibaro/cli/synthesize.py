"""``aibaro synthesize``: synthetic respondents that the printed figures allow."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from aibaro.cli._options import add_output, at_least_one, keep_apart, require


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("survey", metavar="SURVEY", help="id of a bundled survey ('aibaro list'), or a folder")
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="whole number >= 0; fixes every row")
    add_output(parser, "CSV file whose name says synthetic (default: synthetic-SURVEY.csv)", metavar="FILE")
    parser.add_argument(
        "--replicates",
        type=at_least_one,
        default=1,
        metavar="M",
        help="write M files with seeds N, N+1, ... and print ranges over them",
    )
    parser.add_argument(
        "--population", action="store_true", help="draw every firm of the population from the labelled centre instead"
    )
    parser.add_argument("--json", action="store_true", help="print what is known about the file as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Draw, check and write synthetic rows."""
    from aibaro.published import open_survey
    from aibaro.synthesize import synthesize, synthetic_population, write_synthetic
    from aibaro.synthesize.labelled_files import check_name
    from aibaro.synthesize.synthetic import share_ranges

    if not arguments.population:
        require("ortools", where="aibaro synthesize")
    survey = open_survey(arguments.survey)
    kind = "synthetic-population" if arguments.population else "synthetic"
    output = Path(arguments.out or f"{kind}-{survey.name}.csv")
    check_name(output, survey.name)
    keep_apart(output, command="synthesize")
    maker = synthetic_population if arguments.population else synthesize
    files, complete = [], True
    for index in range(arguments.replicates):
        seed = arguments.seed + index
        print(f"drawing seed {seed} ...", file=sys.stderr, flush=True)
        file = maker(survey, seed)
        target = output if arguments.replicates == 1 else output.with_stem(f"{output.stem}-{seed}")
        written = write_synthetic(file, target, survey)
        files.append(file)
        missed = file.check.loc[(file.check["kind"] == "percentage") & ~file.check["reproduced"], "id"]
        given_up = {name for unmet in file.unmet for name in unmet.ids}
        complete &= arguments.population or set(missed) <= given_up
        print(json.dumps(file.to_dict(), ensure_ascii=False, indent=2) if arguments.json else file.summary())
        print(f"wrote {written[0]} and {written[1].name}", file=sys.stderr)
    if arguments.replicates > 1 and not arguments.json:
        print("smallest and largest share over the files, an inner range:")
        print(share_ranges(files, survey).to_string(index=False))
    return 0 if complete else 1
