"""Laws of comparisons: symmetry, monotony, worst cases that contain every case, breakdown values that break down."""

# ruff: noqa: PLR0917 - Hypothesis passes each drawn value by position
from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.parity.compare.test_compare_parity import contrast_variance

from aibaro.compare import (
    adjust,
    breakdown_deff,
    frontier,
    groups,
    paired,
    paired_se_bounds,
    rank_sets,
    se_bounds,
    subgroups,
    swept,
    wave_change,
    weighted_share,
)
from aibaro.compare._shares import Share, share
from aibaro.compare.domain_precision import (
    DomainShare,
    difference_se,
    largest_base_se,
    shares_of_domain,
)
from aibaro.compare.limits import METHODS, critical, p_value, statistic, worst_limits
from aibaro.design import Design
from aibaro.sensitivity import breakdown_response, nonresponse_bounds, threshold_breakdown

Z = critical(0.95)

percent = st.integers(0, 100).map(lambda k: f"{k}%")
sizes = st.integers(5, 5000)
deffs = st.floats(0.5, 5)
methods = st.sampled_from(sorted(METHODS))
inside = st.floats(0, 1)


def within(box: tuple[float, float], t: float) -> float:
    return box[0] + t * (box[1] - box[0])


@given(percent, sizes, percent, sizes, deffs, methods)
def test_swapping_the_groups_turns_the_sign(a: str, n: int, b: str, m: int, deff: float, method: str) -> None:
    one, other = groups(a, n, b, m, deff=deff, method=method), groups(b, m, a, n, deff=deff, method=method)
    assert one.estimate == -other.estimate
    assert one.conf_low == pytest.approx(-other.conf_high, abs=1e-12)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
    assert one.breakdown_deff == pytest.approx(other.breakdown_deff, rel=1e-9)


@given(percent, sizes, percent, sizes, deffs, st.floats(1, 3), methods)
def test_a_design_effect_only_widens(a: str, n: int, b: str, m: int, deff: float, more: float, method: str) -> None:
    small, large = groups(a, n, b, m, deff=deff, method=method), groups(a, n, b, m, deff=deff * more, method=method)
    assert large.conf_low <= small.conf_low + 1e-12
    assert large.conf_high >= small.conf_high - 1e-12
    assert large.p_value >= small.p_value - 1e-12
    assert large.std_error >= small.std_error


@given(percent, sizes, percent, sizes, st.integers(1, 3000), methods)
def test_respondents_only_narrow(a: str, n: int, b: str, m: int, more: int, method: str) -> None:
    few, many = groups(a, n, b, m, method=method), groups(a, n + more, b, m, method=method)
    assert many.conf_low >= few.conf_low - 1e-12
    assert many.conf_high <= few.conf_high + 1e-12
    assert many.p_value <= few.p_value + 1e-12
    assert many.breakdown_deff >= few.breakdown_deff - 1e-9


@given(percent, sizes, percent, sizes, deffs, methods, inside, inside)
def test_the_worst_case_contains_every_case(
    a: str, n: int, b: str, m: int, deff: float, method: str, s: float, t: float
) -> None:
    result = groups(a, n, b, m, deff=deff, method=method)
    p, q = within(share(a).box, s), within(share(b).box, t)
    low, high = METHODS[method](p, n / deff, q, m / deff, Z)
    assert result.conf_low <= float(low) + 1e-9
    assert result.conf_high >= float(high) - 1e-9
    exact = float(p_value(statistic(p, n / deff, q, m / deff)))
    assert result.p_value_low - 1e-12 <= exact <= result.p_value + 1e-9


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 40), st.floats(0.5, 40))
@settings(deadline=None)
def test_the_worst_limit_of_wide_boxes_is_that_of_a_fine_grid(  # the least share may lie inside its interval
    low: float, up: float, b_low: float, b_up: float, m: float, k: float
) -> None:
    a, b = (low, low + up * (1 - low)), (b_low, b_low + b_up * (1 - b_low))
    p, q = np.meshgrid(np.linspace(*a, 101), np.linspace(*b, 101))
    grid_low, grid_high = METHODS["wald"](p, m, q, k, Z)
    low_limit, high_limit = worst_limits("wald", a, m, b, k, Z)
    assert low_limit <= float(grid_low.min()) + 1e-9
    assert high_limit >= float(grid_high.max()) - 1e-9
    # the grid misses the least point by little: the limits are attained, not only safe
    assert low_limit == pytest.approx(float(grid_low.min()), abs=0.01)
    assert high_limit == pytest.approx(float(grid_high.max()), abs=0.01)


@given(percent, sizes, percent, sizes, methods)
def test_at_the_breakdown_the_interval_touches_zero(a: str, n: int, b: str, m: int, method: str) -> None:
    deff = breakdown_deff(a, n, b, m, method=method)
    assume(1e-6 < deff < 1e6)
    result = groups(a, n, b, m, deff=deff, method=method)
    facing = result.conf_low if result.estimate > 0 else result.conf_high
    assert facing == pytest.approx(0, abs=1e-7)


@given(percent, sizes, percent, sizes)
def test_along_the_frontier_the_interval_touches_zero(a: str, n: int, b: str, m: int) -> None:
    assume(breakdown_deff(a, n, b, m) > 1e-6)
    table = frontier(a, n, b, m, points=5)
    assume(np.isfinite(table.to_numpy()).all())
    for deff_a, deff_b in table.iloc[1:-1].itertuples(index=False):
        result = groups(a, n, b, m, deff=(float(deff_a), float(deff_b)))
        facing = result.conf_low if result.estimate > 0 else result.conf_high
        assert facing == pytest.approx(0, abs=1e-7)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.integers(0, 29),
    st.floats(0, 1),
    st.sampled_from(["holm", "bh", "bonferroni"]),
)
def test_raising_a_p_value_lowers_no_adjusted_one(values: list[float], place: int, up: float, method: str) -> None:
    raised = list(values)
    raised[place % len(values)] = max(up, raised[place % len(values)])
    assert (adjust(raised, method) >= adjust(values, method) - 1e-12).all()


@given(st.fractions(0, 1), st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1))
def test_a_mixture_bounds_the_true_share(w: Fraction, a: int, b: int, decimals: int) -> None:
    first, second = Fraction(a, 1000), Fraction(b, 1000)
    overall = w * first + (1 - w) * second

    def print_it(value: Fraction) -> str:
        scaled = (100 * value * 10**decimals + Fraction(1, 2)) // 1
        return f"{float(Fraction(scaled, 10**decimals)):.{decimals}f}".replace(".", ",") + "%"

    bound = weighted_share(print_it(overall), print_it(first), print_it(second))
    assert bound is not None
    assert bound.low <= w <= bound.high


@given(percent, percent, st.integers(20, 2000), inside, inside)
def test_any_sizes_inside_the_range_are_inside_the_sweep(a: str, b: str, n: int, s: float, t: float) -> None:
    low, high = 2 + round(s * (n - 4) / 2), 2 + round((n - 4) / 2 + s * (n - 4) / 2)
    result = swept(a, (low, high), b, (1, n - 1), total=n)
    size = round(low + t * (high - low))
    one = groups(a, size, b, n - size)
    assert result.conf_low <= one.conf_low + 1e-9
    assert one.conf_high <= result.conf_high + 1e-9
    assert result.p_value_low - 1e-9 <= one.p_value <= result.p_value + 1e-9
    assert result.breakdown_deff - 1e-9 <= one.breakdown_deff <= result.breakdown_deff_high + 1e-9


@given(percent, percent, st.integers(50, 3000), st.integers(5, 60), st.floats(0.3, 1), st.floats(1, 3))
def test_a_wider_range_of_weights_never_helps(a: str, b: str, n: int, w: int, low: float, high: float) -> None:
    part = (w / 100, min(w / 100 + 0.05, 1.0))
    narrow = subgroups(a, b, n=n, share_a=part, relative_weight=(1.0, 1.0))
    wide = subgroups(a, b, n=n, share_a=part, relative_weight=(low, high))
    assert wide.conf_low <= narrow.conf_low + 1e-9
    assert wide.breakdown_deff <= narrow.breakdown_deff + 1e-9


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(5, 5000), inside)
def test_paired_limits_hold_for_every_joint_share(a: int, b: int, n: int, t: float) -> None:
    p, q = a / 1000, b / 1000
    joint = within((max(0.0, p + q - 1), min(p, q)), t)
    variance = max(p + q - 2 * joint - (p - q) ** 2, 0.0) / n
    result = paired(p, q, n=n)
    half = Z * math.sqrt(variance)
    assert result.conf_low <= p - q - half + 1e-9
    assert p - q + half <= result.conf_high + 1e-9


@st.composite
def designs(draw: st.DrawFn) -> Design:
    rows = draw(st.lists(st.tuples(st.integers(2, 30), st.integers(0, 500)), min_size=2, max_size=5))
    return Design.from_strata(
        pd.DataFrame(
            {
                "s": [str(k) for k in range(len(rows))],
                "population": [n + more for n, more in rows],
                "sample": [n + more // 2 for n, more in rows],
                "respondents": [n for n, _ in rows],
            }
        )
    )


rates = st.lists(st.floats(0, 1), min_size=15, max_size=15)


@settings(deadline=None)
@given(designs(), rates, st.sampled_from(["population", "none"]))
def test_the_true_standard_error_lies_inside_its_bounds(design: Design, values: list[float], fpc: str) -> None:
    p = np.array(values[: design.size])
    weight = shares_of_domain(design, design.domain())
    true = contrast_variance(design, p, weight, np.zeros(design.size), fpc) ** 0.5
    low, high = se_bounds(design, design.domain(), share(min(max(float(weight @ p), 0.0), 1.0)), fpc)
    assert low <= true + 1e-7
    assert true <= high + 1e-7


@settings(deadline=None)
@given(designs(), rates)
def test_the_true_error_of_two_items_lies_inside_its_bounds(design: Design, values: list[float]) -> None:
    k = design.size
    p, q, t = (np.array(values[i * 5 : i * 5 + k]) for i in range(3))
    joint = np.maximum(0, p + q - 1) + t * (np.minimum(p, q) - np.maximum(0, p + q - 1))
    weight = shares_of_domain(design, design.domain())
    spread = (1 - design.fractions) / (design.respondents - 1)
    true = float(np.sum(weight**2 * spread * np.maximum(p + q - 2 * joint - (p - q) ** 2, 0))) ** 0.5
    a, b = (share(min(max(float(weight @ x), 0.0), 1.0)) for x in (p, q))
    low, high = paired_se_bounds(design, design.domain(), a, b)
    assert low <= true + 1e-7
    assert true <= high + 1e-7


@given(designs(), rates, st.data())
def test_a_difference_of_overlapping_domains_lies_inside_its_bounds(
    design: Design, values: list[float], data: st.DataObject
) -> None:
    p = np.array(values[: design.size])
    flags = st.lists(st.booleans(), min_size=design.size, max_size=design.size).filter(any)
    masks = [np.array(data.draw(flags)) for _ in range(2)]
    known = []
    for mask in masks:
        weight = shares_of_domain(design, mask)
        error = contrast_variance(design, p, weight, np.zeros(design.size)) ** 0.5
        known.append(DomainShare("y", "s", "x", share(0.5), error, error, 9, 9, mask, ""))
    a, b = (shares_of_domain(design, mask) for mask in masks)
    low, high = difference_se(known[0], known[1], design)
    true = contrast_variance(design, p, a, b) ** 0.5
    assert low <= true + 1e-9
    assert true <= high + 1e-9


@settings(deadline=None, max_examples=50)
@given(designs(), st.data())
def test_the_error_of_a_share_of_a_base_lies_below_its_bound(design: Design, data: st.DataObject) -> None:
    base = np.array([data.draw(st.integers(1, int(n))) for n in design.respondents])
    having = np.array([data.draw(st.integers(0, int(a))) for a in base])
    w, n = design.weights, design.respondents
    size, whole = float(w @ base), float(design.population.sum())
    ratio = float(w @ having) / size
    squares = having * (1 - 2 * ratio) + base * ratio**2 - (having - ratio * base) ** 2 / n
    true = float(np.sum(w**2 * (1 - design.fractions) * n / (n - 1) * squares)) ** 0.5 / size
    printed = share((max(size / whole - 1e-6, 0.0), min(size / whole + 1e-6, 1.0)))
    ends = share((max(ratio - 1e-6, 0.0), min(ratio + 1e-6, 1.0)))
    assert true <= largest_base_se(design, ends, [(design.domain(), printed)], int(base.sum())) + 1e-7


@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(0.05, 3)), min_size=2, max_size=9),
    st.floats(1, 4),
    st.sampled_from(["joint", "pairwise"]),
)
@settings(deadline=None, max_examples=60)
def test_rank_sets_hold_the_estimated_rank_and_grow_with_the_errors(
    rows: list[tuple[float, float]], factor: float, method: str
) -> None:
    values, errors = np.array([v for v, _ in rows]), np.array([e for _, e in rows])
    sets = rank_sets(values, errors, method=method, draws=500)
    assert (sets["rank_low"] <= sets["rank"]).all()
    assert (sets["rank"] <= sets["rank_high"]).all()
    wide = rank_sets(values, errors * factor, method=method, draws=500)
    assert (wide["rank_low"] <= sets["rank_low"]).all()
    assert (wide["rank_high"] >= sets["rank_high"]).all()


@given(st.integers(1, 999), st.integers(1, 999), st.floats(0.0001, 0.05), st.sampled_from([0.0, 0.3, 0.7]))
def test_at_the_largest_earlier_error_a_change_is_just_significant(a: int, b: int, later: float, r: float) -> None:
    change = wave_change(a / 1000, b / 1000, later, correlations=(r,))
    earlier = float(change.sweep["se_before_max"].iloc[0])
    assume(not math.isnan(earlier))
    variance = later**2 + earlier**2 - 2 * r * later * earlier
    assert abs(a - b) / 1000 == pytest.approx(Z * math.sqrt(variance), rel=1e-6)


@given(designs(), rates, rates)
@settings(deadline=None)
def test_whatever_the_others_say_the_share_stays_inside(design: Design, p: list[float], q: list[float]) -> None:
    assert design.sample is not None
    answered, others = np.array(p[: design.size]), np.array(q[: design.size])
    response = design.respondents / design.sample
    weight = design.population / design.population.sum()
    true = float(weight @ (response * answered + (1 - response) * others))
    printed = float(weight @ answered)
    result = nonresponse_bounds(design, [(design.domain(), printed - 1e-9, printed + 1e-9)], threshold=0.4)
    assert result.low - 1e-6 <= true <= result.high + 1e-6
    # a common shift of the others by the breakdown value brings the share to the threshold
    if result.response < 1 - 1e-9:
        middle = sum(result.shift) / 2
        shifted = float(weight @ (response * answered + (1 - response) * (answered + middle)))
        assert shifted == pytest.approx(0.4, abs=1e-6)


@given(st.floats(0.01, 0.999), st.floats(0.1, 10), st.floats(0, 0.95))
def test_at_the_response_rate_found_the_statement_turns(response: float, error: float, fraction: float) -> None:
    # Rao and Shao (1992): a hot deck multiplies the variance by (1/ρ - f + 1 - ρ)/(1 - f)
    factor = (1 / response - fraction + 1 - response) / (1 - fraction)
    estimate = Z * error * math.sqrt(factor)
    found = breakdown_response(estimate, error, fpc_ratio=1 / (1 - fraction))
    assert found.response == pytest.approx(response, rel=1e-6)


@given(st.integers(0, 99), st.integers(10, 5000), st.sampled_from([0.25, 0.5, 0.75]))
def test_at_the_breakdown_a_share_touches_its_threshold(k: int, n: int, threshold: float) -> None:
    box = (k / 100, (k + 1) / 100)
    deff = threshold_breakdown(*box, n, threshold)
    assume(0 < deff < math.inf)
    near = box[0] if box[0] > threshold else box[1]
    assert abs(near - threshold) == pytest.approx(Z * math.sqrt(deff * near * (1 - near) / n))


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_share_and_its_complement_fill_the_base(low: int, high: int) -> None:
    assume(low <= high)
    one = share((low / 100, high / 100))
    both = one.complement
    assert (one.low + both.high, one.high + both.low, one.value + both.value) == (1, 1, 1)
    assert isinstance(both, Share)
