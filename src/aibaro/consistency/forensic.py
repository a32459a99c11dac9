"""Count pairs, group sizes from a total, neighbours of a failing number, duplicates, and whole files of cases."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

import pandas as pd

from aibaro.consistency._grim import (
    MOST_TRIED,
    ForensicResult,
    check_base,
    counts,
    decimal_mark,
    grim,
    rules_for,
    sums,
    verdict_of,
)
from aibaro.consistency._grimmer import debit, grimmer
from aibaro.consistency._p_values import check_p_value
from aibaro.errors import FaultList, InputError
from aibaro.messages import message
from aibaro.results import Result
from aibaro.rounding import PrintedNumber, admissible, parse_printed
from aibaro.rounding.notation import MOST_DIGITS, whole_number


def count_pair(
    count: str, percentage: str, n: int, *, declared: str = "half_up", decimal: str | None = None
) -> ForensicResult:
    """Check a count against the percentage that is printed beside it.

    Parameters
    ----------
    count, percentage : str
        As printed; the count is unweighted.
    n : int
        Base of both.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    decimal : {",", "."}, optional
        Decimal mark; read from the percentage where it cannot be read in two ways.

    Returns
    -------
    ForensicResult
        Verdict, argument, and the share of printable percentages that would fail beside this count.

    Raises
    ------
    InputError
        When a number cannot be read.

    Notes
    -----
    100 k/n, an exact fraction, has to lie in the admissible interval of the percentage.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> count_pair("610", "3,5%", 17488).verdict, count_pair("610", "3,4%", 17488).verdict
    ('consistent', 'rounding_dependent')
    """
    check_base(n)
    mark = decimal_mark([percentage]) if decimal is None else decimal
    k, printed = parse_printed(count, mark), parse_printed(percentage, mark)
    if k.value.denominator != 1:
        raise InputError("a count has no decimals", parameter="count", expected="a whole number", got=count)
    value = Fraction(100 * k.value, n)
    rules = rules_for(declared)
    passes = tuple(rule for rule in rules if k.value <= n and value in admissible(printed, rule))
    return ForensicResult(
        "count_pair",
        f"{count} and {percentage} of {n}",
        verdict_of([rule in passes for rule in rules]),
        passes,
        Fraction(100 * 10**printed.decimals, 100 * 10**printed.decimals + 1),
        (message("forensic.pair", count=count, n=n, percentage=value, printed=percentage),),
    )


@dataclass(frozen=True, slots=True)
class GroupSizes(Result):
    """Sizes of groups that a printed total and the groups' numbers allow.

    Parameters
    ----------
    total : int
        Answers of all groups together.
    printed : tuple of str
        One number per group.
    sizes : tuple of tuple of int
        Every division of the total under which each number is reachable, at most `limit`.
    possible, divisions : int
        How many divisions are possible, and how many there are.
    """

    total: int
    printed: tuple[str, ...]
    sizes: tuple[tuple[int, ...], ...]
    possible: int
    divisions: int

    @property
    def power(self) -> Fraction:
        """Share of divisions that the numbers exclude."""
        return 1 - Fraction(self.possible, self.divisions)

    @property
    def verdict(self) -> str:
        """``consistent`` where a division exists, else ``inconsistent``."""
        return "consistent" if self.possible else "inconsistent"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per possible division.

        Returns
        -------
        pandas.DataFrame
            One column per group, ``n_1``, ``n_2``, ...
        """
        return pd.DataFrame(list(self.sizes), columns=[f"n_{i + 1}" for i in range(len(self.printed))])

    def note(self) -> str:
        """Say how many divisions there are.

        Returns
        -------
        str
            One line.
        """
        return (
            f"{self.verdict}: {self.possible} of {self.divisions} divisions of {self.total} give "
            f"{', '.join(self.printed)} (power {float(self.power):.3f})"
        )


def group_sizes(
    printed: Sequence[str],
    total: int,
    *,
    measure: str,
    items: int = 1,
    whole: str | None = None,
    smallest: int = 1,
    declared: str = "half_up",
    decimal: str | None = None,
    limit: int = 10_000,
) -> GroupSizes:
    """Find the unprinted sizes of groups from their numbers and their printed total.

    Parameters
    ----------
    printed : sequence of str
        One percentage or mean a group, two groups or more.
    total : int
        Answers of all groups together.
    measure : {"percentage", "mean"}
        What the numbers are.
    items : int, default 1
        Whole items that each score of a mean averages.
    whole : str, optional
        The same number for all groups together, where it is printed; it excludes further divisions.
    smallest : int, default 1
        Smallest size of a group.
    declared : str, default "half_up"
        Rounding rule.
    decimal : {",", "."}, optional
        Decimal mark.
    limit : int, default 10000
        Divisions to list; all are counted.

    Returns
    -------
    GroupSizes
        The possible divisions.

    Raises
    ------
    InputError
        When a number cannot be read, or there are too few groups or answers.

    Notes
    -----
    Sizes n_1 + ... + n_g = total such that each group's number can come from its own n (:func:`grim`); with `whole` the
    counts must also be able to add up to one that prints as it does.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> found = group_sizes(["3.43", "5.28"], 90, measure="mean", smallest=40)
    >>> found.sizes
    ((40, 50), (44, 46), (47, 43))
    """
    check_base(total, MOST_TRIED)
    texts = [*printed, *([whole] if whole is not None else [])]
    mark = decimal_mark(texts) if decimal is None else decimal
    if len(printed) < 2 or total < smallest * len(printed):
        raise InputError(
            "there is nothing to divide",
            where="group_sizes",
            expected="two groups or more, and a total that they fit into",
            got=f"{len(printed)} groups, total {total}",
        )
    numbers = [parse_printed(text, mark) for text in printed]
    largest = total - smallest * (len(printed) - 1)
    reach = [
        {n: found for n in range(smallest, largest + 1) if (found := _reached(n, number, measure, items, declared))}
        for number in numbers
    ]
    target = None if whole is None else _reached(total, parse_printed(whole, mark), measure, items, declared)
    listed: list[tuple[int, ...]] = []
    possible = 0
    for sizes in _divisions(reach, total):
        if target is not None and not _pooled(reach, sizes, target):
            continue
        possible += 1
        if len(listed) < limit:
            listed.append(sizes)
    room = total - smallest * len(printed)
    divisions = comb(room + len(printed) - 1, len(printed) - 1)
    return GroupSizes(total, tuple(printed), tuple(listed), possible, divisions)


def _reached(n: int, number: PrintedNumber, measure: str, items: int, rule: str) -> range:
    if measure == "percentage":
        return counts(n, number, rule)
    if measure == "mean":
        return sums(n, number, rule, items=items)
    raise InputError("unknown choice", parameter="measure", expected="percentage or mean", got=repr(measure))


def _divisions(reach: Sequence[Mapping[int, range]], total: int) -> Iterator[tuple[int, ...]]:
    first, *rest = reach
    if not rest:
        if total in first:
            yield (total,)
        return
    for size in first:
        if size < total:
            yield from ((size, *others) for others in _divisions(rest, total - size))


def _pooled(reach: Sequence[Mapping[int, range]], sizes: Sequence[int], target: range) -> bool:
    spans = [group[size] for group, size in zip(reach, sizes, strict=True)]
    low, high = sum(span[0] for span in spans), sum(span[-1] for span in spans)
    return bool(target) and low <= target[-1] and high >= target[0]


@dataclass(frozen=True, slots=True)
class Neighbours(Result):
    """What would be reachable near a number that is not.

    Parameters
    ----------
    printed : str
        The number.
    n : int
        Its base.
    frame : pandas.DataFrame
        ``changed`` (``value`` or ``n``), ``shift`` (in units of print, or answers), ``value``, ``n``, ``verdict``.
    """

    printed: str
    n: int
    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return one row per neighbour, the nearest first.

        Returns
        -------
        pandas.DataFrame
            ``changed, shift, value, n, verdict``.
        """
        return self.frame.copy()

    def note(self) -> str:
        """Name the nearest reachable neighbours.

        Returns
        -------
        str
            One line.
        """
        near = self.frame.loc[self.frame["verdict"] == "consistent"]
        shown = [f"{row['value']} of {row['n']}" for row in near.head(4).to_dict("records")]
        return f"nearest that would be consistent: {', '.join(shown) or 'none here'}"


def neighbours(
    printed: str,
    n: int,
    *,
    measure: str,
    reach: int = 5,
    items: int = 1,
    scale: tuple[int, int] | None = None,
    declared: str = "half_up",
    decimal: str | None = None,
) -> Neighbours:
    """Look around a number for values of the same base, and bases of the same value, that are reachable.

    Parameters
    ----------
    printed : str
        A percentage or mean.
    n : int
        Its base.
    measure : {"percentage", "mean"}
        What the number is.
    reach : int, default 5
        Steps to each side, in units of the last printed digit and in answers.
    items, scale, declared, decimal
        As in :func:`grim`.

    Returns
    -------
    Neighbours
        The neighbours with their verdicts.

    Examples
    --------
    >>> print(neighbours("5.19", 28, measure="mean").note())
    nearest that would be consistent: 5.18 of 28, 5.19 of 27, 5.19 of 26, 5.21 of 28
    """
    mark = decimal_mark([printed]) if decimal is None else decimal
    number = parse_printed(printed, mark)
    unit = 10**number.decimals
    rows = []
    for shift in (s for step in range(1, reach + 1) for s in (-step, step)):
        value = int(number.value * unit) + shift
        if value >= 0:
            rows.append(("value", shift, _digits(value, number.decimals, mark), n))
        if n + shift >= 1:
            rows.append(("n", shift, printed, n + shift))
    found = [
        (
            changed,
            shift,
            text,
            size,
            grim([text], size, measure=measure, items=items, scale=scale, declared=declared, decimal=mark).verdicts[0],
        )
        for changed, shift, text, size in rows
    ]
    columns = ["changed", "shift", "value", "n", "verdict"]
    return Neighbours(printed, n, pd.DataFrame(found, columns=columns))


def _digits(value: int, decimals: int, mark: str) -> str:
    text = str(value).rjust(decimals + 1, "0")
    return f"{text[:-decimals]}{mark}{text[-decimals:]}" if decimals else text


@dataclass(frozen=True, slots=True)
class Duplicates(Result):
    """Numbers that occur more than once.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``value, times, places``.
    values : int
        Numbers looked at.
    chance : float
        Probability that so many numbers would hold a twin at all if each were drawn evenly from the printable values
        between the smallest and the largest; near 1, twins mean nothing.
    """

    frame: pd.DataFrame
    values: int
    chance: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row per repeated number, the most frequent first.

        Returns
        -------
        pandas.DataFrame
            ``value, times, places``.
        """
        return self.frame.copy()

    def note(self) -> str:
        """Say how telling a twin is.

        Returns
        -------
        str
            One line.
        """
        drawn = "whether a twin is rare depends on the decimal mark, which these numbers do not tell"
        if self.chance == self.chance:
            drawn = f"evenly drawn numbers would hold a twin with probability {self.chance:.3f}"
        times = int(self.frame["times"].sum())
        return f"{times} of {self.values} numbers have a twin; {drawn}. A repetition is a question, no verdict."


_NUMBER = re.compile(r"[<>≤≥±+−-]?\s?\d[\d.,'’ \u00a0\u202f]*\s?%?")


def duplicates(table: Mapping[str, Sequence[str]] | Sequence[str], *, decimal: str | None = None) -> Duplicates:
    """List the numbers that occur more than once, with their places.

    Parameters
    ----------
    table : sequence of str, or mapping of str to sequence of str
        Printed numbers, or columns of them; cells that hold no number are left out.
    decimal : {",", "."}, optional
        Decimal mark; read from the numbers where it is not given.

    Returns
    -------
    Duplicates
        Repeated numbers; empty cells are left out.

    Notes
    -----
    With m numbers among M printable values the chance is 1 - M!/((M - m)! M^m).

    References
    ----------
    Diaconis, P. & Mosteller, F. (1989). Methods for studying coincidences. Journal of the American Statistical
    Association 84, 853-861. doi:10.1080/01621459.1989.10478847

    Examples
    --------
    >>> duplicates({"a": ["1.2", "3.4"], "b": ["3.4", "5.6"]}).to_frame().values.tolist()
    [['3.4', 2, 'a 2, b 1']]
    """
    columns = dict(table) if isinstance(table, Mapping) else {"": list(table)}
    places: dict[str, list[str]] = {}
    for name, cells in columns.items():
        for row, cell in enumerate(cells, 1):
            if _NUMBER.fullmatch(str(cell).strip()):
                places.setdefault(str(cell).strip(), []).append(f"{name} {row}".strip())
    times = Counter({value: len(where) for value, where in places.items()})
    rows = [(value, count, ", ".join(places[value])) for value, count in times.most_common() if count > 1]
    return Duplicates(
        pd.DataFrame(rows, columns=["value", "times", "places"]),
        sum(times.values()),
        _chance(list(times.elements()), decimal),
    )


def _chance(values: Sequence[str], decimal: str | None) -> float:
    try:
        mark = decimal or decimal_mark(values)
        numbers = [parse_printed(value, mark) for value in values]
    except InputError:
        return float("nan")
    if len(numbers) < 2:
        return 0.0
    unit = 10 ** max(number.decimals for number in numbers)
    room = int((max(n.value for n in numbers) - min(n.value for n in numbers)) * unit) + 1
    apart = 1.0
    for taken in range(len(numbers)):
        apart *= max(room - taken, 0) / room
    return 1 - apart


CASE_COLUMNS = (
    "name",
    "percentage",
    "mean",
    "sd",
    "count",
    "n",
    "items",
    "scale",
    "binary",
    "test",
    "statistic",
    "df1",
    "df2",
    "comparison",
    "p",
    "tails",
)


@dataclass(frozen=True, slots=True)
class Cases(Result):
    """A file of cases with a check each.

    Parameters
    ----------
    names : tuple of str
        Name of each case, or its row.
    results : tuple of ForensicResult
        One per check, in the order of the file.
    """

    names: tuple[str, ...]
    results: tuple[ForensicResult, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per check.

        Returns
        -------
        pandas.DataFrame
            ``name, check, printed, verdict, decision, passes, power, argument``.
        """
        columns = ["name", "check", "printed", "verdict", "decision", "passes", "power", "argument"]
        rows = [{"name": name, **found.record()} for name, found in zip(self.names, self.results, strict=True)]
        return pd.DataFrame(rows, columns=columns)

    def summary(self) -> str:
        """Count the verdicts and show what fails.

        Returns
        -------
        str
            One line of counts, then each check that is not consistent.
        """
        counted = Counter(found.verdict for found in self.results)
        lines = [", ".join(f"{number} {verdict}" for verdict, number in sorted(counted.items())) or "no case"]
        for name, found in zip(self.names, self.results, strict=True):
            if found.verdict != "consistent":
                turned = ", decision turned" if found.decision == "turned" else ""
                lines.append(f"  {name}: {found.verdict}{turned}: {found.printed}")
                lines += [f"    {step}" for step in found.argument]
        return "\n".join(lines)


def check_cases(
    rows: Iterable[Mapping[str, str]] | pd.DataFrame, *, declared: str = "half_up", decimal: str | None = None
) -> Cases:
    """Check a table of printed statistics in one call.

    Parameters
    ----------
    rows : iterable of mapping, or pandas.DataFrame
        Text, with columns out of ``name, percentage, mean, sd, count, n, items, scale, binary, test, statistic, df1,
        df2, comparison, p, tails``.  The filled cells of a row decide its check: ``percentage, n`` GRIM; with
        ``count`` the pair; ``mean, n`` GRIM of a mean; with ``sd`` GRIMMER too, or DEBIT where ``binary`` is ``yes``;
        ``test, statistic, p`` the p value.
    declared : str, default "half_up"
        Rounding rule.
    decimal : {",", "."}, optional
        Decimal mark of all numbers.

    Returns
    -------
    Cases
        One check per row, two where a row allows two.

    Raises
    ------
    InputError
        With the faults of all rows.

    Examples
    --------
    >>> found = check_cases([{"mean": "3.44", "sd": "2.47", "n": "18"}, {"percentage": "32.5%", "n": "438"}])
    >>> found.to_frame()["verdict"].tolist()
    ['consistent', 'rounding_dependent', 'inconsistent']
    """
    records: list[dict[Any, Any]] = (
        rows.to_dict("records") if isinstance(rows, pd.DataFrame) else [dict(row) for row in rows]
    )
    faults = FaultList("cases that cannot be checked", where="check_cases")
    names, results = [], []
    for place, record in enumerate(records, 1):
        cells = {str(key): str(value).strip() for key, value in record.items() if not pd.isna(value)}
        unknown = sorted(set(cells) - set(CASE_COLUMNS))
        if unknown:
            faults.add("unknown column", parameter=", ".join(unknown), expected=", ".join(CASE_COLUMNS))
            break
        cells = {key: value for key, value in cells.items() if value}
        try:
            found = list(_case(cells, declared, decimal))
        except InputError as error:
            for fault in error.faults:
                where = ", ".join(filter(None, (f"row {place}", fault.where)))
                faults.add(
                    fault.problem,
                    where=where,
                    parameter=fault.parameter,
                    expected=fault.expected,
                    got=fault.got,
                    hint=fault.hint,
                )
            continue
        results += found
        names += [cells.get("name", f"row {place}")] * len(found)
    faults.raise_if_any(InputError)
    return Cases(tuple(names), tuple(results))


def read_cases(text: str) -> list[dict[str, Any]]:
    """Rows of a CSV of cases; commas, semicolons or tabs between cells."""
    header = text.splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=header.count)
    return [dict(row) for row in csv.DictReader(io.StringIO(text), delimiter=separator)]


def _case(cells: Mapping[str, str], declared: str, decimal: str | None) -> Iterator[ForensicResult]:
    if "test" in cells or "statistic" in cells:
        df = [_above_zero(cells, key) for key in ("df1", "df2") if key in cells]
        p = cells.get("p", "")
        # "<.05" brings its sign along
        sign = p[:1] if p[:1] in {"<", ">"} and "comparison" not in cells else ""
        yield check_p_value(
            cells.get("test", ""),
            cells.get("statistic", ""),
            p.removeprefix(sign).strip(),
            df,
            comparison=cells.get("comparison", sign or "="),
            tails=cells.get("tails", "unknown"),
            declared=declared,
        )
        return
    n = _whole(cells, "n")
    if "percentage" in cells:
        yield _alone(cells["percentage"], n, "percentage", declared=declared, decimal=decimal)
        if "count" in cells:
            yield count_pair(cells["count"], cells["percentage"], n, declared=declared, decimal=decimal)
    elif "mean" in cells:
        items = _whole(cells, "items") if "items" in cells else 1
        scale = _scale(cells["scale"]) if "scale" in cells else None
        yield _alone(cells["mean"], n, "mean", items=items, scale=scale, declared=declared, decimal=decimal)
        if "sd" in cells and cells.get("binary") == "yes":
            yield debit(cells["mean"], cells["sd"], n, declared=declared, decimal=decimal)
        elif "sd" in cells:
            yield grimmer(cells["mean"], cells["sd"], n, items=items, scale=scale, declared=declared, decimal=decimal)
    else:
        raise InputError(
            "a case names nothing to check",
            expected="percentage, mean, or test with statistic and p",
            got=", ".join(cells) or "an empty row",
        )


def _alone(text: str, n: int, measure: str, **options: Any) -> ForensicResult:
    result = grim([text], n, measure=measure, **options)
    (low, _), (high, _) = result.nearest(0)
    passes = tuple(rule for rule, fits in zip(result.rules, result.admitted[0], strict=True) if fits)
    decimals = parse_printed(text, result.decimal).decimals
    argument = message(
        "forensic.neighbours",
        n=n,
        printed=text,
        low=f"{float(low):.{decimals + 2}f}",
        high=f"{float(high):.{decimals + 2}f}",
    )
    return ForensicResult(
        measure, f"{text}, n = {n}", result.verdicts[0], passes, result.power(decimals, result.rules[0]), (argument,)
    )


def _whole(cells: Mapping[str, str], key: str) -> int:
    text = cells.get(key, "")
    # a size has no decimals, so that its marks group thousands
    plain = re.sub(r"(?<=\d)[.,'’ \u00a0\u202f](?=\d{3}(?!\d))", "", text) if key in {"n", "count"} else text
    number = whole_number(plain)
    if number is None:
        expected = f"at most {MOST_DIGITS} digits"
        raise InputError("not a whole number", parameter=key, expected=expected, got=text[:80] or "empty")
    return number


def _above_zero(cells: Mapping[str, str], key: str) -> float:
    text = cells[key].replace(",", ".")
    if not re.fullmatch(r"\d*\.?\d+", text, re.ASCII):
        raise InputError("not a number", parameter=key, expected="degrees of freedom above 0", got=cells[key])
    return float(text)


def _scale(text: str) -> tuple[int, int]:
    ends = text.replace("-", ",", 1).replace(";", ",").split(",") if not text.startswith("-") else text.split(",")
    try:
        low, high = (int(end) for end in ends)
    except ValueError as error:
        raise InputError("not a scale", parameter="scale", expected="two whole numbers, 1,7", got=text) from error
    return low, high
