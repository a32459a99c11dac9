"""Laws of bounds among the common members of two sets: no table that print allows lies outside."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aibaro.design import Design
from aibaro.reconstruct._both_sets import CommonMembers
from aibaro.reconstruct.items import ItemSystem, Overlap, PrintedShare
from aibaro.reconstruct.program import violated
from aibaro.reconstruct.share_variance import exact_variance

# counts of three strata with the item, in the base, and in both sets
Known = tuple[list[int], list[int], list[int], list[int], list[int], list[int], Fraction]


@st.composite
def known_overlaps(draw: st.DrawFn) -> Known:
    """Draw three strata whose respondents may belong to two sets: (N, n, x, y, a, g, half width of a share)."""
    n = draw(st.lists(st.integers(2, 3), min_size=3, max_size=3))
    population = [k + draw(st.integers(0, 40)) for k in n]
    a = [draw(st.integers(0, k)) for k in n]
    g = [draw(st.integers(0, k)) for k in n]
    y = [draw(st.integers(max(0, p + q - k), min(p, q))) for p, q, k in zip(a, g, n, strict=True)]
    if not any(y):
        a[0], g[0], y[0] = max(a[0], 1), max(g[0], 1), 1
        a[0] = min(a[0], n[0] + y[0] - g[0])
    x = [draw(st.integers(0, k)) for k in y]
    return population, n, x, y, a, g, draw(st.sampled_from([Fraction(1, 20), Fraction(1, 200)]))


def share_of(known: Known, top: tuple[int, ...] | list[int], below: tuple[int, ...] | list[int]) -> Fraction | None:
    """Weighted share."""
    weights = [Fraction(big, small) for big, small in zip(known[0], known[1], strict=True)]
    size = sum((w * v for w, v in zip(weights, below, strict=True)), Fraction(0))
    return sum((w * v for w, v in zip(weights, top, strict=True)), Fraction(0)) / size if size else None


def system_of(known: Known) -> tuple[ItemSystem, PrintedShare, PrintedShare | None]:
    """State what is printed: the item among the base, the first set among all, both sizes, a part among the first."""
    population, n, x, y, a, g, half = known
    table = pd.DataFrame({"size": ["a", "b", "c"], "population": population, "respondents": n})

    def printed(item: str, base: str, share: Fraction | None) -> PrintedShare:
        middle = share or Fraction(0)
        return PrintedShare((), item, base, "", "", (0, 1, 2), max(middle - half, Fraction(0)), min(middle + half, 1))

    design, share = Design.from_strata(table), printed("item", "common", share_of(known, x, y))
    first = ItemSystem(design, "first", "all", (printed("first", "all", share_of(known, a, n)),), total=sum(a))
    second = ItemSystem(design, "second", "all", (), total=sum(g))
    among = share_of(known, y, a)
    part = None if among is None else printed("part", "first", among)
    overlap = Overlap((first, second), () if part is None else (part,))
    return ItemSystem(design, "item", "common", (share,), overlap=overlap), share, part


def consistent_variances(known: Known) -> list[Fraction]:
    """Variances of all tables that print allows, by plain enumeration."""
    system, share, part = system_of(known)
    n, a, g = known[1], known[4], known[5]
    found = []
    members = [
        (p, q, y)
        for p in itertools.product(*(range(k + 1) for k in n))
        if sum(p) == sum(a) and abs((share_of(known, p, n) or 0) - (share_of(known, a, n) or 0)) <= known[6]
        for q in itertools.product(*(range(k + 1) for k in n))
        if sum(q) == sum(g)
        for y in itertools.product(*(range(max(0, i + j - k), min(i, j) + 1) for i, j, k in zip(p, q, n, strict=True)))
    ]
    # a part says no more than that so many of the first set are common members, at least
    least = Fraction(0) if part is None else part.lower
    for y in sorted({y for p, _, y in members if (share_of(known, y, p) or Fraction(0)) >= least}):
        for x in itertools.product(*(range(k + 1) for k in y)):
            reached = share_of(known, x, y)
            if reached is not None and share.lower <= reached <= share.upper:
                value = exact_variance(system, share.strata, (*x, *y))
                assert value is not None
                found.append(value)
    return found


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(known_overlaps())
def test_bounds_among_common_members_enclose_enumeration(known: Known) -> None:
    system, share, _ = system_of(known)
    truth = consistent_variances(known)
    assert truth
    bounds = CommonMembers(system, share, 120)
    smallest, largest = bounds.smallest(), bounds.largest()
    assert smallest.outer <= min(truth)
    assert max(truth) <= largest.outer
    for end in (smallest, largest):
        if end.witness is not None:
            assert not violated(system, end.witness)
            assert end.inner in truth
    if min(truth) == 0:
        assert smallest.outer == 0
