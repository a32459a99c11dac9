"""``aibaro synthesize``: synthetic respondents that the printed figures allow."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aibaro.cli._options import add_output, at_least_one, keep_apart, require
from aibaro.cli._rows import told_as
from aibaro.errors import ConflictError, InputError

if TYPE_CHECKING:
    from aibaro.reconstruct import KeptWitness
    from aibaro.synthesize import Synthetic


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
    parser.add_argument(
        "--bound",
        metavar="ID",
        help="hold the kept table of counts at an end of the bounds on the standard error of this printed share: its id"
        " or fact, such as technology.nlg|sector=nace-10-33",
    )
    parser.add_argument("--end", choices=("lower", "upper"), help="end of the bounds (default: upper)")
    parser.add_argument("--json", action="store_true", help="print what is known about the file as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Draw, check and write synthetic rows."""
    from aibaro.published import open_survey
    from aibaro.reconstruct import kept_witness
    from aibaro.synthesize import synthesize, synthetic_population, write_synthetic
    from aibaro.synthesize.labelled_files import check_name
    from aibaro.synthesize.synthetic import share_ranges

    if not arguments.population:
        require("ortools", where="aibaro synthesize")
    if arguments.bound is None and arguments.end is not None:
        raise InputError("there is no bound to take an end of", parameter="--end", expected="together with --bound")
    if arguments.bound is not None and arguments.population:
        raise InputError("a bound is about respondents", parameter="--bound", expected="without --population")
    survey = open_survey(arguments.survey)
    with told_as("synthesize", reference="--bound"):
        kept = None if arguments.bound is None else kept_witness(survey, arguments.bound, arguments.end or "upper")
    counts = None if kept is None else kept.counts
    kind = "synthetic-population" if arguments.population else "synthetic"
    output = Path(arguments.out or f"{kind}-{survey.name}.csv")
    keep_apart(output, command="synthesize")
    with told_as("synthesize", path="--output"):
        check_name(output, survey.name)
    files, complete = [], True
    for index in range(arguments.replicates):
        seed = arguments.seed + index
        print(f"drawing seed {seed} ...", file=sys.stderr, flush=True)
        try:
            file = (
                synthetic_population(survey, seed) if arguments.population else synthesize(survey, seed, counts=counts)
            )
        except ConflictError as error:
            fault = error.faults[0]
            # that print excludes a kept table is a finding; that no rows were found is none
            if kept is None or fault.parameter != "counts":
                raise
            print(replace(fault, parameter="--bound", hint=""), file=sys.stderr)
            return 1
        target = output if arguments.replicates == 1 else output.with_stem(f"{output.stem}-{seed}")
        written = write_synthetic(file, target, survey)
        files.append(file)
        missed = file.check.loc[(file.check["kind"] == "percentage") & ~file.check["reproduced"], "id"]
        given_up = {name for unmet in file.unmet for name in unmet.ids}
        complete &= arguments.population or set(missed) <= given_up
        print(_told(file, kept, arguments))
        print(f"wrote {written[0]} and {written[1].name}", file=sys.stderr)
    if arguments.replicates > 1 and not arguments.json:
        print("smallest and largest share over the files, an inner range:")
        print(share_ranges(files, survey).to_string(index=False))
    return 0 if complete else 1


def _told(file: Synthetic, kept: KeptWitness | None, arguments: argparse.Namespace) -> str:
    """Say what is known about a file, and the standard error of a share whose counts it holds."""
    if arguments.json:
        more = {} if kept is None else {"std_error": kept.std_error}
        return json.dumps(file.to_dict() | more, ensure_ascii=False, indent=2)
    lines = [file.summary()]
    if kept is not None:
        end = f"the kept table at the {kept.end} end"
        lines.append(f"  standard error of {kept.share.name}: {100 * kept.std_error:.2f} points, as in {end}")
    return "\n".join(lines)
