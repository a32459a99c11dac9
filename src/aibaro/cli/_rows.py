"""What the commands on rows share: reading a file of any kind, declaring its design, and faults in words of options."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.cli._terminal import say
from aibaro.design import Design
from aibaro.errors import AibaroError, Fault, InputError
from aibaro.frames import read_rows
from aibaro.weights import History, history_path, read_history
from aibaro.weights.history import column_of

# argument of a function -> option of a command
OPTIONS = {
    "strata": "--stratum",
    "psu": "--psu",
    "population": "--population",
    "rate": "--rate",
    "weight": "--weight",
    "single": "--single",
    "replicates": "--replicate-weights",
    "kind": "--kind",
    "rho": "--rho",
    "scale": "--scale",
    "rscales": "--rscales",
    "history": "--history",
    "sheet": "--sheet",
    "separator": "--separator",
    "decimal": "--decimal",
    "encoding": "--encoding",
    "missing_values": "--missing-values",
    "path": "FILE",
    "data": "FILE",
    "by": "--by",
    "domain": "--domain",
    "base": "--base",
    "interval": "--interval",
    "df": "--df",
    "fpc": "--fpc",
    "variance": "--variance",
    "seed": "--seed",
    "conf_level": "--conf-level",
    "rows": "--rows",
    "columns": "--columns",
    "nested": "--nested",
    "measures": "--measures",
    "letters": "--letters",
    "letters_level": "--letters-level",
    "small_base": "--small-base",
    "suppress": "--suppress",
    "percent": "--percent",
    "formula": "--formula",
    "family": "--family",
    "link": "--link",
    "event": "--event",
    "term": "--test",
    "expression": "--contrast",
    "expressions": "--contrast",
    "target": "--output",
    "name": "--name",
}


# an argument of a function where an option is meant: weight=, population=
_ARGUMENT = re.compile(r"\b([a-z_]+)=(?=,|$)")


def _long(found: re.Match[str]) -> str:
    return OPTIONS.get(found[1], f"--{found[1].replace('_', '-')}")


@contextmanager
def told_as(command: str, arguments: argparse.Namespace | None = None, **words: str) -> Iterator[None]:
    """Say faults in the words of the command line: its options instead of arguments of functions."""
    given = _given(arguments)
    known = given | OPTIONS | words
    try:
        yield
    except AibaroError as error:
        if not error.faults or not any(_option(f.parameter, known) != f.parameter for f in error.faults):
            raise
        faults = tuple(
            Fault(
                f.problem,
                f.where,
                _option(f.parameter, known, given.get(_named(f.got))),
                _ARGUMENT.sub(_long, f.expected),
                f.got,
                f.hint,
            )
            for f in error.faults
        )
        headline = str(error).splitlines()[0]
        if len(faults) == 1 and faults[0].problem == headline:
            only = faults[0]
            fields = {name: getattr(only, name) for name in ("where", "parameter", "expected", "got", "hint")}
            raise type(error)(headline, **{**fields, "where": fields["where"] or f"aibaro {command}"}) from error
        raise type(error)(headline, where=f"aibaro {command}", faults=faults) from error


def _given(arguments: argparse.Namespace | None) -> dict[str, str]:
    """Columns that options named, with their option: faults of columns are told by both."""
    if arguments is None:
        return {}
    found: dict[str, str] = {}
    for name in ("domain", "by", "columns", "rows", "classes", "stratum", "psu", "population", "nonresponse", "weight"):
        value = getattr(arguments, name, None)
        entries = value if isinstance(value, list) else [value]
        for entry in entries:
            for column in names_of(entry.partition("=")[0]) if isinstance(entry, str) else []:
                found.setdefault(column, f"--{name} {column}")
    return found


def _named(got: str) -> str:
    """The column that a fault names: 'secter', or size: String."""
    return got.partition(":")[0].strip("'")


def _option(parameter: str, known: Mapping[str, str], given: str | None = None) -> str:
    """Options for one argument or several, such as `strata, psu`: of several, the one that named the column."""
    if given is not None and "," in parameter:
        return given
    names = [name.strip() for name in parameter.split(",")]
    if not parameter or not all(name in known for name in names):
        return parameter
    return ", ".join(dict.fromkeys(known[name] for name in names))


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Declare the file of rows and its dialect."""
    parser.add_argument(
        "file", metavar="FILE", help="rows: .csv, .tsv, .xlsx, .sav, .dta, .sas7bdat, .parquet, .feather"
    )
    group = parser.add_argument_group("how the file is read; by default inferred, and asked for where that is unsafe")
    group.add_argument("--sheet", metavar="NAME", help="sheet of a workbook (default: the first)")
    group.add_argument("--separator", metavar="CHAR", help="between columns of a text file; 'tab' for a tab")
    group.add_argument("--decimal", metavar="MARK", help="decimal mark of a text file: . or ,")
    group.add_argument("--encoding", metavar="NAME", help="of a text file: utf-8, utf-16, latin-1, cp1252, ...")
    group.add_argument(
        "--missing",
        choices=["user", "keep"],
        default="user",
        help="values that SPSS or Stata declares missing: missing, or kept as answers (default: user)",
    )
    group.add_argument(
        "--missing-values", metavar="A[,B]", help="texts that stand for a missing value, such as NA (default: none)"
    )


def reading(arguments: argparse.Namespace) -> dict[str, Any]:
    """Options of the reader that were given."""
    separator = {"tab": "\t", "\\t": "\t"}.get(arguments.separator or "", arguments.separator)
    given = {"separator": separator, "decimal": arguments.decimal, "encoding": arguments.encoding}
    given["sheet"] = arguments.sheet
    result = {name: value for name, value in given.items() if value is not None}
    values = names_of(arguments.missing_values)
    return result | {"missing": arguments.missing} | ({"missing_values": values} if values else {})


def read(arguments: argparse.Namespace) -> pd.DataFrame:
    """Read the file of rows, and tell on standard error what was taken."""
    frame: pd.DataFrame = read_rows(arguments.file, **reading(arguments))
    for note in frame.attrs["aibaro"]["notes"]:
        say(f"note: {Path(arguments.file).name}: {note}")
    return frame


def read_table(name: str, option: str, command: str) -> pd.DataFrame:
    """Read a small table beside the rows, such as one of strata."""
    with told_as(command, path=option, name=option, decimal=option):
        frame: pd.DataFrame = read_rows(name)
    return frame


def add_design(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a design."""
    group = parser.add_argument_group("design")
    group.add_argument("--stratum", default="", metavar="A[,B]", help="columns of the strata")
    group.add_argument("--psu", metavar="P[,S]", help="column of primary sampling units, or one column a stage")
    population = group.add_mutually_exclusive_group()
    population.add_argument(
        "--population", metavar="COL[,COL]", help="column with the units of the stratum; one a stage"
    )
    population.add_argument("--rate", metavar="COL[,COL]", help="column with the sampling rate of the stratum")
    population.add_argument("--strata", metavar="FILE", help="table of strata with the column population")
    group.add_argument("--weight", metavar="W", help="column of weights")
    group.add_argument(
        "--history",
        metavar="FILE",
        help="history of the weights, for residual variances (default: FILE.weights.json, where it lies beside the "
        "rows); none takes the weights as given",
    )
    group.add_argument(
        "--single",
        choices=["fail", "certainty", "adjust", "average", "adjust_domains", "average_domains"],
        default="fail",
        metavar="RULE",
        help="strata of a single unit: fail (the default), certainty, adjust, average; adjust_domains and "
        "average_domains also where a domain holds a single one",
    )
    group.add_argument("--fpc", choices=["population", "none"], help="finite population correction")
    replicates = parser.add_argument_group("replicate weights that come with the rows")
    replicates.add_argument("--replicate-weights", metavar="PATTERN", help="their columns, such as 'rw*'")
    replicates.add_argument("--kind", metavar="KIND", help="BRR, Fay, JK1, JK2, JKn, ACS, SDR, bootstrap or custom")
    replicates.add_argument("--rho", type=float, metavar="RHO", help="Fay's factor")
    replicates.add_argument(
        "--scale", type=float, metavar="S", help="common factor of squared deviations (default: the kind's)"
    )
    replicates.add_argument("--rscales", metavar="A,B,..", help="factor of each replicate, for JKn and custom")
    parser.add_argument(
        "--domain",
        action="append",
        default=[],
        metavar="COL=LEVEL[+LEVEL]",
        help="restrict to a domain; rows outside keep their part in the variance",
    )


def design_of(rows: pd.DataFrame, arguments: argparse.Namespace, command: str) -> Design:
    """Declare the design, with the history of the weights where there is one; tell its notes."""
    history = _history(arguments)
    strata = names_of(arguments.stratum) or (list(history.strata) if history else None)
    design = Design.from_frame(
        rows,
        strata=strata or None,
        psu=_one_or_several(arguments.psu),
        population=_population(arguments, command),
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
        say(f"note: {note}")
    return design


def _population(arguments: argparse.Namespace, command: str) -> Any:
    if arguments.strata:
        return read_table(arguments.strata, "--strata", command)
    return _one_or_several(arguments.population)


def _history(arguments: argparse.Namespace) -> History | None:
    """Read the history that was named, or that lies beside the rows and tells of the same weights."""
    if arguments.history == "none" or (arguments.replicate_weights and arguments.history is None):
        return None
    beside = history_path(arguments.file)
    if arguments.history is None and arguments.weight and column_of(beside) not in {"", arguments.weight}:
        # it tells of other weights than those that were asked for
        return None
    declared = arguments.population or arguments.rate or arguments.strata
    if arguments.history is None and (not beside.is_file() or (arguments.weight is None and declared)):
        return None
    try:
        history = read_history(arguments.history or beside, arguments.file)
    except InputError as error:
        if arguments.history is not None:
            raise
        only = error.faults[0]
        raise InputError(
            only.problem,
            where=only.where,
            parameter="history",
            expected=only.expected,
            got=only.got,
            hint="--history none takes the weights as given",
        ) from error
    if arguments.weight not in {None, history.column}:
        if arguments.history is None:
            return None
        raise InputError(
            "the history tells of other weights", parameter="weight", expected=history.column, got=arguments.weight
        )
    if arguments.history is None:
        print(
            f"note: weights {history.column} and the steps that made them are those of {beside.name}", file=sys.stderr
        )
    return history


def domain_of(entries: Sequence[str]) -> dict[str, list[str]] | None:
    """Read ``--domain``: one variable an entry, levels parted by +."""
    result: dict[str, list[str]] = {}
    for entry in entries:
        name, mark, levels = entry.partition("=")
        if not mark or not name.strip() or not levels:
            raise InputError("not a domain", parameter="domain", expected="COL=LEVEL, such as sex=f", got=entry)
        result.setdefault(name.strip(), []).extend(part for part in levels.split("+") if part)
    return result or None


def plain_table(frame: pd.DataFrame) -> str:
    """Write a small table of results for reading, one line per row."""
    return frame.to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep="-")


def names_of(text: str | None) -> list[str]:
    """Names of columns, parted by commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def crossed(text: str | None) -> list[str]:
    """Domain variables; a colon or × crosses two."""
    return [entry.replace(":", "×") for entry in names_of(text)]


def _one_or_several(text: str | None) -> str | list[str] | None:
    names = names_of(text)
    return None if not names else names[0] if len(names) == 1 else names


def _numbers(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in names_of(text)]
    except ValueError as error:
        raise InputError("not a list of numbers", parameter="rscales", expected="A,B,..", got=text) from error
