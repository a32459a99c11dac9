"""Did a share change between two waves, when the earlier one printed neither its size nor its precision?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from aibaro._typed import typed
from aibaro.compare import limits as intervals
from aibaro.compare._groups import sign
from aibaro.compare._shares import Share, ShareLike, base_size, share, share_of
from aibaro.compare.comparison_results import ComparisonResult, check_claim
from aibaro.compare.domain_precision import Mask, domain_shares, largest_base_se
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.items import require_declared

#: Correlations of the two estimates that are swept by default; overlap of samples can make them positive.
CORRELATIONS: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class WaveChange(ComparisonResult):
    """A change between waves, and what the earlier wave must have been for it to be significant.

    Parameters
    ----------
    item, base : str
        What it is about.
    before, after : Share
        The shares.
    estimate : float
        after - before.
    se_after : tuple of float
        Bounds on the standard error of the later wave.
    conf_level : float
        Confidence level.
    se_before_max : float
        Largest standard error of the earlier wave at which the change is significant, the later wave at its largest,
        the estimates uncorrelated; NaN where no earlier precision would do.
    n_eff_before_min : float
        The effective size that it stands for.
    sweep : pandas.DataFrame
        The same for other correlations.
    claim : str
        What was claimed of the later share against the earlier.
    """

    item: str
    base: str
    before: Share
    after: Share
    estimate: float
    se_after: tuple[float, float]
    conf_level: float
    se_before_max: float
    n_eff_before_min: float
    sweep: pd.DataFrame
    claim: str

    def summary(self) -> str:
        """Say the result in a few lines.

        Returns
        -------
        str
            Text with percentages and percentage points.
        """
        points = f"{100 * self.estimate:+.1f} points (later standard error at most {100 * self.se_after[1]:.2f})"
        head = f"{self.item} among {self.base}: {self.before.text} to {self.after.text}, {points}"
        if math.isnan(self.se_before_max):
            return f"{head}\n  not significant whatever the earlier wave's precision"
        precision = f"at most {100 * self.se_before_max:.2f} points"
        size = f"an effective size of at least {math.ceil(self.n_eff_before_min)}"
        return f"{head}\n  significant if the earlier standard error was {precision}, that is {size}"


@typed
def wave_change(
    before: ShareLike,
    after: ShareLike,
    se_after: float | tuple[float, float],
    *,
    correlations: Sequence[float] = CORRELATIONS,
    conf_level: float = 0.95,
    claim: str = "differs",
    item: str = "",
    base: str = "all",
) -> WaveChange:
    """Find how precise the earlier wave must have been for a change to be significant.

    Parameters
    ----------
    before, after : str, float, Fraction, pair or Share
        The shares.
    se_after : float or pair of float
        Standard error of the later share, or bounds on it.
    correlations : sequence of float
        Correlations of the two estimates to sweep, in (-1, 1); samples that overlap correlate.
    conf_level : float
        Confidence level.
    claim : {"greater", "less", "differs"}
        What is claimed of the later share against the earlier.
    item, base : str
        Names for tables.

    Returns
    -------
    WaveChange
        Largest earlier standard error and smallest effective size, over correlations.

    Raises
    ------
    InputError
        For inputs that cannot be used.

    Notes
    -----
    Var = S² + s² - 2 r S s <= (d/z)² is solved for the earlier s at the smallest absolute d inside the rounding
    intervals and every later S inside its bounds: s <= r S + sqrt((d/z)² - (1 - r²) S²).  The effective size is p (1 -
    p)/s² at the admissible earlier share with the largest p (1 - p).

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 12.4.

    Examples
    --------
    >>> change = wave_change("25,5%", "32,1%", 0.0114, claim="greater")
    >>> round(change.se_before_max, 4), round(change.n_eff_before_min)
    (0.0311, 196)
    """
    first, second = share(before, parameter="before"), share(after, parameter="after")
    ends = se_after if isinstance(se_after, tuple) else (se_after, se_after)
    if not 0 <= ends[0] <= ends[1] < math.inf:
        raise InputError("not a standard error", parameter="se_after", expected="0 <= low <= high", got=str(se_after))
    if not all(-1 < r < 1 for r in correlations):
        raise InputError(
            "not a correlation",
            parameter="correlations",
            expected="numbers between -1 and 1",
            got=str(list(correlations)),
        )
    check_claim(claim)
    corner = intervals.nearest_corner(second.box, first.box)
    reach = abs(corner[0] - corner[1]) / intervals.critical(conf_level)
    spread = max(p * (1 - p) for p in (*first.box, min(max(0.5, first.box[0]), first.box[1])))
    rows = [_row(r, reach, ends, spread) for r in correlations]
    sweep = pd.DataFrame(rows, columns=["correlation", "se_before_max", "n_eff_before_min"])
    plain = _row(0.0, reach, ends, spread)
    return WaveChange(
        item,
        base,
        first,
        second,
        float(second.value - first.value),
        (float(ends[0]), float(ends[1])),
        conf_level,
        plain[1],
        plain[2],
        sweep,
        claim,
    )


def _row(r: float, reach: float, ends: tuple[float, float], spread: float) -> tuple[float, float, float]:
    limit = min((_largest_before(r, reach, later) for later in _candidates(r, ends)), default=math.nan)
    return r, limit, spread / limit**2 if limit > 0 else math.nan


def _candidates(r: float, ends: tuple[float, float]) -> list[float]:
    # for r > 0 the limit first rises with the later error, then falls: its smallest value is at an end
    return [ends[0], ends[1]] if r > 0 else [ends[1]]


def _largest_before(r: float, reach: float, later: float) -> float:
    # a later error beyond the reach leaves the change open even against an earlier share without error
    if later > reach:
        return math.nan
    return r * later + math.sqrt(reach**2 - (1 - r**2) * later**2)


@typed
def correlation_bounds(before: ShareLike, after: ShareLike, overlap: float) -> tuple[float, float]:
    """Bound the correlation that an overlap of two equal samples can give their shares.

    Parameters
    ----------
    before, after : str, float, Fraction, pair or Share
        The shares.
    overlap : float
        Share of each sample that also belongs to the other, 0 to 1.

    Returns
    -------
    tuple of float
        Smallest and largest correlation: overlap times the Fréchet bounds of the correlation within units, at the
        central shares.

    Raises
    ------
    InputError
        For an overlap outside 0 to 1.

    Notes
    -----
    r = o (m - p q)/sqrt(p (1 - p) q (1 - q)) with overlap o; the joint share m runs from max(0, p + q - 1) to
    min(p, q).  Both samples have one size and are drawn at random; where a share is 0 or 1 the correlation is 0.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 12.4.

    Fréchet, M. (1951). Annales de l'Université de Lyon A 14, 53-77.

    Examples
    --------
    >>> [round(end, 3) for end in correlation_bounds(0.255, 0.321, 0.5)]
    [-0.201, 0.425]
    """
    if not 0 <= overlap <= 1:
        raise InputError("not an overlap", parameter="overlap", expected="0 to 1", got=str(overlap))
    p, q = (float(share(value).value) for value in (before, after))
    spread = math.sqrt(p * (1 - p) * q * (1 - q))
    if spread == 0:
        return 0.0, 0.0
    return overlap * (max(0.0, p + q - 1) - p * q) / spread, overlap * (min(p, q) - p * q) / spread


@typed
def survey_waves(survey: PublishedSurvey, *, conf_level: float = 0.95) -> tuple[WaveChange, ...]:
    """Evaluate every fact that a survey prints for an earlier wave and for its own.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    conf_level : float
        Confidence level.

    Returns
    -------
    tuple of WaveChange
        In the order of the printings.

    Notes
    -----
    The later standard error of a share of everybody is bounded by :func:`~aibaro.compare.domain_shares`; that
    of a share of a base by ``bounds.csv`` or :func:`~aibaro.compare.largest_base_se`.

    Examples
    --------
    >>> from aibaro.published import load
    >>> [change.item for change in survey_waves(load("flanders-2023"))][:2]
    ['at_least_one', 'technology.nlg']
    """
    return changes_between_waves(survey, conf_level=conf_level)[0]


def changes_between_waves(
    survey: PublishedSurvey | Facts, *, conf_level: float = 0.95
) -> tuple[tuple[WaveChange, ...], tuple[str, ...]]:
    """Evaluate every change, and say which figures of earlier waves could not be used, and why."""
    facts = facts_of(survey)
    earlier = [f for f in facts if f.key.wave and f.percent and not f.soft and f.best.kind == "percentage"]
    changes, left = [], []
    for then in earlier:
        now = then.key.about(wave="")
        try:
            before, after = share_of(facts, then.key), share_of(facts, now)
            error = later_se(facts, now)
        except (InputError, ConflictError) as problem:
            left.append(f"{then.key}: {problem.faults[0].problem}")
            continue
        claim = {1: "greater", -1: "less", 0: "differs"}[sign(after, before)]
        changes.append(
            wave_change(before, after, error, conf_level=conf_level, claim=claim, item=now.item, base=now.base)
        )
    return tuple(changes), tuple(left)


def later_se(survey: PublishedSurvey | Facts, later: str | Key, *, fpc: str = "population") -> tuple[float, float]:
    """Bound the standard error of a share that a survey prints for its own wave.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.
    later : str or Key
        The share: of everybody, or of a base that an item defines.
    fpc : {"population", "none"}
        Finite population correction.

    Returns
    -------
    tuple of float
        Smallest and largest standard error over all tables that the printed figures admit.

    Raises
    ------
    InputError
        When the share is not printed, or no printed share defines its base.

    Examples
    --------
    >>> from aibaro.published import load
    >>> low, high = later_se(load("flanders-2023"), "barrier.cost_benefit@adopters")
    >>> 0 <= low < high < 0.05
    True
    """
    facts = facts_of(survey)
    key = facts.key(later) if isinstance(later, str) else later
    require_declared(facts, key.base)
    design, share_ = Design.from_strata(facts.survey.strata), share_of(facts, key)
    if key.base == WHOLE_BASE:
        whole = _whole(facts, key.item, fpc)
        return whole if whole is not None else _own(design, share_, fpc)
    return 0.0, largest_base_se(design, share_, *_base_margins(facts, design, key.base), fpc)


def _whole(survey: Facts, item: str, fpc: str) -> tuple[float, float] | None:
    """Use the printed domains of an item where there are any."""
    try:
        row = domain_shares(survey, item, fpc=fpc)[-1]
    except InputError:
        return None
    return row.se_lower, row.se_upper


def _own(design: Design, printed: Share, fpc: str) -> tuple[float, float]:
    from aibaro.compare.domain_precision import se_bounds

    return se_bounds(design, design.domain(), printed, fpc)


def _base_margins(facts: Facts, design: Design, base: str) -> tuple[list[tuple[Mask, Share]], int | None]:
    """Find the printed shares of the item that defines a base, inside or outside it."""
    own = facts.bases.get(base)
    if own is None or own.share is None:
        raise InputError(
            "the base is not defined by an item with a printed share",
            where=facts.survey.name,
            parameter="base",
            expected="any(ITEMS) or count(ITEMS)=k with a relation to one item",
            got=base,
        )
    key, side = own.share
    places = [("", ""), *((v, level) for v in design.variables for level in sorted(set(design.labels[v])))]
    found = []
    for domain, level in places:
        # of the whole base the share must be printed; of its parts those that are printed narrow the bound
        at = key.about(base=WHOLE_BASE, domain=domain, level=level)
        if domain and at not in facts:
            continue
        printed = share_of(facts, at)
        mask = design.domain(**{domain: level}) if domain else design.domain()
        found.append((mask, printed if side == "inside" else printed.complement))
    return found, base_size(facts, base)
