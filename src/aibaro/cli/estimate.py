"""``aibaro estimate``: weighted estimates from a file of respondents' rows."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import METHODS, Estimates, mean, proportion, quantile, ratio, total
from aibaro.weights import History, history_path, read_history

_SUFFIXES = (".csv", ".parquet", ".feather", ".arrow")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", help="rows: CSV, Parquet or Feather")
    parser.add_argument("--stratum", default="", metavar="A[,B]", help="columns of the strata")
    parser.add_argument("--psu", metavar="P[,S]", help="column of primary sampling units, or one column a stage")
    population = parser.add_mutually_exclusive_group()
    population.add_argument(
        "--population", metavar="COL[,COL]", help="column with the units of the stratum; one a stage"
    )
    population.add_argument(
        "--rate", metavar="COL[,COL]", help="column with the sampling rate of the stratum; one a stage"
    )
    population.add_argument("--strata", metavar="FILE", help="table of strata with the column population")
    parser.add_argument("--weight", metavar="W", help="column of weights")
    parser.add_argument(
        "--history",
        metavar="FILE",
        help="history of the weights, for residual variances (default: the .weights.json beside the rows)",
    )
    replicates = parser.add_argument_group("replicate weights that come with the rows")
    replicates.add_argument("--replicate-weights", metavar="PATTERN", help="their columns, such as 'rw*'")
    replicates.add_argument("--kind", metavar="KIND", help="BRR, Fay, JK1, JK2, JKn, ACS, SDR, bootstrap or custom")
    replicates.add_argument("--rho", type=float, help="Fay's factor")
    replicates.add_argument("--scale", type=float, help="common factor of squared deviations (default: the kind's)")
    replicates.add_argument("--rscales", metavar="A,B,..", help="factor of each replicate, for JKn and custom")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--mean", metavar="X,..")
    target.add_argument("--total", metavar="X,..")
    target.add_argument("--proportion", metavar="X,..")
    target.add_argument("--ratio", metavar="NUM/DEN")
    target.add_argument("--quantile", metavar="X")
    parser.add_argument("--q", default="0.5", metavar="SHARES", help="shares below the quantiles, such as 0.25,0.5")
    parser.add_argument("--by", metavar="G,..", help="domain variables; a×b or a:b crosses two")
    parser.add_argument("--interval", choices=list(METHODS), help="interval of a proportion (logit) or quantile (wald)")
    parser.add_argument("--df", choices=["design", "satterthwaite"], default="design")
    parser.add_argument("--single", choices=["fail", "certainty", "adjust", "average"], default="fail")
    parser.add_argument("--variance", choices=["linearization", "replicates", "jackknife", "bootstrap"])
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="seed of the bootstrap (1)")
    parser.add_argument("--fpc", choices=["population", "none"])
    parser.add_argument("--level", type=float, default=0.95, help="confidence level (0.95)")
    parser.add_argument("--json", action="store_true", help="print a list of records")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from aibaro.synthesize import synthetic_label

    rows = _read(arguments.file)
    design = _design(rows, arguments)
    result = _estimate(rows, design, arguments)
    label = synthetic_label(arguments.file, rows.column_names)
    if arguments.json:
        records = [record | ({"rows": "synthetic"} if label else {}) for record in result.to_records()]
        print(json.dumps(records, ensure_ascii=False, indent=2))
    else:
        print("\n".join([*([label] if label else []), result.summary()]))
    return 0


def _design(rows: Any, arguments: argparse.Namespace) -> Design:
    history = _history(arguments)
    strata = _names(arguments.stratum) or (list(history.strata) if history else None)
    design = Design.from_frame(
        rows,
        strata=strata or None,
        psu=_one_or_several(arguments.psu),
        population=_population(arguments),
        rate=_one_or_several(arguments.rate),
        weight=history.column if history else arguments.weight,
        single=arguments.single,
        calibration=history.calibration if history else (),
        replicates=arguments.replicate_weights,
        kind=arguments.kind,
        rho=arguments.rho,
        scale=arguments.scale,
        rscales=_numbers(arguments.rscales),
    )
    for note in design.notes:
        print(f"note: {note}", file=sys.stderr)
    return design


def _history(arguments: argparse.Namespace) -> History | None:
    """Read the history that was named, or that lies beside the rows and tells of the same weights."""
    beside = history_path(arguments.file)
    if arguments.history is None and not (beside.is_file() and arguments.weight):
        return None
    history = read_history(arguments.history or beside, arguments.file)
    if arguments.weight not in {None, history.column}:
        if arguments.history is None:
            return None
        raise InputError(
            "the history tells of other weights", parameter="--weight", expected=history.column, got=arguments.weight
        )
    if arguments.history is None:
        print(f"note: steps that calibrated the weights are read from {beside}", file=sys.stderr)
    return history


def _one_or_several(text: str | None) -> str | list[str] | None:
    names = _names(text)
    return None if not names else names[0] if len(names) == 1 else names


def _numbers(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in _names(text)]
    except ValueError as error:
        raise InputError("not a list of numbers", parameter="--rscales", expected="A,B,..", got=text) from error


def _names(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _read(name: str) -> Any:
    path = Path(name)
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise InputError(
            "the file of rows cannot be read",
            where=name,
            parameter="FILE",
            expected=", ".join(_SUFFIXES),
            got="no such file" if not path.is_file() else path.suffix,
        )
    import pyarrow
    from pyarrow import csv, feather, parquet

    readers = {".csv": csv.read_csv, ".parquet": parquet.read_table}
    try:
        return readers.get(path.suffix.lower(), feather.read_table)(str(path))
    except pyarrow.ArrowException as error:
        raise InputError("the file of rows cannot be read", where=name, parameter="FILE", got=str(error)) from error


def _population(arguments: argparse.Namespace) -> Any:
    if not arguments.strata:
        return _one_or_several(arguments.population)
    path = Path(arguments.strata)
    if not path.is_file():
        raise InputError(
            "the table of strata cannot be read",
            where=arguments.strata,
            parameter="--strata",
            got="no such file",
            expected="a CSV file",
        )
    try:
        # a stratum may be called NA
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(
            "the table of strata cannot be read", where=arguments.strata, parameter="--strata", got=str(error)
        ) from error


def _estimate(rows: Any, design: Design, arguments: argparse.Namespace) -> Estimates:
    by = [entry.replace(":", "×") for entry in _names(arguments.by)] or None
    common: dict[str, Any] = {
        "design": design,
        "by": by,
        "df": arguments.df,
        "fpc": arguments.fpc,
        "conf_level": arguments.level,
    }
    if arguments.quantile:
        if arguments.variance in {"jackknife", "bootstrap"}:
            raise InputError(
                "quantiles have Woodruff's interval alone",
                parameter="--variance",
                got=arguments.variance,
                expected="linearization",
            )
        return quantile(rows, arguments.quantile, _shares(arguments.q), interval=arguments.interval or "wald", **common)
    common |= {"variance": arguments.variance, "replicates": arguments.replicates, "seed": arguments.seed}
    if arguments.proportion:
        return proportion(rows, _names(arguments.proportion), interval=arguments.interval or "logit", **common)
    if arguments.interval not in {None, "wald"}:
        raise InputError(
            "only proportions and quantiles have other intervals",
            parameter="--interval",
            got=arguments.interval,
            expected="wald",
        )
    if arguments.ratio:
        parts = arguments.ratio.split("/")
        if len(parts) != 2:
            raise InputError("not a ratio", parameter="--ratio", got=arguments.ratio, expected="NUM/DEN")
        return ratio(rows, parts[0], parts[1], **common)
    chosen, names = (mean, arguments.mean) if arguments.mean else (total, arguments.total)
    return chosen(rows, _names(names), **common)


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in _names(text)]
    except ValueError as error:
        raise InputError(
            "not a list of shares", parameter="--q", got=text, expected="numbers such as 0.25,0.5"
        ) from error
