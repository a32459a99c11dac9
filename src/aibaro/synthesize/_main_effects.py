"""Where would counts lie if sector and size worked without interplay?  The labelled model behind synthetic files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from aibaro._arrays import FloatArray
from aibaro.synthesize._counts import Frame, Sizes, lies_in
from aibaro.synthesize._reproduction import TargetShare
from aibaro.synthesize._structure import ItemComponent, PlacedFigure

# keeps the fit finite where print says 0,0% or 100%; far below what one decimal resolves
_RIDGE = 1e-3


def main_effects(figures: Sequence[TargetShare], sizes: FloatArray) -> FloatArray:
    """Fit stratum shares of one item to its printed shares by a logit with one effect a printed domain.

    Notes
    -----
    Maximum entropy given the margins: p_h = expit(sum of effects of the printed domains that hold h), where effects
    solve sum over D of M_h p_h = P_D M_D by minimising the convex dual, with a ridge that reconciles rounding.  It
    is a model of what print leaves open, not an estimate.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from aibaro.facts import Fact, Key
    >>> from aibaro.rounding import Interval
    >>> half = TargetShare(Fact(Key("a"), ()), (0, 1), Interval(Fraction(1, 4), Fraction(3, 4)))
    >>> main_effects([half], np.array([10.0, 30.0])).round(3).tolist()
    [0.5, 0.5]
    """
    if not figures:
        return np.full(len(sizes), 0.5)
    member = np.zeros((len(sizes), len(figures)))
    shares = np.empty(len(figures))
    for column, figure in enumerate(figures):
        member[list(figure.strata), column] = 1.0
        shares[column] = float(figure.band.lower + figure.band.upper) / 2
    totals = np.clip(shares, 1e-4, 1 - 1e-4) * (sizes @ member)

    def dual(effects: FloatArray) -> tuple[float, FloatArray]:
        linear = member @ effects
        value = sizes @ np.logaddexp(0, linear) - totals @ effects + _RIDGE * effects @ effects
        return float(value), member.T @ (sizes * expit(linear)) - totals + 2 * _RIDGE * effects

    fit = minimize(dual, np.zeros(len(figures)), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return np.asarray(expit(member @ fit.x), dtype=float)


Shares = dict[tuple[str, int], FloatArray]
Ranges = dict[tuple[str, int], tuple[Sizes, Sizes]]


def centre_shares(component: ItemComponent, frame: Frame) -> Shares:
    """Return the share of each item in each cell and stratum under the labelled centre.

    Notes
    -----
    An item printed by domain follows :func:`main_effects`.  One printed only overall keeps its printed share of the
    item that it is a part of, is what its complement leaves, or is the same everywhere.
    """
    weights = np.array([float(w) for w in frame.weights])
    found: Shares = {}
    overall: list[tuple[str, int, list[TargetShare], FloatArray]] = []
    for item in component.items:
        own = [p for p in component.figures if p.figure.item == item and p.inner is None]
        for cell in range(len(component.cells)):
            figures, sizes = _smallest_base(component, frame, own, cell, weights)
            if any(not f.overall for f in figures) and len({h for f in figures for h in f.strata}) == len(sizes):
                found[item, cell] = main_effects(figures, sizes)
            elif any(f.overall for f in figures):
                overall.append((item, cell, figures, sizes))
    shares = {(item, cell): _middle(figures) for item, cell, figures, _ in overall}
    before = -1
    while before != len(found):
        before = len(found)
        for item, cell, _, sizes in overall:
            if (item, cell) not in found:
                _through_relations(component, (item, cell), shares, sizes, found)
    for item, cell, figures, sizes in overall:
        if (item, cell) not in found:
            found[item, cell] = main_effects(figures, sizes)
    for cell in range(len(component.cells)):
        _by_difference(component, cell, weights * frame.sizes[cell], found)
    return found


def _by_difference(component: ItemComponent, cell: int, sizes: FloatArray, found: Shares) -> None:
    """Give an item that print leaves to subtraction the share that its whole has beyond its other parts."""
    for relation in component.relations:
        missing = [part for part in relation.parts if (part, cell) not in found]
        if relation.kind != "exhaustive" or len(missing) != 1 or (relation.whole, cell) not in found:
            continue
        rest = found[relation.whole, cell] - sum(found[p, cell] for p in relation.parts if p != missing[0])
        share = float(sizes @ rest) / max(float(sizes.sum()), 1e-12)
        found[missing[0], cell] = np.full(len(sizes), min(max(share, 0.0), 1.0))


def _smallest_base(
    component: ItemComponent, frame: Frame, own: list[PlacedFigure], cell: int, weights: FloatArray
) -> tuple[list[TargetShare], FloatArray]:
    """Take the figures of the base with most conditions that holds the cell."""
    home = component.cells[cell]
    bases = [p.outer for p in own if lies_in(home, p.outer)]
    if not bases:
        return [], np.zeros(len(weights))
    base = max(bases, key=lambda b: len(b.conditions))
    # words leave too wide a range to aim at
    figures = [p.figure for p in own if p.outer.conditions == base.conditions and p.figure.kind == "percentage"]
    inside = [index for index, other in enumerate(component.cells) if lies_in(other, base)]
    return figures, weights * frame.sizes[inside].sum(axis=0)


def _middle(figures: list[TargetShare]) -> float:
    whole = next(f for f in figures if f.overall)
    return float(whole.band.lower + whole.band.upper) / 2


def _through_relations(
    component: ItemComponent,
    key: tuple[str, int],
    shares: dict[tuple[str, int], float],
    sizes: FloatArray,
    found: Shares,
) -> None:
    """Return an item its printed share of the whole that it is a part of, or of what other parts leave."""
    (item, cell), share = key, shares[key]
    relations = [r for r in component.relations if r.kind == "exhaustive" and item in r.parts]
    waiting = any((r.whole, cell) in shares and (r.whole, cell) not in found for r in relations)
    if waiting and not any((r.whole, cell) in found for r in relations):
        return  # its turn comes when the whole is known
    for relation in sorted(relations, key=lambda r: not r.whole):
        if relation.whole and (relation.whole, cell) in found:
            whole = found[relation.whole, cell]
            found[item, cell] = np.clip(whole * share * sizes.sum() / max(float(sizes @ whole), 1e-12), 0, 1)
            return
        known = [(part, cell) for part in relation.parts if (part, cell) in found]
        open_parts = [(part, cell) for part in relation.parts if (part, cell) not in found]
        if not relation.whole and known and all(part in shares for part in open_parts):
            left = np.clip(1 - sum(found[part] for part in known), 0, 1)
            found[item, cell] = left * share / max(sum(shares[part] for part in open_parts), 1e-12)
            return


def draw_targets(
    component: ItemComponent, frame: Frame, shares: Shares, generator: np.random.Generator
) -> dict[tuple[str, int], Sizes]:
    """Draw counts from the centre."""
    return {
        key: generator.binomial(frame.sizes[key[1]], shares[key])
        for item in component.items
        for key in [(item, c) for c in range(len(component.cells))]
        if key in shares
    }


def near(shares: Shares, sizes: Sizes, width: float) -> Ranges:
    """Return limits around the centre.

    Examples
    --------
    >>> limits = near({("a", 0): np.array([0.5])}, np.array([[100]]), 1.0)
    >>> [end.tolist() for end in limits["a", 0]]
    [[44], [56]]
    """
    limits: Ranges = {}
    for (item, cell), share in shares.items():
        size: Any = sizes[cell]
        spread = width * np.sqrt(size * share * (1 - share)) + 1
        low = np.maximum(np.floor(size * share - spread), 0).astype(np.int64)
        high = np.minimum(np.ceil(size * share + spread), size).astype(np.int64)
        limits[item, cell] = (low, high)
    return limits


def near_draw(targets: dict[tuple[str, int], Sizes], sizes: Sizes, width: float) -> Ranges:
    """Return limits around a draw.

    Examples
    --------
    >>> limits = near_draw({("a", 0): np.array([50])}, np.array([[100]]), 0.5)
    >>> [end.tolist() for end in limits["a", 0]]
    [[47], [53]]
    """
    limits: Ranges = {}
    for (item, cell), target in targets.items():
        size = sizes[cell]
        spread = np.ceil(width * np.sqrt(target * (size - target) / np.maximum(size, 1))).astype(np.int64)
        limits[item, cell] = (np.maximum(target - spread, 0), np.minimum(target + spread, size))
    return limits
