"""Laws of the reconstruction: bounds equal plain enumeration, truth lies inside, consistent print is never refused."""

from __future__ import annotations

import itertools
import tempfile
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.reconstruct.surveys import CELLS

from aibaro.published import PublishedSurvey, read
from aibaro.reconstruct import Bounder, _joined_tables, attainability, own_item, quantity_range, share_in, violated
from aibaro.reconstruct._base_search import BaseSearch, SmallDomain
from aibaro.reconstruct._blocks import blocks, single
from aibaro.reconstruct._dual import hull, possible_pairs
from aibaro.reconstruct._relaxation import PruneAndBound
from aibaro.reconstruct.program import linear_rows
from aibaro.reconstruct.share_variance import exact_variance
from aibaro.rounding import round_half_up

pytest.importorskip("ortools")
SETTINGS = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

Known = tuple[list[int], list[int], list[int], list[int], int]


@st.composite
def known_surveys(draw: st.DrawFn, largest: int = 5) -> Known:
    """Draw a 2 x 2 design with known respondents in a base and with an item: (N, n, y, x, decimals)."""
    n = draw(st.lists(st.integers(2, largest), min_size=4, max_size=4))
    population = [k + draw(st.integers(0, 60)) for k in n]
    y = [draw(st.integers(1, k)) for k in n]
    x = [draw(st.integers(0, k)) for k in y]
    return population, n, y, x, draw(st.integers(0, 2))


DOMAINS = {("", ""): (0, 1, 2, 3), ("a", "0"): (0, 1), ("a", "1"): (2, 3), ("b", "0"): (0, 2), ("b", "1"): (1, 3)}


def write(known: Known, folder: Path, order: tuple[int, ...] = (0, 1, 2, 3)) -> PublishedSurvey:
    """Print the tables of a known survey: item `base` among all, item `item` among the base."""
    population, n, y, x, decimals = known
    strata = pd.DataFrame({"a": ["0", "0", "1", "1"], "b": ["0", "1", "0", "1"]})
    strata = strata.assign(population=population, respondents=n)
    strata.iloc[list(order)].to_csv(folder / "strata.csv", index=False)
    (folder / "datapackage.json").write_text(CELLS, encoding="utf-8")
    rows = []
    for (domain, level), members in DOMAINS.items():
        for item, among, top, below in (("base", "all", y, n), ("item", "users", x, y)):
            size = sum(Fraction(population[h] * below[h], n[h]) for h in members)
            if size == 0:
                continue
            share = 100 * sum(Fraction(population[h] * top[h], n[h]) for h in members) / size
            printed = f"{float(round_half_up(share, decimals)):.{decimals}f}".replace(".", ",") + "%"
            rows.append((f"{item}.{domain}{level}", item, among, domain, level, printed))
    columns = ["id", "item", "base", "domain", "level", "printed"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "printed.csv", index=False)
    pd.DataFrame(
        {
            "base": ["all", "users"],
            "parent": ["", "all"],
            "definition": ["all", "any(base)"],
            "respondents": [str(sum(n)), str(sum(y))],
        }
    ).to_csv(folder / "bases.csv", index=False)
    return read(folder)


def inside_band(share: Fraction, printed: Fraction, decimals: int) -> bool:
    return abs(100 * share - printed) <= Fraction(1, 2 * 10**decimals)


def variance(known: Known, members: tuple[int, ...], top: tuple[int, ...], below: tuple[int, ...]) -> Fraction:
    """The variance by the definition: linearised values of every respondent, zeros included."""
    population, n, *_ = known
    size = sum(Fraction(population[h] * below[h], n[h]) for h in members)
    share = sum(Fraction(population[h] * top[h], n[h]) for h in members) / size
    total = Fraction(0)
    for h in members:
        values = [1 - share] * top[h] + [-share] * (below[h] - top[h]) + [Fraction(0)] * (n[h] - below[h])
        mean = sum(values) / n[h]
        spread = sum((v - mean) ** 2 for v in values) / (n[h] - 1)
        total += Fraction(population[h]) ** 2 * (1 - Fraction(n[h], population[h])) * spread / n[h]
    return total / size**2


def consistent_tables(known: Known) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All (x, y) that round to what is printed, by plain enumeration."""
    population, n, y, x, decimals = known

    def shares(top: tuple[int, ...] | list[int], below: tuple[int, ...] | list[int]) -> list[Fraction] | None:
        sizes = [sum(Fraction(population[h] * below[h], n[h]) for h in m) for m in DOMAINS.values()]
        if 0 in sizes:
            return None
        tops = [sum(Fraction(population[h] * top[h], n[h]) for h in m) for m in DOMAINS.values()]
        return [t / s for t, s in zip(tops, sizes, strict=True)]

    printed = [[round_half_up(100 * s, decimals) for s in shares(*p) or []] for p in ((y, n), (x, y))]
    found = []
    for inside in itertools.product(*(range(k + 1) for k in n)):
        if sum(inside) != sum(y):
            continue
        got = shares(inside, n)
        if got is None or not all(inside_band(s, p, decimals) for s, p in zip(got, printed[0], strict=True)):
            continue
        for top in itertools.product(*(range(k + 1) for k in inside)):
            got = shares(top, inside)
            if got is not None and all(inside_band(s, p, decimals) for s, p in zip(got, printed[1], strict=True)):
                found.append((top, inside))
    return found


@SETTINGS
@given(known_surveys())
def test_bounds_of_shares_of_all_equal_enumeration(known: Known) -> None:
    n, y = tuple(known[1]), known[2]
    population, decimals = known[0], known[4]
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "base")
    assert violated(system, tuple(y)) == ()
    targets = {}
    for key, m in DOMAINS.items():
        total = sum(population[h] for h in m)
        targets[key] = round_half_up(100 * sum(Fraction(population[h] * y[h], n[h]) for h in m) / total, decimals)
    tables = [
        t
        for t in itertools.product(*(range(k + 1) for k in n))
        if sum(t) == sum(y)
        and all(
            inside_band(
                sum(Fraction(population[h] * t[h], n[h]) for h in m) / sum(population[h] for h in m),
                targets[key],
                decimals,
            )
            for key, m in DOMAINS.items()
        )
    ]
    for row in Bounder(system).rows():
        values = [variance(known, DOMAINS[row.domain, row.level], t, n) for t in tables]
        assert row.smallest.outer <= min(values) <= max(values) <= row.largest.outer
        assert row.smallest.inner == min(values)
        assert row.largest.inner == max(values)


@SETTINGS
@given(known_surveys(largest=4))
def test_bounds_among_a_base_equal_enumeration(known: Known) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    tables = consistent_tables(known)
    assert (tuple(known[3]), tuple(known[2])) in tables
    for row in Bounder(system).rows():
        values = [variance(known, DOMAINS[row.domain, row.level], *t) for t in tables]
        assert (row.smallest.outer, row.largest.outer) == (min(values), max(values))
        assert row.status == "sharp"


@SETTINGS
@given(known_surveys(largest=4), st.sampled_from(["max", "min"]), st.integers(0, 4))
def test_branch_and_bound_and_tables_enclose_enumeration(known: Known, sense: str, which: int) -> None:
    """The methods for large surveys, forced on small ones."""
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    key = list(DOMAINS)[which]
    share = system.share(*key)
    assert share is not None
    values = [variance(known, DOMAINS[key], *t) for t in consistent_tables(known)]
    truth = max(values) if sense == "max" else min(values)
    search = BaseSearch(system)
    search.everything = None
    limits = (float(share.lower), float(share.upper))
    # by groups whose counts are listed, and by single strata
    for listed in (search._blocks(share.strata), tuple(single(h, search._pairs(h)) for h in share.strata)):
        method = PruneAndBound(system, share.strata, sense, listed, search.ranges, share=limits)
        encloses(method, truth, sense)
    search.tables = True
    search.tuples.clear()
    ways = [search.extreme(share, sense, 20), search._paired(share, sense), search._together(share, sense)]
    if sense == "min":
        with mock.patch.multiple(_joined_tables, DRAWN=2_000, QUARTER=5_000):
            ways.append(search._climbed(share, 20, Fraction(0)))
    for extreme in ways:
        assert extreme.outer >= truth if sense == "max" else extreme.outer <= truth
        assert extreme.witness is None or violated(system, extreme.witness) == ()


@SETTINGS
@given(known_surveys(largest=4), st.sampled_from(["max", "min"]), st.integers(0, 4))
def test_joined_draws_reach_the_end_that_enumeration_gives(known: Known, sense: str, which: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    key = list(DOMAINS)[which]
    share = system.share(*key)
    assert share is not None
    tables = consistent_tables(known)
    values = [variance(known, DOMAINS[key], *t) for t in tables]
    truth = max(values) if sense == "max" else min(values)
    with mock.patch.multiple(_joined_tables, DRAWN=5_000, QUARTER=20_000):
        found = _joined_tables.table_towards(system, share, sense, blocks(system), max(float(truth), 1e-2))
    assert found is not None
    assert (found[:4], found[4:]) in tables
    assert exact_variance(system, share.strata, found) == truth


def encloses(method: PruneAndBound, truth: Fraction, sense: str) -> None:
    """Nothing consistent lies beyond, whatever variance is aimed at, and however little work is done."""
    slack = 1e-12 * float(truth)
    for aim, nodes in ((0.5, 40), (0.97, 2), (1.03, 40)):
        found = method.run(max(aim * float(truth), 1e-9), nodes)
        if sense == "max":
            assert found.outer >= float(truth) - slack
        else:
            assert found.outer <= float(truth) + slack


@SETTINGS
@given(known_surveys(largest=4))
def test_listed_counts_of_groups_are_those_that_their_own_statements_allow(known: Known) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    listed = blocks(system)
    assert sorted(h for block in listed for h in block.strata) == list(range(4))
    for block in listed:
        rows = [row for row in linear_rows(system) if row.name in block.met]
        limits = [known[1][h] for h in block.strata]
        expected = set()
        for y in itertools.product(*(range(n + 1) for n in limits)):
            for x in itertools.product(*(range(v + 1) for v in y)):
                counts = [0] * 8
                for k, h in enumerate(block.strata):
                    counts[h], counts[4 + h] = x[k], y[k]
                if all(row.holds(counts) for row in rows):
                    expected.add((x, y))
        found = set()
        for keys in block.tuples.tolist():
            choices = [own[key == v] for own, key, v in zip(block.pairs, block.keys, keys, strict=True)]
            for pairs in itertools.product(*(c.tolist() for c in choices)):
                found.add((tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)))
        assert found == expected


@settings(SETTINGS, max_examples=6)  # a hundred linear programmes each
@given(known_surveys(largest=4))
def test_pairs_that_duality_excludes_occur_in_no_consistent_table(known: Known) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    tables = consistent_tables(known)
    occurring = {h: {(x[h], y[h]) for x, y in tables} for h in range(4)}
    kept = {h: set(map(tuple, pairs.tolist())) for h, pairs in possible_pairs(system, {}).items()}
    assert all(occurring[h] <= kept[h] for h in range(4))
    # what is known already is kept, and never widened
    few = {h: np.array(sorted(pairs), dtype=np.int64) for h, pairs in occurring.items()}
    again = {h: set(map(tuple, pairs.tolist())) for h, pairs in possible_pairs(system, few).items()}
    assert again == occurring


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1), st.integers(-5, 5), st.integers(-5, 5))
def test_a_linear_function_is_largest_at_a_corner(points: list[tuple[int, int]], a: int, b: int) -> None:
    corners = hull(np.array(points))
    assert set(corners) <= set(points)
    assert max(a * x + b * y for x, y in corners) == max(a * x + b * y for x, y in points)


@SETTINGS
@given(known_surveys(largest=4), st.integers(1, 4), st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_what_other_domains_ask_of_one_holds_for_every_consistent_table(
    known: Known, which: int, wild: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    domain, level = key = list(DOMAINS)[which]
    share = system.share(*key)
    base = next(b for b in system.base_shares if (b.domain, b.level) == (domain, level))
    assert share is not None
    limits = np.array(known[1] * 2)
    small = SmallDomain(system, share, base, np.column_stack([np.zeros_like(limits), limits]), {})
    x, y = [min(v, known[1][h]) for v, h in zip(wild[:2], DOMAINS[key], strict=True)], wild[2:]
    row = small.cut((*x, *y))
    if row is not None:
        for top, inside in consistent_tables(known):
            assert row.holds([*top, *inside])


@SETTINGS
@given(known_surveys())
def test_consistent_print_is_attainable_and_holds_the_truth(known: Known) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survey = write(known, Path(folder))
    system = own_item(survey, "base")
    assert attainability(system).verdict == "attainable"
    for stratum in range(4):
        found = quantity_range(system, share_in(system, (stratum,)))
        assert Fraction(known[2][stratum], known[1][stratum]) in found


@SETTINGS
@given(known_surveys(), st.permutations(range(4)))
def test_order_of_strata_changes_nothing(known: Known, order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = own_item(write(known, Path(one)), "base")
        second = own_item(write(known, Path(two), tuple(order)), "base")
    assert first.fingerprint() == second.fingerprint()
    pairs = zip(Bounder(first).rows(), Bounder(second).rows(), strict=True)
    assert all((a.smallest.inner, a.largest.inner) == (b.smallest.inner, b.largest.inner) for a, b in pairs)


@SETTINGS
@given(known_surveys())
def test_truth_lies_inside_under_two_roundings(known: Known) -> None:
    assume(known[4] > 0)
    coarse = (*known[:4], known[4] - 1)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        fine, wide = (own_item(write(k, Path(f)), "base") for k, f in ((known, one), (coarse, two)))
    for system in (fine, wide):
        for row in Bounder(system).rows():
            truth = variance(known, DOMAINS[row.domain, row.level], tuple(known[2]), tuple(known[1]))
            assert row.smallest.outer <= truth <= row.largest.outer
