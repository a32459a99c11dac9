"""Exact arithmetic over common denominators gives what the definitions give in fractions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reconstruct.surveys import make_survey

from aibaro.errors import InputError
from aibaro.published import load
from aibaro.reconstruct import ItemSystem, own_item, own_items, violated
from aibaro.reconstruct.program import exact_rows, linear_rows
from aibaro.reconstruct.share_variance import exact_share, exact_variance, variance_factors

POPULATION, RESPONDENTS, BASE = [[41, 13], [30, 9]], [[6, 4], [5, 3]], [[4, 2], [3, 2]]


@cache
def small_system() -> ItemSystem:
    survey = make_survey(Path(mkdtemp()), POPULATION, RESPONDENTS, {"b": [[2, 1], [1, 2]]}, base=BASE)
    return own_item(survey, "b", "users")


counts = st.tuples(*(st.integers(0, 6) for _ in range(8)))


@settings(deadline=None, max_examples=60)
@given(counts)
def test_rows_in_whole_numbers_hold_exactly_when_the_rows_in_fractions_do(unknowns: tuple[int, ...]) -> None:
    rows = linear_rows(small_system())
    whole = exact_rows(rows)
    assert [row.holds(unknowns) for row in whole] == [row.holds(unknowns) for row in rows]
    assert violated(small_system(), unknowns, whole) == violated(small_system(), unknowns)


@settings(deadline=None, max_examples=60)
@given(counts, st.sampled_from(["population", "none"]), st.sets(st.integers(0, 3), min_size=1))
def test_variance_is_its_definition(unknowns: tuple[int, ...], fpc: str, domain: set[int]) -> None:
    system, strata = small_system(), tuple(sorted(domain))
    share = exact_share(system, strata, unknowns)
    found = exact_variance(system, strata, unknowns, fpc)
    if share is None:
        assert found is None
        return
    x, y, n = unknowns[:4], unknowns[4:], system.design.respondents.tolist()
    weights, factors = system.design.exact_weights, variance_factors(system.design, fpc)
    size = sum((weights[h] * y[h] for h in strata), Fraction(0))
    spreads = {h: x[h] * (1 - 2 * share) + y[h] * share**2 - (x[h] - share * y[h]) ** 2 / n[h] for h in strata}
    assert found == sum((factors[h] * spreads[h] for h in strata), Fraction(0)) / size**2


def test_items_collected_together_are_those_collected_alone() -> None:
    survey = load("flanders-2023")
    pairs = [
        ("technology.nlg", "all"),
        ("application.marketing", "adopters"),
        ("barrier.knowledge", "non_adopters"),
        ("application.hr", "adopters"),
    ]
    together = own_items(survey, pairs)
    assert list(together) == pairs
    for pair, system in together.items():
        alone = own_item(survey, *pair)
        assert system.fingerprint() == alone.fingerprint()
        assert (system.shares, system.base_shares, system.unused) == (alone.shares, alone.base_shares, alone.unused)
    with pytest.raises(InputError, match="no percentage"):
        own_items(survey, [*pairs, ("technology.telepathy", "all")])
