"""The AI-Barometer's weights, against the totals and rates that the report itself prints."""

from __future__ import annotations

import pytest

from aibaro.design import Design
from aibaro.published import load
from aibaro.weights import StratumWeights, domain_sizes, from_strata


@pytest.fixture(scope="module")
def weights() -> StratumWeights:
    return from_strata(Design.from_strata(load("flanders-2023").strata))


def test_2612_respondents_stand_for_38071_firms(weights: StratumWeights) -> None:
    assert weights.design.size == 44
    assert int(weights.design.respondents.sum()) == 2612
    assert weights.total == 38071


def test_every_stratum_adds_up_to_its_population(weights: StratumWeights) -> None:
    design = weights.design
    for weight, big, small in zip(weights.exact, design.population.tolist(), design.respondents.tolist(), strict=True):
        assert weight * small == big


@pytest.mark.parametrize(
    ("by", "population", "sample", "respondents"),
    [
        ("size_class", [16290, 16863, 3880, 1038], [2671, 2754, 3307, 948], [612, 717, 946, 337]),
        (
            "sector",
            [5084, 302, 5404, 9884, 2842, 2626, 1726, 1310, 4285, 2519, 2089],
            [1646, 117, 1183, 2142, 756, 476, 435, 293, 951, 803, 878],
            [497, 32, 276, 515, 187, 75, 166, 74, 253, 210, 327],
        ),
    ],
)
def test_margins_are_the_printed_ones(
    weights: StratumWeights, by: str, population: list[int], sample: list[int], respondents: list[int]
) -> None:
    sizes = domain_sizes(weights.design, by)
    assert sizes["population"].tolist() == population
    assert sizes["sample"].tolist() == sample
    assert sizes["respondents"].tolist() == respondents


def test_kish_of_the_methods_page(weights: StratumWeights) -> None:
    assert round(weights.kish_ratio, 2) == 1.62
    assert round(weights.kish_effective_n) == 1609
