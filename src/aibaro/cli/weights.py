"""`aibaro weights FILE`: weight respondents' rows from the command line."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from aibaro import weights
from aibaro.cli._options import add_output, keep_apart, require_for
from aibaro.cli._rows import add_reading, read, read_table, reading, told_as
from aibaro.errors import FaultList, InputError, first_few, repeated
from aibaro.files import write_together
from aibaro.frames import add_columns
from aibaro.frames.row_files import READABLE, WRITABLE, refuse_overwriting
from aibaro.published import load
from aibaro.weights import WeightResult, write_history

# arguments of the steps -> options
WORDS = {
    "disposition": "--nonresponse",
    "classes": "--classes",
    "codes": "--codes",
    "targets": "--rake, --poststratify or --calibrate",
    "population": "--base",
    "units": "--units",
    "total": "--total",
    "by": "--by",
    "distance": "--distance",
    "bounds": "--bounds",
    "upper": "--trim",
    "lower": "--lower",
    "within": "--within",
    "scale": "--limit-scale",
    "overwrite": "--overwrite",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_reading(parser)
    add_output(
        parser,
        "where the weighted rows go: .csv, .xlsx, .sav, .dta, .parquet or .feather",
        metavar="OUT",
        required=True,
    )
    parser.add_argument("--overwrite", action="store_const", const="replace", help="OUT may be FILE itself")
    parser.add_argument("--weight", metavar="COLUMN", help="weights to start from (default: one)")
    parser.add_argument("--name", metavar="COLUMN", help="column of the new weights (default: weight)")
    steps = parser.add_argument_group("steps, taken in this order; a TABLE is a CSV file or the id of a bundled survey")
    steps.add_argument("--base", metavar="TABLE", help="population of each stratum; needs --stratum")
    steps.add_argument("--stratum", metavar="A[,B]", help="columns of the strata")
    steps.add_argument("--nonresponse", metavar="COLUMN", help="dispositions; needs --classes")
    steps.add_argument("--classes", metavar="A[,B]", help="columns of the response classes")
    steps.add_argument(
        "--codes", choices=["names", "aapor"], default="names", help="codes of the dispositions (default: names)"
    )
    steps.add_argument("--poststratify", metavar="TABLE", help="total of each crossed level")
    steps.add_argument("--rake", metavar="TABLE", help="margins: columns domain, level, target; or one row a stratum")
    steps.add_argument("--calibrate", metavar="TABLE", help="margins; rows without level: numeric totals")
    steps.add_argument("--trim", metavar="UPPER", type=float, help="largest weight, on the scale of --limit-scale")
    steps.add_argument("--lower", metavar="LOWER", type=float, default=0.0, help="smallest weight, with --trim")
    steps.add_argument("--within", metavar="A[,B]", help="classes whose totals trimming keeps (default: --stratum)")
    steps.add_argument("--normalize", action="store_const", const="n", help="scale to a mean of one")
    options = parser.add_argument_group("options of the steps")
    options.add_argument("--by", metavar="A[,B]", help="columns of the table to use (default: all)")
    options.add_argument(
        "--units",
        choices=["auto", "counts", "shares", "percent"],
        default="auto",
        help="what the numbers of the tables are",
    )
    options.add_argument("--total", type=float, metavar="N", help="size of the population that shares refer to")
    options.add_argument(
        "--distance",
        choices=["linear", "raking", "logit"],
        default="linear",
        help="distance of --calibrate (default: linear)",
    )
    options.add_argument(
        "--upper", metavar="UPPER", type=float, help="largest weight of --rake, which meets all margins"
    )
    options.add_argument(
        "--limit-scale",
        choices=["absolute", "mean", "median", "percentile", "deff"],
        default="absolute",
        help="what limits are: weights, multiples of mean or median, percentiles, or the design effect left",
    )
    options.add_argument("--bounds", metavar="L,U", help="bounds of the ratio of new to old weights, for --calibrate")
    parser.add_argument("--json", action="store_const", const="json", help="print the history as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Weight the rows, write them and print the history."""

    with told_as("weights", arguments, **WORDS):
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from aibaro.synthesize import synthetic_label

    _check(arguments)
    require_for(arguments.out, where="aibaro weights --output")
    keep_apart(arguments.out, command="weights")
    refuse_overwriting(Path(arguments.file), Path(arguments.out), arguments.overwrite or "refuse")
    rows = read(arguments)
    label = synthetic_label(arguments.file, map(str, rows.columns))
    name = Path(arguments.out).name
    if label and "synthetic" not in name.lower():
        raise InputError(
            "the file name must say that its rows are synthetic",
            where="aibaro weights",
            parameter="--output",
            expected=f"synthetic-{name}",
            got=name,
        )
    result = _steps(rows, arguments)
    frame = result.working_frame
    made = {c: frame[c].to_numpy(dtype=float) for c in map(str, frame.columns) if c not in rows.columns}
    target = Path(arguments.out)
    with tempfile.TemporaryDirectory() as folder:
        weighted = add_columns(arguments.file, Path(folder) / name, made, **reading(arguments))
        contents = {path.name: path.read_bytes() for path in (weighted, write_history(result, weighted))}
    _, history = write_together(target.parent, contents)
    print(f"{len(rows):,} rows written to {target}", file=sys.stderr)
    print(f"history written to {history}", file=sys.stderr)
    if arguments.json:
        facts = result.to_dict() | ({"rows": "synthetic"} if label else {})
        print(json.dumps(facts, ensure_ascii=False, indent=1, default=float))
    else:
        print("\n".join([*([label] if label else []), result.summary()]))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    faults = FaultList("these arguments do not make a weighting", where="aibaro weights")
    steps = ("base", "nonresponse", "poststratify", "rake", "calibrate", "trim", "normalize")
    if all(getattr(arguments, step) is None for step in steps):
        faults.add("no step asked for", expected=", ".join(f"--{s}" for s in steps))
    for step, needed in (("base", "stratum"), ("nonresponse", "classes")):
        if (getattr(arguments, step) is None) != (getattr(arguments, needed) is None):
            faults.add("arguments that belong together", expected=f"both --{step} and --{needed}, or neither")
    if arguments.trim is not None and arguments.within is None and arguments.stratum is None:
        faults.add("trimming needs classes whose totals it keeps", parameter="--within", expected="columns, or all")
    if Path(arguments.out).suffix.lower() not in WRITABLE:
        faults.add(
            "rows of this kind cannot be written",
            parameter="--output",
            expected=", ".join(WRITABLE),
            got=Path(arguments.out).suffix or arguments.out,
        )
    faults.raise_if_any()


def _table(name: str, option: str) -> Any:
    """Read a table of totals: a file, whose rows without a level are numeric totals, or a bundled survey."""
    if Path(name).suffix.lower() not in READABLE:
        with told_as("weights", name=option, survey=option):
            return load(name)
    table = read_table(name, option, "weights")
    domain = next((c for c in ("domain", "variable") if c in table), None)
    if domain is None or "level" not in table or not table["level"].isna().any():
        return table
    value = next(c for c in table.columns if c not in {domain, "level"})
    numeric = table[table["level"].isna()]
    mapping: dict[str, Any] = {
        str(d): dict(zip(part["level"], part[value], strict=True))
        for d, part in table.dropna(subset=["level"]).groupby(domain, sort=False)
    }
    totals = list(numeric[domain].astype(str))
    if twice := repeated([*mapping, *totals]):
        raise InputError(
            "a variable has a row without a level and further rows",
            where=name,
            parameter=option,
            expected="rows of levels, or one row for the total of a numeric column",
            got=first_few(twice),
        )
    return mapping | dict(zip(totals, numeric[value], strict=True))


def _list(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",")]


def _steps(rows: Any, a: argparse.Namespace) -> WeightResult:
    margins = {"units": a.units, "total": a.total, "by": _list(a.by)}
    start: dict[str, Any] = {"weight": a.weight, "name": a.name}
    result: Any = rows
    if a.base is not None:
        result = weights.base(result, strata=_list(a.stratum), population=_table(a.base, "--base"), name=a.name)
        start = {}
    if a.nonresponse is not None:
        codes = "aapor" if a.codes == "aapor" else None
        result = weights.nonresponse(
            result, disposition=a.nonresponse, classes=_list(a.classes) or [], codes=codes, **start
        )
        start = {}
    if a.poststratify is not None:
        result, start = weights.poststratify(result, _table(a.poststratify, "--poststratify"), **margins, **start), {}
    if a.rake is not None:
        result, start = (
            weights.rake(result, _table(a.rake, "--rake"), upper=a.upper, scale=a.limit_scale, **margins, **start),
            {},
        )
    if a.calibrate is not None:
        result, start = (
            weights.calibrate(
                result,
                _table(a.calibrate, "--calibrate"),
                distance=a.distance,
                bounds=_bounds(a.bounds),
                **margins,
                **start,
            ),
            {},
        )
    if a.trim is not None:
        within = [] if a.within == "all" else _list(a.within or a.stratum)
        result, start = (
            weights.trim(result, upper=a.trim, lower=a.lower, scale=a.limit_scale, within=within, **start),
            {},
        )
    if a.normalize is not None:
        result = weights.normalize(result, **start)
    return result  # type: ignore[no-any-return]


def _bounds(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(
            "not a pair of bounds", parameter="--bounds", expected="L,U, such as 0.3,3", got=text
        ) from error
    return low, high
