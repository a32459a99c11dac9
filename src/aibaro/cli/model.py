"""``aibaro model``: a regression on respondents' rows, with the standard errors of the design."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.cli._options import add_conf_level, add_output, keep_apart
from aibaro.cli._rows import add_design, add_reading, design_of, domain_of, plain_table, read, told_as
from aibaro.cli._terminal import add_format, folded, to_width, write_frame
from aibaro.errors import InputError
from aibaro.estimate import Model, glm, ordinal
from aibaro.results import plain

FAMILIES = (
    "gaussian",
    "binomial",
    "poisson",
    "gamma",
    "inverse_gaussian",
    "quasibinomial",
    "quasipoisson",
    "ordinal",
)
SUFFIXES = (".csv", ".json", ".tex")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_reading(parser)
    add_design(parser)
    model = parser.add_argument_group("model")
    model.add_argument("--formula", required=True, metavar="F", help="such as 'uses_ai ~ size + sector'")
    model.add_argument(
        "--family",
        choices=FAMILIES,
        default="gaussian",
        metavar="NAME",
        help=f"distribution of the outcome: {', '.join(FAMILIES)} (default: gaussian)",
    )
    model.add_argument("--link", metavar="LINK", help="logit, probit, cloglog, log, identity, ... (the family's own)")
    model.add_argument("--event", metavar="ANSWER", help="of two answers, the one whose probability is modelled")
    model.add_argument("--df", type=float, metavar="DF", help="degrees of freedom (design + 1 - coefficients)")
    model.add_argument("--test", action="append", default=[], metavar="TERM[,TERM]", help="test terms")
    model.add_argument("--method", choices=["wald", "lrt"], default="wald", help="of the tests (wald)")
    model.add_argument("--predict", action="append", default=[], metavar="COL[=V,V]", help="predicted margins")
    model.add_argument("--contrast", action="append", default=[], metavar="EXPR", help="such as 'sector[\"b\"]'")
    model.add_argument("--odds-ratios", action="store_true", help="exponentiated coefficients")
    add_conf_level(parser)
    add_output(parser, "coefficients as .csv, .json or .tex", metavar="OUT")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fit the model, and print or write it."""
    from aibaro.synthesize import synthetic_label

    with told_as("model", arguments, by="--predict"):
        if arguments.out:
            if Path(arguments.out).suffix.lower() not in SUFFIXES:
                raise InputError(
                    "coefficients of this kind cannot be written",
                    parameter="target",
                    expected=", ".join(SUFFIXES),
                    got=Path(arguments.out).suffix or arguments.out,
                )
            keep_apart(arguments.out, arguments.file, command="model")
        data = read(arguments)
        label = synthetic_label(arguments.file, map(str, data.columns))
        design = design_of(data, arguments, "model")
        fitted = _fit(data, design, arguments)
        tables = _tables(fitted, arguments)
    if arguments.out:
        _write(fitted, tables["coefficients"], Path(arguments.out), label)
        print(f"{len(fitted.term)} coefficients written to {arguments.out}", file=sys.stderr)
    if arguments.format in {"csv", "markdown"}:
        print(write_frame(tables["coefficients"], arguments.format))
    elif arguments.json or arguments.format == "json":
        facts = {name: plain(frame.to_dict("records")) for name, frame in tables.items()}
        facts["model"] = fitted.note()
        print(json.dumps(facts | ({"rows": "synthetic"} if label else {}), ensure_ascii=False, indent=2))
    elif not arguments.out:
        parts = [label] if label else []
        for name, frame in tables.items():
            parts += [
                f"\n{name}:" if name != "coefficients" else "",
                to_width(plain_table(frame), frame, wide=arguments.wide),
            ]
        print("\n".join(filter(None, [*parts, folded(fitted.note())])))
    return 0


def _fit(data: Any, design: Any, arguments: argparse.Namespace) -> Model:
    common = {"domain": domain_of(arguments.domain), "df": arguments.df, "fpc": arguments.fpc}
    common["conf_level"] = arguments.conf_level
    if arguments.family == "ordinal":
        if arguments.event is not None:
            raise InputError("ordered answers have no event", parameter="event", got=arguments.event)
        return ordinal(arguments.formula, data, design=design, link=arguments.link or "logit", **common)
    own = {"family": arguments.family, "link": arguments.link, "event": arguments.event}
    return glm(arguments.formula, data, design=design, **own, **common)


def _tables(fitted: Model, arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """Coefficients, and what else was asked for."""
    tables = {"coefficients": fitted.to_frame()}
    if arguments.odds_ratios:
        tables["odds ratios"] = fitted.odds_ratios()
    if arguments.test:
        tests = [fitted.test([t.strip() for t in text.split(",")], method=arguments.method) for text in arguments.test]
        tables["tests"] = pd.concat([test.to_frame() for test in tests], ignore_index=True)
    for text in arguments.predict:
        name, mark, rest = text.partition("=")
        margins = fitted.predict({name: [_value(v) for v in rest.split(",")]} if mark else name)
        tables[f"margins of {name}"] = margins.to_frame()
    if arguments.contrast:
        tables["contrasts"] = fitted.contrast({text: text for text in arguments.contrast}).to_frame()
    return tables


def _value(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _write(fitted: Model, frame: pd.DataFrame, path: Path, label: str) -> None:
    from aibaro.files import write_text_atomic

    suffix = path.suffix.lower()
    if suffix == ".tex":
        write_text_atomic(path, (f"% {label}\n" if label else "") + fitted.to_latex() + "\n")
    else:
        frame = frame.assign(rows="synthetic") if label else frame
        write_text_atomic(path, write_frame(frame, suffix.removeprefix(".")) + "\n")
