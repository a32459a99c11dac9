"""``aibaro estimate``: weighted estimates from a file of respondents' rows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import METHODS, Estimates, mean, proportion, quantile, ratio, total

_SUFFIXES = (".csv", ".parquet", ".feather", ".arrow")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", help="rows: CSV, Parquet or Feather")
    parser.add_argument("--stratum", default="", metavar="A[,B]", help="columns of the strata")
    parser.add_argument("--psu", metavar="P", help="column of primary sampling units")
    population = parser.add_mutually_exclusive_group()
    population.add_argument("--population", metavar="COL", help="column with the units of the stratum")
    population.add_argument("--strata", metavar="FILE", help="table of strata with the column population")
    parser.add_argument("--weight", metavar="W", help="column of weights")
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
    parser.add_argument("--variance", choices=["linearization", "jackknife", "bootstrap"], default="linearization")
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="seed of the bootstrap (1)")
    parser.add_argument("--fpc", choices=["population", "none"])
    parser.add_argument("--level", type=float, default=0.95, help="confidence level (0.95)")
    parser.add_argument("--json", action="store_true", help="print a list of records")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from aibaro.synthesize import synthetic_label

    rows = _read(arguments.file)
    design = Design.from_frame(
        rows,
        strata=_names(arguments.stratum) or None,
        psu=arguments.psu,
        population=_population(arguments),
        weight=arguments.weight,
        single=arguments.single,
    )
    result = _estimate(rows, design, arguments)
    label = synthetic_label(arguments.file, rows.column_names)
    if arguments.json:
        records = [record | ({"rows": "synthetic"} if label else {}) for record in result.to_records()]
        print(json.dumps(records, ensure_ascii=False, indent=2))
    else:
        print("\n".join([*([label] if label else []), result.summary()]))
    return 0


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


def _population(arguments: argparse.Namespace) -> str | pd.DataFrame | None:
    if not arguments.strata:
        return str(arguments.population) if arguments.population else None
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
        if arguments.variance != "linearization":
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
