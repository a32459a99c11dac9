"""``aibaro estimate``: weighted estimates from a file of respondents' rows."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pandas as pd

from aibaro.cli._options import add_conf_level
from aibaro.cli._rows import add_design, add_reading, crossed, design_of, domain_of, names_of, read, told_as
from aibaro.cli._terminal import add_format, fits, folded, to_width, write_frame
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import METHODS, Estimates, chi_square, contrast, mean, proportion, quantile, ratio, total

SHOWN = ("item", "category", "domain", "level", "estimate", "std_error", "conf_low", "conf_high", "n", "missing")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_reading(parser)
    add_design(parser)
    group = parser.add_argument_group("estimate")
    target = group.add_mutually_exclusive_group(required=True)
    target.add_argument("--mean", metavar="X,..", help="means of these columns")
    target.add_argument("--total", metavar="X,..", help="totals of these columns")
    target.add_argument("--proportion", metavar="X,..", help="yes or no: one row; any other column: one row an answer")
    target.add_argument("--ratio", metavar="NUM/DEN", help="ratio of two totals")
    target.add_argument("--quantile", metavar="X", help="median, or the quantiles of --q")
    target.add_argument("--test", metavar="X,Y", help="Rao and Scott's test whether two questions are independent")
    group.add_argument("--q", default="0.5", metavar="SHARES", help="shares below the quantiles, such as 0.25,0.5")
    group.add_argument("--by", metavar="G,..", help="domain variables; a×b or a:b crosses two")
    group.add_argument(
        "--missing-answers",
        choices=["outside", "category"],
        default="outside",
        help="missing answers are outside the base, or an answer of their own (default: outside)",
    )
    group.add_argument("--interval", choices=list(METHODS), help="interval of a proportion (logit) or quantile (wald)")
    group.add_argument("--df", default="design", metavar="RULE", help="design, satterthwaite or a number (design)")
    group.add_argument(
        "--variance",
        choices=["linearization", "replicates", "jackknife", "bootstrap"],
        metavar="METHOD",
        help="linearization (the default without replicate weights), replicates, jackknife or bootstrap",
    )
    group.add_argument("--replicates", type=int, default=500, metavar="R", help="of a bootstrap (500)")
    group.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the bootstrap (1)")
    group.add_argument(
        "--deff",
        nargs="?",
        const="without_replacement",
        choices=["without_replacement", "with_replacement"],
        help="show design effects, against this simple random sample",
    )
    group.add_argument(
        "--contrast",
        action="append",
        default=[],
        metavar="EXPR",
        help='arithmetic over the estimates, such as \'q1["yes", "north"] - q1["yes", "south"]\'',
    )
    add_conf_level(parser)
    parser.add_argument("--json", action="store_true", help="print a list of records")
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from aibaro.synthesize import synthetic_label

    item = next(o for o in ("mean", "total", "proportion", "ratio", "quantile", "test") if getattr(arguments, o))
    with told_as("estimate", arguments, item=f"--{item}", rows="--test", columns="--test", missing="--missing-answers"):
        rows = read(arguments)
        design = design_of(rows, arguments, "estimate")
        label = synthetic_label(arguments.file, map(str, rows.columns))
        if arguments.test:
            records, text = _test(rows, design, arguments)
        else:
            result = _estimate(rows, design, arguments)
            records, text = _shown(result, arguments)
    if arguments.json or arguments.format != "table":
        records = [record | ({"rows": "synthetic"} if label else {}) for record in records]
        how = "json" if arguments.json else arguments.format
        print(write_frame(pd.DataFrame(records), how) if how != "json" else _json(records))
    else:
        print("\n".join([*([label] if label else []), text]))
    return 0


def _json(records: list[dict[str, Any]]) -> str:
    return json.dumps(records, ensure_ascii=False, indent=2)


def _test(rows: Any, design: Design, arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], str]:
    names = names_of(arguments.test)
    if len(names) != 2:
        raise InputError("not a pair of questions", parameter="--test", expected="X,Y", got=arguments.test)
    found = chi_square(rows, *names, design=design, domain=domain_of(arguments.domain), fpc=arguments.fpc)
    return [found.to_dict()], found.summary()


def _shown(result: Estimates, arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], str]:
    """Records for JSON and a table for reading: estimates, or contrasts of them."""
    if arguments.contrast:
        named = {text: text for text in arguments.contrast}
        rule = arguments.df if arguments.df in {"design", "satterthwaite"} else "design"
        found = contrast(result, named, df=rule, conf_level=arguments.conf_level)
        records = json.loads(write_frame(found.to_frame(), "json"))
        return records, to_width(found.summary(), found.to_frame(), wide=arguments.wide)
    if arguments.deff is None:
        text = result.summary()
        if arguments.wide or fits(text):
            return result.to_records(), text
    frame = result.to_frame()
    told = {"category": "", "domain": "", "level": "", "missing": 0}
    kept = [name for name in SHOWN if name not in told or (frame[name] != told[name]).any()]
    chosen = frame[[*kept, *(["deff"] if arguments.deff else []), "reliability"]]
    table = chosen.to_string(index=False, float_format=lambda value: f"{value:.4g}")
    table = to_width(table, chosen, wide=arguments.wide)
    return result.to_records(), "\n".join([table, folded(result.summary().splitlines()[-1])])


def _estimate(rows: Any, design: Design, arguments: argparse.Namespace) -> Estimates:
    common: dict[str, Any] = {
        "design": design,
        "by": crossed(arguments.by) or None,
        "domain": domain_of(arguments.domain),
        "df": _freedom(arguments.df),
        "fpc": arguments.fpc,
        "conf_level": arguments.conf_level,
    }
    if arguments.quantile:
        if arguments.variance in {"jackknife", "bootstrap"}:
            raise InputError(
                "quantiles have Woodruff's interval alone",
                parameter="variance",
                got=arguments.variance,
                expected="linearization",
            )
        return quantile(rows, arguments.quantile, _shares(arguments.q), interval=arguments.interval or "wald", **common)
    common |= {"variance": arguments.variance, "replicates": arguments.replicates, "seed": arguments.seed}
    common |= {"deff": arguments.deff} if arguments.deff else {}
    several = arguments.contrast and not arguments.ratio
    common |= {"covariance": "items"} if several else {}
    if arguments.proportion:
        common |= {"missing": arguments.missing_answers}
        return proportion(rows, names_of(arguments.proportion), interval=arguments.interval or "logit", **common)
    if arguments.interval not in {None, "wald"}:
        raise InputError(
            "only proportions and quantiles have other intervals",
            parameter="interval",
            got=arguments.interval,
            expected="wald",
        )
    if arguments.ratio:
        parts = arguments.ratio.split("/")
        if len(parts) != 2:
            raise InputError("not a ratio", parameter="--ratio", got=arguments.ratio, expected="NUM/DEN")
        return ratio(rows, parts[0], parts[1], **common)
    chosen, names = (mean, arguments.mean) if arguments.mean else (total, arguments.total)
    return chosen(rows, names_of(names), **common)


def _freedom(text: str) -> str | float:
    if text in {"design", "satterthwaite"}:
        return text
    try:
        return float(text)
    except ValueError as error:
        raise InputError(
            "unknown degrees of freedom", parameter="df", expected="design, satterthwaite or a number", got=text
        ) from error


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in names_of(text)]
    except ValueError as error:
        raise InputError(
            "not a list of shares", parameter="--q", got=text, expected="numbers such as 0.25,0.5"
        ) from error
