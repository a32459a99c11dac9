"""``aibaro grim``: can these numbers come from so many answers?"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Sequence

from aibaro.cli._terminal import folded
from aibaro.consistency import (
    ForensicResult,
    check_cases,
    debit,
    duplicates,
    fitting_bases,
    grim,
    grimmer,
    group_sizes,
    neighbours,
    reported_tests,
)
from aibaro.consistency.forensic import read_cases
from aibaro.errors import FaultList, InputError
from aibaro.files import read_source
from aibaro.results import plain
from aibaro.rounding.notation import whole_number

WHERE = "aibaro grim"
# parameters of the functions in the words of the command line
OPTIONS = {
    "measure": "--mean or --percentage",
    "n": "--n",
    "items": "--items",
    "scale": "--scale",
    "sd": "--sd",
    "decimal": "--decimal",
    "rule": "--rounding",
    "declared": "--rounding",
    "exhaustive": "--exhaustive",
    "printed": "VALUE",
    "df": "df1, df2",
}
ANSWERS = {"mean or percentage": "--mean, --percentage, or a percent sign behind the value", "mean": "--mean"}
FUNCTIONS = {"", "grim", "grimmer", "debit", "check_cases", "group_sizes", "neighbours", WHERE}
HINT = "words and bounds stand for ranges; whole counts are asked of rounded digits, such as 32.1% or 7.22"
# Fitting bases that the text lists; --json lists all.
_SHOWN = 20
# the largest base that is tried to tell which others fit; almost all larger ones do
_BASES = 100_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("values", nargs="*", metavar="VALUE", help="as printed, such as 30, 33,3%% or 7.22")
    parser.add_argument("--n", metavar="N", help="answers in the base, such as 438 or 1,002")
    parser.add_argument(
        "--total", metavar="N", help="answers of all groups together: which sizes of groups allow the values?"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--mean", action="store_true", help="the values are means of whole answers")
    kind.add_argument("--percentage", action="store_true", help="the values are percentages, with or without a sign")
    parser.add_argument("--items", type=int, default=1, metavar="K", help="whole items that each score averages")
    parser.add_argument("--scale", metavar="L,U", help="smallest and largest answer, such as 1,7")
    parser.add_argument("--sd", nargs="+", metavar="SD", help="standard deviations of the means, in their order")
    parser.add_argument("--binary", action="store_true", help="the means are of zeros and ones (DEBIT)")
    parser.add_argument("--exhaustive", action="store_true", help="the answers exclude each other and cover the base")
    parser.add_argument("--neighbours", action="store_true", help="show what would be reachable near each value")
    parser.add_argument(
        "--duplicates", action="store_true", help="list numbers that occur twice, among the values or columns of --file"
    )
    parser.add_argument("--file", metavar="CSV", help="check a file of cases, one a row")
    parser.add_argument("--text", metavar="TEXT", help="check the p values that a text file reports")
    parser.add_argument(
        "--rounding", default="half_up", metavar="RULE", help="rounding rule of the publication (default: half_up)"
    )
    parser.add_argument("--decimal", choices=(",", "."), help="decimal mark (default: read from the values)")
    parser.add_argument("--json", action="store_true", help="print records instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Print which numbers are reachable; faults are named by the options that would mend them."""
    try:
        return _run(arguments)
    except InputError as error:
        faults = FaultList(
            error.faults[0].problem if len(error.faults) == 1 else "these cannot be checked", where=WHERE
        )
        for fault in error.faults:
            parts = [OPTIONS.get(name, name) for name in fault.parameter.split(", ")]
            faults.add(
                fault.problem,
                where="" if fault.where in FUNCTIONS else fault.where.removeprefix("check_cases, "),
                parameter=", ".join(parts),
                expected=ANSWERS.get(fault.expected, fault.expected),
                got="" if fault.got == "none was given" else fault.got,
                hint=HINT if "columns low, high" in fault.hint else _typed(fault.hint),
            )
        one = error.faults[0]
        if len(error.faults) == 1 and one.where in FUNCTIONS:
            (shown,) = faults
            raise InputError(
                shown.problem,
                where=WHERE,
                parameter=shown.parameter,
                expected=shown.expected,
                got=shown.got,
                hint=shown.hint,
            ) from None
        faults.raise_if_any(InputError)
        raise


def _run(arguments: argparse.Namespace) -> int:
    if arguments.duplicates:
        return _duplicates(arguments)
    if arguments.file is not None:
        cases = check_cases(
            read_cases(_text(arguments.file, "--file")), declared=arguments.rounding, decimal=arguments.decimal
        )
        return _show(cases.results, cases.to_frame().to_dict("records"), cases.summary(), arguments.json)
    if arguments.text is not None:
        found = reported_tests(_text(arguments.text, "--text"), declared=arguments.rounding)
        return _show(found.results, found.to_frame().to_dict("records"), found.summary(), arguments.json)
    if not arguments.values or not (arguments.n or arguments.total):
        raise InputError(
            "there is nothing to check" if not arguments.values else "the size of the base is missing",
            where=WHERE,
            parameter="--n" if arguments.values else "VALUE",
            expected="VALUE... --n N, or VALUE... --total N, or --file CSV, or --text TEXT",
            got=" ".join(arguments.values) or "no value",
        )
    scale = _scale(arguments.scale)
    if arguments.total:
        return _groups(arguments)
    arguments.n = _size(arguments.n, "--n")
    if arguments.sd:
        return _deviations(arguments, scale)
    measure = "mean" if arguments.mean else "percentage" if arguments.percentage else None
    whole = "yes" if arguments.exhaustive else "no"
    result = grim(
        arguments.values,
        arguments.n,
        measure=measure,
        items=arguments.items,
        scale=scale,
        exhaustive=whole,
        declared=arguments.rounding,
        decimal=arguments.decimal,
    )
    texts = arguments.values if arguments.neighbours else []
    near = [_near(arguments, text, result.measure, scale, result.decimal) for text in texts]
    if result.measure == "mean":
        more, lines = {}, []
    else:
        most = min(arguments.n, _BASES)
        bases = fitting_bases(arguments.values, most, exhaustive=whole, rule=arguments.rounding, decimal=result.decimal)
        rest = f" and {len(bases) - _SHOWN} more" if len(bases) > _SHOWN else ""
        shown = (", ".join(map(str, bases[:_SHOWN])) if bases else "none") + rest
        more, lines = (
            {"fitting_bases": list(bases), "largest_base_tried": most},
            [f"  bases up to {most} that fit all of them: {shown}"],
        )
    if arguments.json:
        print(json.dumps(plain({**result.to_dict(), **more}), ensure_ascii=False, indent=2))
    else:
        print(folded("\n".join([result.summary(), *lines, *(f"  {line}" for line in near)])))
    return 1 if "inconsistent" in {*result.verdicts, result.joint_verdict} else 0


def _duplicates(arguments: argparse.Namespace) -> int:
    """Numbers that repeat others; a repetition is a question, and no finding."""
    if bool(arguments.values) == (arguments.file is not None):
        raise InputError(
            "numbers come from one place",
            where=WHERE,
            parameter="--duplicates",
            expected="VALUE..., or --file CSV",
            got=" ".join(arguments.values) or "no value",
        )
    if arguments.file is None:
        found = duplicates(arguments.values, decimal=arguments.decimal)
    else:
        rows = read_cases(_text(arguments.file, "--file"))
        columns = {str(name): [str(row.get(name) or "") for row in rows] for name in (rows[0] if rows else ())}
        found = duplicates(columns, decimal=arguments.decimal)
    records = found.to_frame().to_dict("records")
    if arguments.json:
        shown = {"duplicates": records, "values": found.values, "chance": found.chance}
        print(json.dumps(plain(shown), ensure_ascii=False, indent=2))
    else:
        print(
            "\n".join([f"{row['value']}: {row['times']} times ({row['places']})" for row in records] + [found.note()])
        )
    return 0


def _typed(hint: str) -> str:
    """The part of a hint that is said to who types commands."""
    there = re.search(r"\(on the command line: (.+)\)", hint)
    return there[1] if there else hint


def _size(text: str, option: str) -> int:
    """Read a size as it is printed: its marks group thousands, for a base has no decimals."""
    plain_ = re.sub(r"(?<=\d)[.,'’ \u00a0\u202f](?=\d{3}(?!\d))", "", str(text).strip())
    number = whole_number(plain_)
    if number is None:
        raise InputError(
            "not the size of a base", where=WHERE, parameter=option, expected="a whole number, 438 or 1,002", got=text
        )
    return number


def _groups(arguments: argparse.Namespace) -> int:
    """Which sizes of unprinted groups give the values, together with their total?"""
    signs = any("%" in text for text in arguments.values)
    if not (arguments.mean or arguments.percentage or signs):
        raise InputError("the values may be means or percentages", parameter="measure", expected="mean or percentage")
    found = group_sizes(
        arguments.values,
        _size(arguments.total, "--total"),
        measure="mean" if arguments.mean else "percentage",
        items=arguments.items,
        declared=arguments.rounding,
        decimal=arguments.decimal,
    )
    print(json.dumps(plain(found.to_dict()), ensure_ascii=False, indent=2) if arguments.json else found.summary())
    return 1 if found.verdict == "inconsistent" else 0


def _near(arguments: argparse.Namespace, text: str, measure: str, scale: tuple[int, int] | None, decimal: str) -> str:
    found = neighbours(
        text,
        arguments.n,
        measure=measure,
        items=arguments.items,
        scale=scale,
        declared=arguments.rounding,
        decimal=decimal,
    )
    return f"{text}: {found.note()}"


def _deviations(arguments: argparse.Namespace, scale: tuple[int, int] | None) -> int:
    if any("%" in text for text in arguments.values) or arguments.percentage:
        raise InputError(
            "a standard deviation belongs to a mean",
            where=WHERE,
            parameter="--sd",
            expected="means",
            got=" ".join(arguments.values),
        )
    if len(arguments.sd) != len(arguments.values):
        raise InputError(
            "means and standard deviations are not as many",
            where=WHERE,
            parameter="--sd",
            expected=f"{len(arguments.values)}, one a value",
            got=str(len(arguments.sd)),
        )
    options = {"declared": arguments.rounding, "decimal": arguments.decimal}
    results = [
        debit(mean, sd, arguments.n, **options)
        if arguments.binary
        else grimmer(mean, sd, arguments.n, items=arguments.items, scale=scale, **options)
        for mean, sd in zip(arguments.values, arguments.sd, strict=True)
    ]
    text = "\n".join(result.summary() for result in results)
    return _show(results, [result.record() for result in results], text, arguments.json)


def _show(results: Sequence[ForensicResult], records: object, text: str, as_json: bool) -> int:
    print(json.dumps(plain(records), ensure_ascii=False, indent=2) if as_json else folded(text))
    return 1 if any(result.verdict == "inconsistent" for result in results) else 0


def _scale(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    ends = re.fullmatch(r"\s*(-?[0-9]{1,9})\s*(?:,|\.\.)\s*(-?[0-9]{1,9})\s*", text)
    if ends is None:
        raise InputError("not a scale", where=WHERE, parameter="--scale", expected="two whole numbers, 1,7", got=text)
    return int(ends[1]), int(ends[2])


def _text(path: str, parameter: str) -> str:
    try:
        text = io.TextIOWrapper(io.BytesIO(read_source(path)), encoding="utf-8-sig").read()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file cannot be read",
            where=WHERE,
            parameter=parameter,
            expected="a UTF-8 text file",
            got=f"{path}: {error}",
        ) from error
    if not text.strip():
        raise InputError("the file is empty", where=WHERE, parameter=parameter, expected="a UTF-8 text file", got=path)
    return text
