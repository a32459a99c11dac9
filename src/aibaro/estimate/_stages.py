"""The first stage of a design, and the variance that each stratum adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aibaro._arguments import shown
from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, RowDesign
from aibaro.errors import InputError
from aibaro.estimate.tails import satterthwaite_dfs

SINGLE_RULES = ("fail", "certainty", "adjust", "average", "adjust_domains", "average_domains")
# ending of the rules that also serve strata of which a domain holds a single unit
DOMAINS = "_domains"
FPC_RULES = ("population", "none")


@dataclass(frozen=True, slots=True)
class Stage:
    """The first stage of a design as a variance sees it.

    Parameters
    ----------
    units : numpy.ndarray of float, shape (H,)
        Units n_h of each stratum: respondents, or primary sampling units of a clustered design.
    fraction : numpy.ndarray of float, shape (H,)
        Fraction f_h that corrects for the finite population; 0 without correction.
    single : {"fail", "certainty", "adjust", "average"}
        Rule for strata of a single unit.
    names : tuple of str
        Names of the strata, for messages.
    """

    units: FloatArray
    fraction: FloatArray
    single: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, design: Design, fpc: str, single: str) -> Stage:
        """Read the stage of a design."""
        units = design.units.astype(float)
        fraction = design.unit_fractions if fpc == "population" else np.zeros(design.size)
        return cls(units, fraction, single, design.names)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Moments summed to pairs of stratum and domain level.

    Parameters
    ----------
    stratum, level : numpy.ndarray of int, shape (P,)
        Stratum and level of each pair, sorted by stratum, then level.
    parent : numpy.ndarray of int, shape (C,)
        Pair of each cell.
    count : numpy.ndarray of float, shape (P,)
        Rows of each pair, or its primary sampling units.
    levels : int
        Number of levels L.
    """

    stratum: IntArray
    level: IntArray
    parent: IntArray
    count: FloatArray
    levels: int


@dataclass(frozen=True, slots=True)
class Lower:
    """A stage of sampling below the first, as a variance sees it.

    Parameters
    ----------
    unit : numpy.ndarray of int, shape (C,)
        Unit of this stage to which each cell belongs.
    parent : numpy.ndarray of int, shape (U,)
        Unit of the stage above, of each unit.
    stratum : numpy.ndarray of int, shape (P,)
        First-stage stratum of each unit of the stage above.
    number, fraction : numpy.ndarray of float, shape (P,)
        Sampled units of this stage in each unit of the stage above, and which part of all they are; 0 where it is not
        known.
    above : numpy.ndarray of float, shape (P,)
        Product of the fractions of the stages between the first and this one.
    names : tuple of str, length P
        Names of the units of the stage above, for messages.
    """

    unit: IntArray
    parent: IntArray
    stratum: IntArray
    number: FloatArray
    fraction: FloatArray
    above: FloatArray
    names: tuple[str, ...]

    def select(self, keep: NDArray[np.bool_]) -> Lower:
        """Keep some of the cells; all units keep their place in n."""
        return replace(self, unit=self.unit[keep])


def lower_stages(declared: RowDesign, keys: Mapping[str, NDArray[np.object_]], stratum: IntArray) -> tuple[Lower, ...]:
    """Number the units of each stage below the first, in cells whose labels are known."""
    if not declared.further or declared.psu is None:
        return ()
    columns = [keys[v].tolist() for v in (*declared.strata, declared.psu)]
    above: dict[tuple[str, ...], float] = {}
    found = []
    for stage in declared.further:
        parents = list(zip(*columns, strict=True))
        columns.append(keys[stage.column].tolist())
        units = list(zip(*columns, strict=True))
        number_of = {key: i for i, key in enumerate(dict.fromkeys(parents))}
        unit_of = {key: i for i, key in enumerate(dict.fromkeys(units))}
        places = np.zeros(len(number_of), dtype=np.int64)
        places[[number_of[key] for key in parents]] = stratum
        before = [above.get(key, 1.0) for key in number_of]
        found.append(
            Lower(
                unit=np.array([unit_of[key] for key in units], dtype=np.int64),
                parent=np.array([number_of[key[:-1]] for key in unit_of], dtype=np.int64),
                stratum=places,
                number=np.array([stage.units[key] for key in number_of], dtype=float),
                fraction=np.array([stage.fractions[key] for key in number_of]),
                above=np.array(before),
                names=tuple(" × ".join(key) for key in number_of),
            )
        )
        above = {key: above.get(key[:-1], 1.0) * stage.fractions[key[:-1]] for key in unit_of}
    return tuple(found)


def lower_variance(lower: Sequence[Lower], stage: Stage, values: FloatArray) -> FloatArray:
    """Variance that stages below the first add, by stratum, to totals of J variables in C cells: shape (H, J).

    Notes
    -----
    Σ f_1 ... f_(k-1) (1 - f_k) n/(n-1) Σ (z - mean)² over the units of each stage k, within each unit of the stage
    above (Särndal et al. 1992, ch. 4).
    """
    result = np.zeros((len(stage.units), values.shape[1]))
    for part, centred, absent, mean, factor in _within_units(lower, stage, values):
        squares = sums(centred**2, part.parent, len(part.number)) + absent[:, None] * mean**2
        result += sums(squares * factor[:, None], part.stratum, len(stage.units))
    return result


def lower_covariance(lower: Sequence[Lower], stage: Stage, values: FloatArray) -> FloatArray:
    """Covariance that stages below the first add to the totals of J variables in C cells: shape (J, J)."""
    result = np.zeros((values.shape[1], values.shape[1]))
    for part, centred, absent, mean, factor in _within_units(lower, stage, values):
        result += (centred * factor[part.parent][:, None]).T @ centred + (mean * (factor * absent)[:, None]).T @ mean
    return result


def _within_units(
    lower: Sequence[Lower], stage: Stage, values: FloatArray
) -> Iterator[tuple[Lower, FloatArray, FloatArray, FloatArray, FloatArray]]:
    """Centred totals of the units of each stage, units without rows, means, and what squares are multiplied by."""
    for part in lower:
        size = len(part.number)
        first = stage.fraction[part.stratum] * part.above
        totals = sums(values, part.unit, len(part.parent))
        mean = sums(totals, part.parent, size) / part.number[:, None]
        lonely = (part.number <= 1) & (part.fraction < 1) & (first > 0) & (mean != 0).any(axis=1)
        adjusted = stage.single.removesuffix(DOMAINS) == "adjust"
        if lonely.any() and stage.single != "certainty" and not adjusted:
            raise _lonely_units(stage, part, lonely)
        spread = np.where(part.number > 1, part.number / np.where(part.number > 1, part.number - 1, 1.0), 0.0)
        centre = mean[part.parent]
        if lonely.any() and adjusted:
            # a single unit is measured from the mean of all units of its stage, as one of the first stage
            spread = np.where(lonely, 1.0, spread)
            touched = np.zeros(size, dtype=bool)
            touched[part.parent[part.unit]] = True
            everyone = totals.sum(axis=0) / max(float(part.number[touched].sum()), 1.0)
            centre = np.where(lonely[part.parent][:, None], np.where(totals != 0, everyone, 0.0), centre)
        factor = first * (1 - part.fraction) * spread
        absent = part.number - np.bincount(part.parent, minlength=size)
        yield part, totals - centre, absent, mean, factor


def _lonely_units(stage: Stage, part: Lower, lonely: NDArray[np.bool_]) -> InputError:
    return InputError(
        "units of which a single one of the next stage was sampled have no variance of their own",
        where="aibaro.estimate",
        parameter="single",
        expected="at least two units of each stage",
        got=f"{shown(np.array(part.names)[lonely].tolist())}; single={stage.single!r}",
        hint="single='certainty' adds nothing for them, 'adjust' takes the mean of all; or give the first stage alone",
    )


def sums(values: FloatArray | NDArray[np.bool_], index: IntArray, size: int) -> FloatArray:
    """Add up rows of an array by group.

    Examples
    --------
    >>> sums(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), 2)
    array([3., 4.])
    """
    if values.ndim == 1:
        return np.bincount(index, weights=values, minlength=size).astype(float, copy=False)
    # a width of its own: that of an array without rows cannot be inferred
    flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
    result = np.empty((size, flat.shape[1]))
    for k in range(flat.shape[1]):
        result[:, k] = np.bincount(index, weights=flat[:, k], minlength=size)
    return result.reshape(size, *values.shape[1:])


def contributions(
    stage: Stage, pairs: Pairs, total: FloatArray, square: FloatArray, touched: NDArray[np.bool_]
) -> FloatArray:
    """Return the variance that each stratum adds."""
    n, rest = stage.units[pairs.stratum], 1 - stage.fraction[pairs.stratum]
    lonely = (n <= 1) & (rest > 1e-12) & touched
    if lonely.any() and stage.single == "fail":
        raise _lonely_error(stage, pairs, lonely)
    # units of the stratum without rows in the domain carry zeros: their mean is not that of the units with rows
    everyone = square + total**2 * (1 / pairs.count - 1 / n)
    share = rest * np.where(n > 1, n / np.where(n > 1, n - 1, 1), 0.0) * np.maximum(everyone, 0.0)
    rule, of_domains = stage.single.removesuffix(DOMAINS), stage.single.endswith(DOMAINS)
    alone = (pairs.count == 1) & (n > 1) & (rest > 1e-12) & touched & of_domains
    if rule == "adjust" and alone.any():
        # the zeros of the other units do not draw the mean towards themselves
        share = np.where(alone, rest * n / np.where(n > 1, n - 1, 1) * total**2, share)
    if rule == "adjust" and lonely.any():
        grand = sums(total, pairs.level, pairs.levels) / _units_touched(stage, pairs, touched)
        share = np.where(lonely, rest * (total - grand[pairs.level]) ** 2, share)
    if rule == "average" and (lonely | alone).any():
        lonely = lonely | alone
        strata = sums(touched, pairs.level, pairs.levels)
        usable = sums(touched & ~lonely, pairs.level, pairs.levels)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(lonely, np.where((usable > 0)[pairs.level], 0.0, np.nan), share)
            share = share * np.where(usable > 0, strata / usable, 1.0)[pairs.level]
    return share


def _units_touched(stage: Stage, pairs: Pairs, touched: NDArray[np.bool_]) -> FloatArray:
    units = sums(np.where(touched, stage.units[pairs.stratum], 0.0), pairs.level, pairs.levels)
    return np.maximum(units, 1.0)


def _lonely_error(stage: Stage, pairs: Pairs, lonely: NDArray[np.bool_]) -> InputError:
    names = [stage.names[h] for h in sorted(set(pairs.stratum[lonely].tolist()))]
    return InputError(
        "strata with a single unit have no variance of their own",
        parameter="single",
        expected="at least two units a stratum",
        got=shown(names, 10),
        hint="collapse strata, or choose single='certainty', 'adjust' or 'average'",
    )


def satterthwaite(stage: Stage, pairs: Pairs, share: FloatArray, df_design: FloatArray) -> FloatArray:
    """Return Satterthwaite's degrees of freedom of each level, those of the design where it has no variance."""
    found = satterthwaite_dfs(share, stage.units[pairs.stratum] - 1, pairs.level, pairs.levels)
    return np.where(np.isnan(found), df_design, found)
