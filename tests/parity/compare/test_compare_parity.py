"""Comparisons against R (prop.test, p.adjust, qtukey, survey) and against published worked examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aibaro.compare import adjust, groups, paired_se_bounds, rank_sets
from aibaro.compare._domain_pairs import tukey_critical
from aibaro.compare._ranks import sets_from, step_down
from aibaro.compare._shares import share
from aibaro.compare.domain_precision import DomainShare, difference_se, shares_of_domain
from aibaro.compare.limits import critical, newcombe, p_value, statistic, wald, wilson
from aibaro.design import Design

HERE = Path(__file__).resolve().parent
Z = 1.959963984540054
CASES = {1: (56, 70, 48, 80), 2: (160, 841, 435, 1552), 3: (9, 10, 3, 10), 4: (488, 841, 978, 1552)}


@pytest.fixture(scope="module")
def r() -> dict[str, float]:
    table = pd.read_csv(HERE / "fixtures.csv")
    return dict(zip(table["name"], table["value"], strict=True))


@pytest.mark.parametrize("case", CASES)
def test_two_shares_as_prop_test(r: dict[str, float], case: int) -> None:
    x, n, y, m = CASES[case]
    low, high = wald(x / n, n, y / m, m, Z)
    assert [float(low), float(high)] == pytest.approx([r[f"prop{case}.ci.1"], r[f"prop{case}.ci.2"]], rel=1e-9)
    pooled = statistic(x / n, n, y / m, m, "pooled")
    assert float(pooled**2) == pytest.approx(r[f"prop{case}.chisq"], rel=1e-9)
    assert float(p_value(pooled)) == pytest.approx(r[f"prop{case}.p"], rel=1e-9)
    ends = [float(end) for end in wilson(x / n, n, Z)]
    assert ends == pytest.approx([r[f"wilson{case}.1"], r[f"wilson{case}.2"]], rel=1e-9)


def test_the_plain_call_gives_prop_tests_interval(r: dict[str, float]) -> None:
    result = groups(160 / 841, 841, 435 / 1552, 1552, test="pooled")
    assert (result.conf_low, result.conf_high) == pytest.approx((r["prop2.ci.1"], r["prop2.ci.2"]), rel=1e-9)
    assert result.p_value == pytest.approx(r["prop2.p"], rel=1e-9)


# Newcombe (1998), table II, method 10, as printed there to four decimals
@pytest.mark.parametrize(
    ("x", "n", "y", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_newcombes_own_examples(  # noqa: PLR0917
    x: int, n: int, y: int, m: int, low: float, high: float
) -> None:
    assert [round(float(end), 4) for end in newcombe(x / n, n, y / m, m, Z)] == [low, high]


# the 15 p values of Benjamini and Hochberg (1995): Bonferroni rejects 3 of them, their procedure 4
PUBLISHED = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("bh", "BH"), ("bonferroni", "bonferroni")])
def test_adjusted_p_values_as_p_adjust(r: dict[str, float], method: str, name: str) -> None:
    expected = [r[f"adjust.{name}.{k}"] for k in range(1, 16)]
    assert adjust(PUBLISHED, method).tolist() == pytest.approx(expected, rel=1e-12)
    shuffled = np.random.default_rng(3).permutation(15)
    turned = adjust(np.array(PUBLISHED)[shuffled], method)
    assert turned.tolist() == pytest.approx(np.array(expected)[shuffled].tolist())


def test_benjamini_and_hochbergs_own_count() -> None:
    assert int((adjust(PUBLISHED, "bonferroni") <= 0.05).sum()) == 3
    assert int((adjust(PUBLISHED, "bh") <= 0.05).sum()) == 4


@pytest.mark.parametrize("method", ["holm", "fdr_bh", "bonferroni"])
def test_adjusted_p_values_as_statsmodels(method: str) -> None:
    from statsmodels.stats.multitest import multipletests

    values = np.random.default_rng(11).beta(0.4, 2, 40)
    own = adjust(values, {"fdr_bh": "bh"}.get(method, method))
    assert own.tolist() == pytest.approx(multipletests(values, method=method)[1].tolist(), rel=1e-12)


@pytest.mark.parametrize(("levels", "df"), [(11, 28), (11, 400), (4, 1000)])
def test_tukeys_range(r: dict[str, float], levels: int, df: int) -> None:
    # R integrates the range to about eight digits
    assert tukey_critical(levels, df) == pytest.approx(r[f"tukey.{levels}.{df}"], rel=1e-6)


STRATA = pd.read_csv(HERE / "strata.csv")
DESIGN = Design.from_strata(
    STRATA[["size", "sector", "N", "n"]].rename(columns={"N": "population", "n": "respondents"})
)
RATES = (STRATA["y"] / STRATA["n"]).to_numpy()
OTHERS = (STRATA["z"] / STRATA["n"]).to_numpy()
DOMAINS = {
    "a": DESIGN.domain(sector="a"),
    "b": DESIGN.domain(sector="b"),
    "all": DESIGN.domain(),
    "large": DESIGN.domain(size="large"),
}


def contrast_variance(
    design: Design, rates: np.ndarray, a: np.ndarray, b: np.ndarray, fpc: str = "population"
) -> float:
    """Σ (a_h - b_h)² (1 - f_h) p_h (1 - p_h) / (n_h - 1), a and b being the weights of strata in the two domains."""
    left = 1 - design.fractions if fpc == "population" else 1.0
    return float(np.sum((a - b) ** 2 * left * rates * (1 - rates) / (design.respondents - 1)))


def domain_share(name: str, fpc: str) -> DomainShare:
    """Know everything of a domain: then bounds are points."""
    strata = DOMAINS[name]
    weight = shares_of_domain(DESIGN, strata)
    error = contrast_variance(DESIGN, RATES, weight, np.zeros(DESIGN.size), fpc) ** 0.5
    n = int(DESIGN.respondents[strata].sum())
    return DomainShare("y", "x", name, share(float(weight @ RATES)), error, error, n, n - int(strata.sum()), strata, "")


@pytest.mark.parametrize("fpc", ["population", "none"])
@pytest.mark.parametrize("pair", ["a-b", "a-all", "b-all", "a-large"])
def test_contrasts_of_domains_with_covariance(r: dict[str, float], fpc: str, pair: str) -> None:
    first, second = pair.split("-")
    a, b = (shares_of_domain(DESIGN, DOMAINS[name]) for name in (first, second))
    assert float((a - b) @ RATES) == pytest.approx(r[f"{fpc}.{pair}.estimate"], rel=1e-9)
    assert contrast_variance(DESIGN, RATES, a, b, fpc) ** 0.5 == pytest.approx(r[f"{fpc}.{pair}.se"], rel=1e-9)


@pytest.mark.parametrize("fpc", ["population", "none"])
@pytest.mark.parametrize("pair", ["a-b", "a-all", "b-all"])
def test_known_errors_give_the_contrasts_error(r: dict[str, float], fpc: str, pair: str) -> None:
    a, b = (domain_share(name, fpc) for name in pair.split("-"))
    low, high = difference_se(a, b, DESIGN)
    assert (low, high) == pytest.approx((r[f"{fpc}.{pair}.se"],) * 2, rel=1e-9)
    assert difference_se(b, a, DESIGN) == pytest.approx((low, high))


@pytest.mark.parametrize("fpc", ["population", "none"])
def test_crossing_domains_are_bounded(r: dict[str, float], fpc: str) -> None:
    low, high = difference_se(domain_share("a", fpc), domain_share("large", fpc), DESIGN)
    assert low <= r[f"{fpc}.a-large.se"] <= high


@pytest.mark.parametrize("fpc", ["population", "none"])
def test_two_items_of_one_sample_are_bounded(r: dict[str, float], fpc: str) -> None:
    weight = shares_of_domain(DESIGN, DOMAINS["all"])
    first, second = share(float(weight @ RATES)), share(float(weight @ OTHERS))
    low, high = paired_se_bounds(DESIGN, DOMAINS["all"], first, second, fpc)
    assert low <= r[f"{fpc}.items.se"] <= high


def test_travel_times_of_klein_wright_and_wieczorek(r: dict[str, float]) -> None:
    times = pd.read_csv(HERE / "travel_time_2011.csv")
    # the critical value of the intervals, "around 3.081" in the authors' own script
    assert critical(0.90 ** (1 / 51)) == pytest.approx(r["travel.z"], rel=1e-9)
    sets = rank_sets(times["estimate"], times["std_error"], method="joint", order="increasing", conf_level=0.90)
    assert sets["rank_low"].tolist() == [int(r[f"travel.low.{k}"]) for k in range(1, 52)]
    assert sets["rank_high"].tolist() == [int(r[f"travel.high.{k}"]) for k in range(1, 52)]


def test_mathematics_ranking_of_mogstad_and_others() -> None:
    """The rank of the United Kingdom in the PISA 2018 example of the authors' package: 13, between 8 and 23."""
    scores = pd.read_csv(HERE / "pisa_mathematics_2018.csv")
    place = int(scores.index[scores["country"] == "United Kingdom"][0])
    assert int((scores["estimate"] > scores["estimate"][place]).sum()) + 1 == 13
    of_one = np.zeros((len(scores),) * 2, dtype=bool)
    of_one[place] = np.arange(len(scores)) != place
    low, high = sets_from(step_down(scores["estimate"].to_numpy(), scores["std_error"].to_numpy(), of_one))
    assert (low[place], high[place]) == (8, 23)


def test_three_countries_stand_apart_at_the_end() -> None:
    """The same example, simultaneous sets: those of Chile, Mexico and Colombia overlap no other's."""
    scores = pd.read_csv(HERE / "pisa_mathematics_2018.csv")
    sets = rank_sets(scores["estimate"], scores["std_error"], names=scores["country"].tolist()).set_index("level")
    last = ["Chile", "Mexico", "Colombia"]
    assert sets.loc[last, "rank_low"].min() >= 35
    assert sets.drop(last)["rank_high"].max() <= 34


def test_every_state_keeps_its_printed_rank_in_its_set() -> None:
    times = pd.read_csv(HERE / "travel_time_2011.csv")
    sets = rank_sets(times["estimate"], times["std_error"], order="increasing", conf_level=0.90)
    assert ((sets["rank_low"] <= sets["rank"]) & (sets["rank"] <= sets["rank_high"])).all()
