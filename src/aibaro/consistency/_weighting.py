"""Which weighting was used?  Each scheme predicts how overall figures mix the printed domain figures.

A scheme gives every domain a weighted share of the respondents.  The printed overall figure has to be the mixture
of the printed domain figures with those shares; a scheme whose mixture misses print, whatever the rounding, was not
used.  Schemes whose shares are equal cannot be told apart, and the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from aibaro.consistency.interval_arithmetic import mix, mix_uncertain
from aibaro.errors import InputError
from aibaro.results import Result
from aibaro.rounding import Interval, PrintedNumber, admissible

# rules that a publisher may have used: a scheme is excluded where it fails under each of them
ROUNDING_RULES = ("half_up", "half_even", "truncate", "floor_or_ceil")
PERCENT = Interval(Fraction(0), Fraction(100))

# a printed number, or the reading of a verbal quantity, which no rounding rule moves
Printable = PrintedNumber | Interval


@dataclass(frozen=True, slots=True)
class Margin:
    """The printed figures of one item in the levels of one stratum variable.

    Parameters
    ----------
    item : str
        Name of the item.
    domain : str
        Stratum variable.
    overall : PrintedNumber or Interval
        The overall percentage.
    parts : dict of str to PrintedNumber or Interval
        The percentage of each level.
    rates : dict of str to PrintedNumber or Interval, optional
        Percentage of each level that belongs to the base, for items asked of a part of the sample.
    """

    item: str
    domain: str
    overall: Printable
    parts: dict[str, Printable]
    rates: dict[str, Printable] | None = None


Shares = dict[str, dict[str, Fraction]]


def _no_weights(strata: pd.DataFrame, domains: Sequence[str]) -> Shares:
    return {domain: _sum(strata, domain, [Fraction(n) for n in strata["respondents"]]) for domain in domains}


def _by_stratum(strata: pd.DataFrame, domains: Sequence[str]) -> Shares:
    return {domain: _sum(strata, domain, [Fraction(n) for n in strata["population"]]) for domain in domains}


def _by_one(variable: str) -> Callable[[pd.DataFrame, Sequence[str]], Shares]:
    def shares(strata: pd.DataFrame, domains: Sequence[str]) -> Shares:
        firms, answers = strata.groupby(variable)["population"].sum(), strata.groupby(variable)["respondents"].sum()
        # where nobody of a level answered, nobody can be weighted up to it
        held = [
            Fraction(int(count) * int(firms[level]), int(answers[level]) or 1)
            for level, count in zip(strata[variable], strata["respondents"], strict=True)
        ]
        return {domain: _sum(strata, domain, held) for domain in domains}

    return shares


def _sum(strata: pd.DataFrame, domain: str, masses: Sequence[Fraction]) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = {}
    for level, mass in zip(strata[domain], masses, strict=True):
        totals[str(level)] = totals.get(str(level), Fraction(0)) + mass
    return totals


@dataclass(frozen=True, slots=True)
class WeightingResult(Result):
    """Which weighting schemes the printed figures allow.

    Parameters
    ----------
    tests : pandas.DataFrame
        One row per scheme, item and domain: ``scheme, item, domain, printed, recomputed, low, high, verdict``.
    excluded : tuple of str
        Schemes that at least one printed figure excludes under every rounding rule.
    allowed : tuple of str
        Schemes that no printed figure excludes.
    alike : tuple of tuple of str
        Groups of schemes with the same shares in every domain, which print can never tell apart.
    """

    tests: pd.DataFrame
    excluded: tuple[str, ...]
    allowed: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the tests, one row per scheme, item and domain.

        Returns
        -------
        pandas.DataFrame
            A copy of :attr:`tests`.
        """
        return self.tests.copy()

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain values.

        Returns
        -------
        dict
            ``excluded``, ``allowed``, ``alike`` and the records of ``tests``.
        """
        return {
            "excluded": list(self.excluded),
            "allowed": list(self.allowed),
            "alike": [list(g) for g in self.alike],
            "tests": self.tests.to_dict("records"),
        }

    def summary(self) -> str:
        """Say in plain lines which schemes print excludes and by which figure.

        Returns
        -------
        str
            One line per scheme, then what cannot be told apart.
        """
        lines = []
        for scheme in [*self.excluded, *self.allowed]:
            rows = self.tests[self.tests["scheme"] == scheme]
            failed = rows[rows["verdict"] == "inconsistent"]
            if failed.empty:
                lines.append(f"{scheme}: agrees with all {len(rows)} overall figures")
                continue
            worst = failed.assign(gap=(failed["recomputed"] - failed["printed"]).abs()).sort_values(
                ["gap", "item", "domain"], ascending=[False, True, True]
            )
            first = worst.iloc[0]
            passed = ", ".join(sorted(set(rows["domain"]) - set(failed["domain"])))
            lines.append(
                f"{scheme}: excluded by {len(failed)} of {len(rows)} overall figures, most by {first['item']} over "
                f"{first['domain']} ({first['recomputed']:.1f} against {first['printed']:.1f} in print)"
                + (f"; agrees over {passed}" if passed else "")
            )
        lines += [f"print cannot tell apart: {', '.join(group)}" for group in self.alike]
        return "\n".join(lines)


def which_weighting(strata: pd.DataFrame, margins: Sequence[Margin], *, declared: str = "half_up") -> WeightingResult:
    """Test weighting schemes against printed overall figures.

    Parameters
    ----------
    strata : pandas.DataFrame, shape (H, ...)
        One row per stratum: the stratum variables, ``population`` and ``respondents``.
    margins : sequence of Margin
        Printed figures; an item may come with several domains.
    declared : str, default "half_up"
        Rounding rule of the publication.

    Returns
    -------
    WeightingResult
        Schemes ``none``, ``<variable> only`` for each stratum variable, ``stratum`` and ``raking`` to all margins.

    Raises
    ------
    InputError
        When a margin names a domain that is no stratum variable.

    Notes
    -----
    With weights w_h the domain D has the share Σ_D n_h w_h / Σ n_h w_h. No weights: w_h = 1; one variable v only:
    w_h = N_v/n_v; strata: w_h = N_h/n_h. Raking to all margins reproduces every N_v, as strata do, so that both
    have the same shares and one-way tables never separate them.

    References
    ----------
    Holt, D. & Smith, T. M. F. (1979). Post stratification. Journal of the Royal Statistical Society A 142, 33-46.
    doi:10.2307/2344652

    Deming, W. E. & Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444. doi:10.1214/aoms/1177731829

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> strata = pd.DataFrame({"size": ["small", "large"], "population": [900, 100], "respondents": [50, 50]})
    >>> figures = {"small": parse_printed("10%"), "large": parse_printed("50%")}
    >>> which_weighting(strata, [Margin("use", "size", parse_printed("14%"), figures)]).excluded
    ('none',)
    """
    domains = sorted({margin.domain for margin in margins})
    known = [c for c in strata.columns if c not in {"population", "sample", "respondents"}]
    unknown = [domain for domain in domains if domain not in known]
    if unknown or not margins:
        raise InputError(
            "a margin is not over a stratum variable",
            where="which_weighting",
            parameter="margins",
            expected=", ".join(known),
            got=", ".join(unknown) or "no margin",
        )
    schemes: dict[str, Callable[[pd.DataFrame, Sequence[str]], Shares]] = {"none": _no_weights}
    schemes |= {f"{variable} only": _by_one(variable) for variable in known} if len(known) > 1 else {}
    schemes |= {"stratum": _by_stratum, "raking": _by_stratum}
    shares = {name: rule(strata, domains) for name, rule in schemes.items()}
    # a scheme under which nobody counts mixes nothing
    shares = {name: held for name, held in shares.items() if all(sum(by.values()) for by in held.values())}
    alike = _alike(shares)
    rows: list[dict[str, object]] = []
    for name in shares:
        # schemes with the same shares give the same mixtures
        twin = next((group[0] for group in alike if name in group), name)
        same = [row for row in rows if row["scheme"] == twin] if twin != name else []
        rows += [row | {"scheme": name} for row in same]
        tested = [_test(name, shares[name], margin, declared) for margin in margins] if not same else []
        rows += [row for row in tested if row is not None]
    tests = pd.DataFrame(rows, columns=list(_TESTED))
    bad = set(tests.loc[tests["verdict"] == "inconsistent", "scheme"])
    return WeightingResult(
        tests,
        tuple(name for name in shares if name in bad),
        tuple(name for name in shares if name not in bad),
        alike,
    )


_TESTED = ("scheme", "item", "domain", "printed", "recomputed", "low", "high", "verdict")


def _test(scheme: str, shares: Shares, margin: Margin, declared: str) -> dict[str, object] | None:
    """Compare an overall figure with the mixture of its domains under each rounding rule; None of a base of nobody."""
    masses = shares[margin.domain]
    filled = {level for level, mass in masses.items() if mass}
    if not filled <= set(margin.parts) <= set(masses):
        raise InputError(
            "an overall figure is the mixture of all levels of the strata",
            where="which_weighting",
            parameter="margins",
            expected=", ".join(masses),
            got=", ".join(margin.parts) or "none",
        )
    tried = (declared, *(rule for rule in ROUNDING_RULES if rule != declared))
    if any(not sum(low for low in _least(margin, masses, rule)) for rule in tried):
        return None
    allowed = {rule: _mixture(margin, masses, rule) for rule in tried}
    passes = [rule for rule in tried if allowed[rule].meets(_band(margin.overall, rule))]
    held = {level: masses[level] * (_middle(margin.rates[level]) if margin.rates else 1) for level in margin.parts}
    central = sum((held[level] * _middle(part) for level, part in margin.parts.items()), Fraction(0)) / sum(
        held.values()
    )
    if declared in passes:
        verdict = "reproduced" if central in _band(margin.overall, declared) else "consistent"
    else:
        # an overall figure that only another rounding rule could save does not exclude a scheme
        verdict = "rounding_dependent" if passes else "inconsistent"
    return {
        "scheme": scheme,
        "item": margin.item,
        "domain": margin.domain,
        "printed": float(_middle(margin.overall)),
        "recomputed": float(central),
        "low": float(allowed[declared].lower),
        "high": float(allowed[declared].upper),
        "verdict": verdict,
    }


def _least(margin: Margin, masses: Mapping[str, Fraction], rule: str) -> Iterator[Fraction]:
    """The smallest mass that each level can have in the base."""
    for level in margin.parts:
        rate = _band(margin.rates[level], rule).intersect(PERCENT) if margin.rates else None
        yield masses[level] * (Fraction(1) if rate is None else max(rate.lower, Fraction(0)))


def _mixture(margin: Margin, masses: Mapping[str, Fraction], rule: str) -> Interval:
    """Overall figures that the rounding of domain figures and rates allows."""
    bands, units = [_band(part, rule) for part in margin.parts.values()], [masses[level] for level in margin.parts]
    if margin.rates is None:
        return mix(units, bands)
    rates = [_band(margin.rates[level], rule).intersect(PERCENT) for level in margin.parts]
    return mix_uncertain([rate.scaled(unit) for rate, unit in zip(rates, units, strict=True)], bands)


def _band(number: Printable, rule: str) -> Interval:
    return number if isinstance(number, Interval) else admissible(number, rule)


def _middle(number: Printable) -> Fraction:
    return (number.lower + number.upper) / 2 if isinstance(number, Interval) else number.value


def _alike(shares: Mapping[str, Shares]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for name, held in shares.items():
        totals = {d: sum(by.values()) for d, by in held.items()}
        normal = {d: {level: m / totals[d] for level, m in by.items()} for d, by in held.items()}
        groups.setdefault(repr(sorted((d, sorted(by.items())) for d, by in normal.items())), []).append(name)
    return tuple(tuple(names) for names in groups.values() if len(names) > 1)
