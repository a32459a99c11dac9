"""Does print agree with itself?  Tables against their totals, against weighted totals, and sums against parts.

Only csv and fractions: nothing of the package is used, so that these checks stand on the transcription
alone.  Every expected value is a figure that the reports print.  A percentage stands for the closed interval
of half a unit of its last decimal; where weights are products of a count and a rounded percentage, the
extreme weighted mean over all admissible weights is taken, so that a failure is never an effect of rounding.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
SIZES = ("micro", "small", "medium", "large")
CODES = ["10-33", "35-39", "41-43", "45-47", "49-53", "55-56", "58-63", "64-66", "68-75", "77-82", "86-88"]
SECTORS = tuple(f"nace-{code}" for code in CODES)
LEVELS = {"sector": SECTORS, "size_class": SIZES}
TECHNOLOGIES = (
    "technology.text_analysis",
    "technology.speech_recognition",
    "technology.nlg",
    "technology.image_recognition",
    "technology.machine_learning",
    "technology.process_automation",
    "technology.autonomous_machines",
    "at_least_one",
)
APPLICATIONS = (
    "application.marketing",
    "application.customer_service",
    "application.production",
    "application.administration",
    "application.management",
    "application.procurement",
    "application.logistics",
    "application.ict_security",
    "application.hr",
    "application.development",
)
Interval = tuple[Fraction, Fraction]
Row = dict[str, str]


def read(survey: str, table: str) -> list[Row]:
    """Rows of one table of one survey."""
    with (DATA / survey / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value(printed: str) -> Fraction:
    """Number of a printed percentage, whichever decimal mark it carries."""
    return Fraction(re.sub(r"\s*(%|procent)\s*$", "", printed).replace(",", "."))


def count(printed: str) -> int:
    """Number of a printed count, whose points group thousands."""
    return int(printed.replace(".", ""))


def interval(printed: str) -> Interval:
    """Values that round to a printed percentage, both ends included."""
    digits = re.sub(r"\s*(%|procent)\s*$", "", printed).replace(",", ".")
    decimals = len(digits.partition(".")[2])
    half = Fraction(1, 2 * 10**decimals)
    return value(printed) - half, value(printed) + half


def largest_mean(values: Sequence[Fraction], weights: Sequence[Interval]) -> Fraction:
    """Largest weighted mean when each weight may lie anywhere in its interval.

    The mean is monotone in each weight, so the maximum puts the heavy weights on the largest values: every
    cut through the sorted values is tried.
    """
    pairs = sorted(zip(values, weights, strict=True), key=lambda pair: pair[0], reverse=True)
    means = []
    for cut in range(len(pairs) + 1):
        chosen = [heavy if place < cut else light for place, (_, (light, heavy)) in enumerate(pairs)]
        total = sum(chosen, Fraction(0))
        means.append(sum((w * v for w, (v, _) in zip(chosen, pairs, strict=True)), Fraction(0)) / total)
    return max(means)


def mean_interval(cells: Sequence[Interval], weights: Sequence[Interval]) -> Interval:
    """All weighted means that printed cells and weights admit."""
    high = largest_mean([upper for _, upper in cells], weights)
    low = -largest_mean([-lower for lower, _ in cells], weights)
    return low, high


def meet(*intervals: Interval) -> bool:
    """Whether all intervals share a value."""
    return max(low for low, _ in intervals) <= min(high for _, high in intervals)


def flanders() -> dict[tuple[str, str, str, str, str], set[str]]:
    """Printed texts of the Flemish survey by item, base, domain, level and wave (its own wave left empty)."""
    found: dict[tuple[str, str, str, str, str], set[str]] = {}
    for row in read("flanders-2023", "printed"):
        if row["kind"] not in {"percentage", "count"}:
            continue
        wave = "" if row["wave"] == "2023" else row["wave"]
        key = (row["item"], row["base"], row["domain"], row["level"], wave)
        found.setdefault(key, set()).add(row["printed"].replace(" ", ""))
    return found


def single(item: str, base: str = "all", domain: str = "", level: str = "", wave: str = "") -> str:
    """The one text that is printed for a fact; repeats of it must agree to the character."""
    texts = set(flanders().get((item, base, domain, level, wave), set()))
    assert len(texts) == 1, f"{item}@{base} {domain}={level} {wave}: printed {sorted(texts)}"
    return texts.pop()


def population(domain: str) -> dict[str, int]:
    """Firms per level of a domain, added up from the strata."""
    totals = dict.fromkeys(LEVELS[domain], 0)
    for row in read("flanders-2023", "strata"):
        totals[row[domain]] += int(row["population"])
    return totals


def test_strata_are_the_full_cross() -> None:
    strata = read("flanders-2023", "strata")
    assert sorted((row["size_class"], row["sector"]) for row in strata) == sorted(
        (size, sector) for size in SIZES for sector in SECTORS
    )
    assert all(int(row["population"]) >= int(row["sample"]) >= int(row["respondents"]) > 0 for row in strata)


@pytest.mark.parametrize("quantity", ["population", "sample", "respondents"])
def test_tables_1_and_2_add_up_to_their_printed_totals(quantity: str) -> None:
    strata = read("flanders-2023", "strata")
    for domain, levels in LEVELS.items():
        for level in levels:
            added = sum(int(row[quantity]) for row in strata if row[domain] == level)
            assert added == count(single(quantity, domain=domain, level=level)), f"{quantity}, {level}"
    totals = {count(text) for text in flanders()[quantity, "all", "", "", ""]}
    assert totals == {sum(int(row[quantity]) for row in strata)}


@pytest.mark.parametrize("quantity", ["population", "sample", "respondents"])
def test_printed_cells_equal_the_strata(quantity: str) -> None:
    for row in read("flanders-2023", "strata"):
        level = f"{row['size_class']}×{row['sector']}"
        assert count(single(quantity, domain="size_class×sector", level=level)) == int(row[quantity]), level


@pytest.mark.parametrize("item", TECHNOLOGIES)
def test_tables_3_and_4_agree_with_each_other_and_with_the_overall_figure(item: str) -> None:
    means = []
    for domain, levels in LEVELS.items():
        firms = population(domain)
        cells = [interval(single(item, domain=domain, level=level)) for level in levels]
        weights = [(Fraction(firms[level]), Fraction(firms[level])) for level in levels]
        means.append(mean_interval(cells, weights))
    overall = interval(single(item))
    assert meet(means[0], overall), f"sectors {tuple(map(float, means[0]))}, overall {single(item)}"
    assert meet(means[1], overall), f"sizes {tuple(map(float, means[1]))}, overall {single(item)}"
    assert meet(*means, overall)


@pytest.mark.parametrize("item", APPLICATIONS)
def test_tables_5_and_6_agree_with_each_other_and_with_the_overall_figure(item: str) -> None:
    means = []
    for domain, levels in LEVELS.items():
        firms = population(domain)
        adopters = [interval(single("at_least_one", domain=domain, level=level)) for level in levels]
        weights = [
            (firms[level] * low, firms[level] * high) for level, (low, high) in zip(levels, adopters, strict=True)
        ]
        cells = [interval(single(item, "adopters", domain, level)) for level in levels]
        means.append(mean_interval(cells, weights))
    overall = interval(single(item, "adopters"))
    assert meet(means[0], overall), f"sectors {tuple(map(float, means[0]))}, overall {single(item, 'adopters')}"
    assert meet(means[1], overall), f"sizes {tuple(map(float, means[1]))}, overall {single(item, 'adopters')}"
    assert meet(*means, overall)


def test_weighted_checks_notice_a_misprint() -> None:
    """A sector's figure of 14,9 read as 19,4 moves the overall share out of print's reach."""
    firms = population("sector")
    cells = {level: single("technology.nlg", domain="sector", level=level) for level in SECTORS}
    assert cells["nace-45-47"] == "14,9%"
    cells["nace-45-47"] = "19,4%"
    weights = [(Fraction(firms[level]), Fraction(firms[level])) for level in SECTORS]
    wrong = mean_interval([interval(cells[level]) for level in SECTORS], weights)
    assert not meet(wrong, interval(single("technology.nlg")))


EXACT_FLOWS = (
    (("response.contacted_email", "response.contacted_letter"), (), "sample"),
    (("response.contacted_email",), ("response.undeliverable_email",), "response.reached_email"),
    (
        ("response.reached_email", "response.reached_again", "response.contacted_letter"),
        ("response.undeliverable_letter",),
        "response.reached",
    ),
    (("response.usable", "response.unusable"), (), "response.answered"),
)


@pytest.mark.parametrize(("plus", "minus", "whole"), EXACT_FLOWS)
def test_response_flow(plus: tuple[str, ...], minus: tuple[str, ...], whole: str) -> None:
    printed: dict[str, int] = {}
    for (item, _, domain, _, wave), texts in flanders().items():
        if not domain and not wave and item.split(".")[0] in {"response", "sample"} and item != "response.rate":
            values = {count(text) for text in texts}
            assert len(values) == 1, f"{item}: {sorted(texts)}"
            printed[item] = values.pop()
    assert sum(printed[item] for item in plus) - sum(printed[item] for item in minus) == printed[whole]


def test_response_rate_and_sampling_rate() -> None:
    rates = {row["printed"] for row in read("flanders-2023", "printed") if row["item"] == "response.rate"}
    assert rates == {"33,3%"}
    low, high = interval("33,3%")
    assert low <= Fraction(100 * 3044, 9140) <= high
    strata = [row for row in read("flanders-2023", "strata") if row["size_class"] in {"micro", "small"}]
    sampled = Fraction(100 * sum(int(row["sample"]) for row in strata), sum(int(row["population"]) for row in strata))
    low, high = interval("16%")
    assert low <= sampled <= high


SUMS = (
    ("all", ("technologies.one", "technologies.two", "technologies.three", "technologies.four_plus"), "at_least_one"),
    ("all", ("technologies.two", "technologies.three", "technologies.four_plus"), "technologies.two_plus"),
    ("all", ("technology.text_analysis", "plan.text_analysis"), "potential.text_analysis"),
    ("all", ("technology.process_automation", "plan.process_automation"), "potential.process_automation"),
    ("all", ("technology.machine_learning", "plan.machine_learning"), "potential.machine_learning"),
    (
        "adopters",
        ("source.adapt_commercial_only", "source.adapt_open_source_only", "source.adapt_both"),
        "source.adapt_any",
    ),
    ("adopters", ("source.adapt_commercial_only", "source.adapt_both"), "source.adapt_commercial"),
    ("adopters", ("source.adapt_open_source_only", "source.adapt_both"), "source.adapt_open_source"),
)


@pytest.mark.parametrize(("base", "parts", "whole"), SUMS)
def test_parts_add_up_to_the_whole(base: str, parts: tuple[str, ...], whole: str) -> None:
    intervals = [interval(single(part, base)) for part in parts]
    added = sum((low for low, _ in intervals), Fraction(0)), sum((high for _, high in intervals), Fraction(0))
    assert meet(added, interval(single(whole, base)))


HUNDREDS = (
    (
        "all",
        (
            "technologies.one",
            "technologies.two",
            "technologies.three",
            "technologies.four_plus",
            "plans",
            "no_plans",
        ),
    ),
    ("all", ("at_least_one", "plans", "no_plans")),
    ("adopters", ("effect.any", "effect.none")),
    ("adopters", ("budget.unchanged", "budget.slight_increase", "budget.strong_increase", "budget.decrease")),
)


@pytest.mark.parametrize(("base", "parts"), HUNDREDS)
def test_exhaustive_answers_add_up_to_a_hundred(base: str, parts: tuple[str, ...]) -> None:
    intervals = [interval(single(part, base)) for part in parts]
    assert sum(low for low, _ in intervals) <= 100 <= sum(high for _, high in intervals)


def test_figure_1_adds_up_to_a_hundred_and_one_tenth() -> None:
    assert sum(value(single(part)) for part in HUNDREDS[0][1]) == Fraction("100.1")


SHARED = (
    ("fl23.text.adoption.potential.text_analysis", "potential.nlg", ("technology.nlg", "plan.nlg"), ""),
    (
        "fl23.text.adoption.machine_learning.nace-58-63",
        "technology.process_automation",
        ("technology.process_automation",),
        "nace-58-63",
    ),
)


@pytest.mark.parametrize(("printing", "item", "parts", "sector"), SHARED)
def test_a_percentage_printed_once_for_two_facts(printing: str, item: str, parts: tuple[str, ...], sector: str) -> None:
    """The reading of the second fact is the rounding interval of the shared token, and agrees with its parts."""
    rows = read("flanders-2023", "printed")
    shared = [row["printed"] for row in rows if row["id"] == printing]
    words = [row for row in rows if row["kind"] == "verbal" and row["item"] == item and row["level"] == sector]
    assert len(shared) == len(words) == 1
    reading = Fraction(words[0]["low"]), Fraction(words[0]["high"])
    assert reading == interval(shared[0])
    domain = "sector" if sector else ""
    intervals = [interval(single(part, domain=domain, level=sector)) for part in parts]
    added = sum((low for low, _ in intervals), Fraction(0)), sum((high for _, high in intervals), Fraction(0))
    assert meet(reading, added)


ANSWERS = {
    "effect": ("positive", "neither", "negative", "dont_know"),
    "agree": ("agree", "neutral", "disagree", "dont_know"),
}
ROWS_OF_FIGURES_7_AND_8 = (
    ("Figure 7", "effect.business", "entrepreneurs", "effect", 101),
    ("Figure 7", "effect.turnover", "entrepreneurs", "effect", 99),
    ("Figure 7", "effect.employment", "entrepreneurs", "effect", 100),
    ("Figure 8", "technology_future", "entrepreneurs", "agree", 100),
    ("Figure 8", "technology_future", "public", "agree", 101),
    ("Figure 8", "positive_development", "entrepreneurs", "agree", 100),
    ("Figure 8", "positive_development", "public", "agree", 99),
)


@pytest.mark.parametrize(("figure", "question", "group", "answers", "total"), ROWS_OF_FIGURES_7_AND_8)
def test_answers_of_figures_7_and_8(figure: str, question: str, group: str, answers: str, total: int) -> None:
    """Glued labels, decoded: each row reaches a hundred within rounding, and print's own total is kept."""
    rows = [row for row in read("io-2023", "printed") if re.match(rf"{figure}\b", row["location"])]
    cells = []
    for answer in ANSWERS[answers]:
        found = [row["printed"] for row in rows if (row["item"], row["group"]) == (f"{question}.{answer}", group)]
        assert len(found) == 1, answer
        cells.append(found[0])
    assert sum(value(cell) for cell in cells) == total
    intervals = [interval(cell) for cell in cells]
    assert sum(low for low, _ in intervals) <= 100 <= sum(high for _, high in intervals)


def test_figures_7_and_8_agree_with_the_text() -> None:
    """Percentages of text and figure for one fact are the same."""
    found: dict[str, set[Fraction]] = {}
    places: dict[str, int] = {}
    for row in read("io-2023", "printed"):
        if row["kind"] == "percentage" and re.match(r"effect\.|technology_future|positive_development", row["item"]):
            found.setdefault(row["fact"], set()).add(value(row["printed"]))
            places[row["fact"]] = places.get(row["fact"], 0) + 1
    assert all(len(values) == 1 for values in found.values()), found
    assert sum(number > 1 for number in places.values()) == 6


SMALLER_SURVEYS = (
    ("inspark-2025", "stage", ("strategic", "structural", "initiatives", "pilots", "none")),
    ("inspark-2025", "function", ("executive", "senior_management", "middle_management", "professional")),
    ("inspark-2025", "reason", ("efficiency", "innovation", "costs", "competition", "customer_experience")),
    ("softwareone-2025", "adoption_barrier", ("knowledge", "resistance", "training")),
)


@pytest.mark.parametrize(("survey", "question", "answers"), SMALLER_SURVEYS)
def test_answers_of_the_smaller_surveys_reach_a_hundred(survey: str, question: str, answers: tuple[str, ...]) -> None:
    """Answers that print a whole; one share is stated as equal to another and is read from its row's limits."""
    rows = read(survey, "printed")
    added = []
    for answer in answers:
        own = [row for row in rows if row["item"] == f"{question}.{answer}" and not row["domain"]]
        cells = {row["printed"] for row in own if row["kind"] == "percentage"}
        if cells:
            assert len(cells) == 1, answer
            added.append(value(cells.pop()))
        else:
            assert len(own) == 1, answer
            added.append((Fraction(own[0]["low"]) + Fraction(own[0]["high"])) / 2)
    assert sum(added) == 100
