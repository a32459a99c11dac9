"""Does this p value belong to its test?  Recomputed from the printed statistic and degrees of freedom.

The printed statistic stands for an interval, and so does the p value that follows; a printed p that shares no value
with it is wrong by more than rounding.  Whether the decision at the level turns is a second question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, inf, sqrt

import pandas as pd

from aibaro.consistency._grim import ForensicResult, rules_for, verdict_of
from aibaro.errors import FaultList, InputError
from aibaro.estimate.tails import normal_tail, student_tail
from aibaro.messages import Message, message
from aibaro.results import Result
from aibaro.rounding import Interval, PrintedNumber, admissible, parse_printed

# name of a test -> degrees of freedom that it needs
TESTS = {"t": 1, "F": 2, "chi2": 1, "z": 0, "r": 1, "Q": 1}
COMPARISONS = ("=", "<", ">")
# relative error that a tail probability in double precision may have; a p on the edge is never called wrong
_FLOAT = 1e-9
ONE_SIDED = "one_sided"


def tail(test: str, statistic: float, df: Sequence[float], tails: str = "two") -> float:
    """Tail probability of a test statistic, taken without its sign."""
    from scipy import stats

    value = abs(statistic)
    if test == "F":
        return float(stats.f.sf(value, *df))
    if test in {"chi2", "Q"}:
        return float(stats.chi2.sf(value, *df))
    if test == "r":
        value = inf if value >= 1 else value * sqrt(df[0] / (1 - value * value))
    upper = float(normal_tail(value) if test == "z" else student_tail(value, df[0]))
    return upper if tails == "one" else 2 * upper


def _exact(text: str, name: str, faults: FaultList) -> PrintedNumber:
    digits = text.strip().replace("−", "-").lstrip("+-")
    digits = f"0{digits}" if digits.startswith((".", ",")) else digits
    try:
        return parse_printed(digits, "," if "," in digits and "." not in digits else ".")
    except InputError:
        faults.add("not a number", parameter=name, expected="digits", got=repr(text))
        return PrintedNumber(text, Fraction(0), 0, False)


def check_p_value(
    test: str,
    statistic: str,
    p: str,
    df: Sequence[float] = (),
    *,
    comparison: str = "=",
    statistic_comparison: str = "=",
    tails: str = "unknown",
    alpha: str = "0.05",
    declared: str = "half_up",
) -> ForensicResult:
    """Check whether a printed p value follows from its test statistic.

    Parameters
    ----------
    test : {"t", "F", "chi2", "z", "r", "Q"}
        The test; r is a correlation with its degrees of freedom.
    statistic, p : str
        As printed, such as ``"2.20"`` and ``".03"``.
    df : sequence of float
        Degrees of freedom: none for z, two for F, else one.
    comparison, statistic_comparison : {"=", "<", ">"}
        Signs that stand before p and before the statistic.
    tails : {"unknown", "two", "one"}
        Sides of the test; ``unknown`` is two, and says where one would fit.
    alpha : str, default "0.05"
        Level of the decision.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.

    Returns
    -------
    ForensicResult
        ``consistent``, ``rounding_dependent`` (another rounding or a one-sided test admits it) or ``inconsistent``;
        ``decision`` is ``turned`` where every p of the interval lies on the other side of the level than print.

    Raises
    ------
    InputError
        For an unknown test, wrong degrees of freedom, or text that is no number.

    Notes
    -----
    A statistic s printed with unit u stands for [s - u/2, s + u/2); p falls with the size of s, so that it lies between
    the tail probabilities of the two ends.  p < x stands for [0, x), p > x for (x, 1].

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S. & Wicherts, J. M. (2016). The prevalence
    of statistical reporting errors in psychology. Behavior Research Methods 48, 1205-1226.
    doi:10.3758/s13428-015-0664-2

    Examples
    --------
    >>> found = check_p_value("t", "1.20", ".03", [28])
    >>> found.verdict, found.decision
    ('inconsistent', 'turned')
    """
    faults = FaultList("this test cannot be checked", where="check_p_value")
    for name, given, known in (
        ("test", test, tuple(TESTS)),
        ("comparison", comparison, COMPARISONS),
        ("statistic_comparison", statistic_comparison, COMPARISONS),
        ("tails", tails, ("unknown", "two", "one")),
    ):
        if given not in known:
            faults.add("unknown choice", parameter=name, expected=", ".join(known), got=repr(given))
    if test in TESTS and (len(df) != TESTS[test] or not all(d > 0 for d in df)):
        faults.add(
            "wrong degrees of freedom",
            parameter="df",
            expected=f"{TESTS[test]} number(s) above 0",
            got=", ".join(f"{d:g}" for d in df) or "none",
        )
    value, printed, level = (
        _exact(text, name, faults) for text, name in ((statistic, "statistic"), (p, "p"), (alpha, "alpha"))
    )
    faults.raise_if_any(InputError)
    assert value is not None and printed is not None and level is not None  # noqa: PT018
    sides = "one" if tails == "one" else "two"
    rules = rules_for(declared)
    ranges = {rule: _range(test, value, df, tails=sides, sign=statistic_comparison, rule=rule) for rule in rules}
    admits = {rule: _p_band(printed, comparison, rule) for rule in rules}
    passes = [rule for rule in rules if (band := admits[rule]) is not None and ranges[rule].meets(band)]
    found = ranges[declared]
    steps = [
        message(
            "forensic.p_value",
            test=f"{test}({', '.join(f'{d:g}' for d in df)})" if df else test,
            low=admissible(value, declared).lower,
            high=admissible(value, declared).upper,
            p_low=f"{float(found.lower):.4g}",
            p_high=f"{float(found.upper):.4g}",
            comparison=comparison,
            printed=p,
        )
    ]
    if not passes and tails == "unknown" and test in {"t", "z", "r"}:
        half = _range(test, value, df, tails="one", sign=statistic_comparison, rule=declared)
        if (band := admits[declared]) is not None and half.meets(band):
            passes = [ONE_SIDED]
            steps.append(message("forensic.one_sided"))
    verdict = verdict_of([rule in passes for rule in (*rules, ONE_SIDED)])
    decision = "" if verdict == "consistent" else _decision(printed, comparison, found, level.value)
    if decision == "turned":
        steps.append(_turned(printed, comparison, level))
    shown = f"{test}({', '.join(f'{d:g}' for d in df)}) {statistic_comparison} {statistic}, p {comparison} {p}"
    return ForensicResult(
        "p_value",
        shown.replace("()", ""),
        verdict,
        tuple(passes),
        _power(found, printed.decimals, comparison, declared),
        tuple(steps),
        decision,
    )


def _range(test: str, value: PrintedNumber, df: Sequence[float], *, tails: str, sign: str, rule: str) -> Interval:
    """Values of p that a printed statistic stands for."""
    band = admissible(value, rule)
    low, high = max(float(band.lower), 0.0), float(band.upper)
    p_low, p_high = tail(test, high, df, tails), tail(test, low, df, tails)
    if sign == "<":
        p_low, p_high = tail(test, high, df, tails), 1.0
    elif sign == ">":
        p_low, p_high = 0.0, tail(test, low, df, tails)
    return Interval(Fraction(p_low * (1 - _FLOAT)), min(Fraction(1), Fraction(p_high * (1 + _FLOAT))))


def _p_band(printed: PrintedNumber, comparison: str, rule: str) -> Interval | None:
    """Values that a printed p admits; None where it admits none."""
    if comparison == "<":
        return Interval(Fraction(0), printed.value, True, False) if printed.value > 0 else None
    if comparison == ">":
        return Interval(printed.value, Fraction(1), False, True) if printed.value < 1 else None
    band = admissible(printed, rule)
    within = band.meets(Interval(Fraction(0), Fraction(1)))
    return band if within else None


def _decision(printed: PrintedNumber, comparison: str, found: Interval, alpha: Fraction) -> str:
    said = _said(printed, comparison, alpha)
    if said is None:
        return ""
    if found.upper <= alpha:
        return "kept" if said else "turned"
    if found.lower > alpha:
        return "turned" if said else "kept"
    return ""


def _said(printed: PrintedNumber, comparison: str, alpha: Fraction) -> bool | None:
    """Whether print calls the test significant; None where its sign leaves that open."""
    if comparison == "=":
        return printed.value <= alpha
    if comparison == "<":
        return True if printed.value <= alpha else None
    return False if printed.value >= alpha else None


def _turned(printed: PrintedNumber, comparison: str, level: PrintedNumber) -> Message:
    yes, no = message("forensic.significant"), message("forensic.not_significant")
    said = _said(printed, comparison, level.value)
    return message("forensic.decision", alpha=level.text, printed=yes if said else no, recomputed=no if said else yes)


def _power(found: Interval, decimals: int, comparison: str, rule: str) -> Fraction:
    last = 10**decimals
    # what is printable and passes has no gaps: beyond two units from the ends of the interval nothing changes
    ends = {step for end in (found.lower, found.upper) for step in range(floor(end * last) - 2, floor(end * last) + 4)}
    changes = sorted({0, last, *(step for step in ends if 0 <= step <= last)})
    fails = {
        step: _fails(found, PrintedNumber("", Fraction(step, last), decimals, False), comparison, rule)
        for step in changes
    }
    between = sum((b - a - 1) * fails[a] for a, b in pairwise(changes))
    return Fraction(sum(fails.values()) + between, last + 1)


def _fails(found: Interval, number: PrintedNumber, comparison: str, rule: str) -> bool:
    band = _p_band(number, comparison, rule)
    return band is None or not found.meets(band)


_NUMBER = r"[-−]?\d*\.?\d+"
_TEST = re.compile(
    rf"(?<![A-Za-z])(?:(?P<test>t|F|r|Q(?:-?\s?[a-z]+)?|(?:chi|χ|Χ|𝜒|x|X)\s?-?\s?(?:2|²|square[d]?))"
    rf"\s?\(\s*(?P<df1>\d+\.?\d*)\s*(?:,\s*(?P<df2>(?:[Nn]\s*=\s*)?[\d.,]*\d)\s*)?\)|(?P<z>[zZ]))"
    rf"\s*(?P<sign>[=<>])\s*(?P<statistic>{_NUMBER})\s*[,;]\s*"
    rf"(?:\(?\s*[pP]\s*(?P<comparison>[=<>])\s*(?P<p>\d*\.?\d+)|(?P<ns>[nN]\.?\s?[sS]\.?\b))"
)


@dataclass(frozen=True, slots=True)
class ReportedTests(Result):
    """Every test that a text reports, with its check.

    Parameters
    ----------
    results : tuple of ForensicResult
        In the order of the text.
    """

    results: tuple[ForensicResult, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per test.

        Returns
        -------
        pandas.DataFrame
            ``check, printed, verdict, decision, passes, power, argument``.
        """
        columns = ["check", "printed", "verdict", "decision", "passes", "power", "argument"]
        return pd.DataFrame([result.record() for result in self.results], columns=columns)

    def summary(self) -> str:
        """Say what was found.

        Returns
        -------
        str
            The results, one below the other.
        """
        return "\n".join(result.summary() for result in self.results) or "no test was found"


def reported_tests(
    text: str, *, tails: str = "unknown", alpha: str = "0.05", declared: str = "half_up"
) -> ReportedTests:
    """Find the tests of t, F, chi-square, z, r and Q in a text and check their p values.

    Parameters
    ----------
    text : str
        Running text; tests as in ``t(28) = 2.20, p = .036``, ``F(2, 28) = 5.1, p < .05``,
        ``chi2(1, N = 90) = 4.2, p = .04``, ``z = 2.1, p = .036``, ``r(28) = .52, ns``.
    tails, alpha, declared : str
        As in :func:`check_p_value`; ``ns`` is p > alpha.

    Returns
    -------
    ReportedTests
        One check per test; tests printed in another form are not found.

    Notes
    -----
    Each test as in :func:`check_p_value`: the p value of every statistic that rounds to the printed one.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S. & Wicherts, J. M. (2016). The prevalence
    of statistical reporting errors in psychology. Behavior Research Methods 48, 1205-1226.
    doi:10.3758/s13428-015-0664-2

    Examples
    --------
    >>> found = reported_tests("It worked, t(28) = 2.20, p = .06, and z = 1.20, p = .23.")
    >>> found.to_frame()[["verdict", "decision"]].values.tolist()
    [['inconsistent', 'turned'], ['consistent', '']]
    """
    return ReportedTests(tuple(_matches(text, tails, alpha, declared)))


def _matches(text: str, tails: str, alpha: str, declared: str) -> Iterator[ForensicResult]:
    for match in _TEST.finditer(text):
        name = "z" if match["z"] else match["test"]
        name = name if name in {"t", "F", "r", "z"} else ("Q" if name.startswith("Q") else "chi2")
        first, second = match["df1"], match["df2"]
        if name == "F" and second is None:
            continue
        df = [float(first)] if first else []
        df += [float(second.replace(",", ""))] if name == "F" else []
        yield check_p_value(
            name,
            match["statistic"],
            alpha if match["ns"] else match["p"],
            df,
            comparison=">" if match["ns"] else match["comparison"],
            statistic_comparison=match["sign"],
            tails=tails,
            alpha=alpha,
            declared=declared,
        )
