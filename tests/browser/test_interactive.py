"""The interactive page opens from disk, and its arithmetic equals Python's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import aibaro
from aibaro.estimate import proportion
from aibaro.planning import allocate
from aibaro.weights import from_strata

PAGE = Path(__file__).resolve().parents[2] / "docs" / "_static" / "interactive.html"
STRATA = aibaro.load("flanders-2023").strata
WIDTHS = (380, 1280)


@pytest.fixture
def page(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Give the page as it is after opening, in a window of full width."""
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.set_window_size(1280, 1000)
    browser.get(PAGE.as_uri())
    yield browser
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


def in_design_order(page: webdriver.Chrome, what: str) -> np.ndarray[Any, np.dtype[Any]]:
    """A flat array of the page; both go through size classes, then sectors."""
    return np.array(page.execute_script(f"return {what}"))


def set_cell(page: webdriver.Chrome, number: int, value: str) -> None:
    """Type into one cell of the table."""
    cell = page.find_element(By.ID, f"n{number}")
    cell.send_keys(Keys.CONTROL, "a")
    cell.send_keys(value)


def test_the_page_is_one_file_without_addresses() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=|@import|url\(|fetch\(""", text)
    assert re.findall(r"https?://[^\s\"']+", text) == ["http://www.w3.org/2000/svg"] * text.count("http:")


def test_counts_are_those_of_the_survey(page: webdriver.Chrome) -> None:
    assert in_design_order(page, "N").tolist() == STRATA["population"].tolist()
    assert in_design_order(page, "state.n").tolist() == STRATA["respondents"].tolist()
    assert [f"nace-{s}" for s in page.execute_script("return SECTORS")] == STRATA["sector"].unique().tolist()
    assert page.execute_script("return SIZES") == STRATA["size_class"].unique().tolist()


def python_result(n: list[int], a: list[int], domain: dict[str, str], fpc: str) -> dict[str, float]:
    """The same numbers by the package."""
    design = aibaro.Design.from_strata(STRATA.drop(columns="sample").assign(respondents=n))
    counts = design.labels.assign(users=a)
    found = proportion(counts, "users", design=design, domain=domain or None, fpc=fpc)
    inside = design.domain(**domain)
    weight = design.weights[inside]
    answers = np.array(n)[inside]
    return {
        "share": float(found.estimate[0]),
        "unweighted": float(np.array(a)[inside].sum() / answers.sum()),
        "error": float(found.std_error[0]),
        "deff": float(found.deff[0]),
        "effective": float(found.n_eff[0]),
        "kish": float(answers.sum() * (weight**2 * answers).sum() / (weight * answers).sum() ** 2),
        "df": float(found.df_design[0]),
        "satterthwaite": float(found.df_satterthwaite[0]),
        "low": float(found.conf_low[0]),
        "high": float(found.conf_high[0]),
    }


@pytest.mark.parametrize("preset", ["published", "proportional", "equal", "few"])
@pytest.mark.parametrize(
    ("number", "domain"),
    [
        (0, {}),
        (1, {"size_class": "micro"}),
        (4, {"size_class": "large"}),
        (6, {"sector": "nace-35-39"}),
        (11, {"sector": "nace-58-63"}),
    ],
)
@pytest.mark.parametrize("fpc", ["population", "none"])
def test_arithmetic_equals_python(
    page: webdriver.Chrome, preset: str, number: int, domain: dict[str, str], fpc: str
) -> None:
    script = f"const n = PRESETS.{preset}(), a = draw(n, generator({number + 5})); "
    script += f"return [n, a, analyse(n, a, DOMAINS[{number}][1], '{fpc}')]"
    n, a, found = page.execute_script(script)
    for name, expected in python_result(n, a, domain, fpc).items():
        if math.isnan(expected) or math.isinf(expected):
            assert found[name] is None or not math.isfinite(found[name]), name
        else:
            assert found[name] == pytest.approx(expected, rel=1e-9, abs=1e-13), name


def test_shares_of_zero_and_one_have_the_exact_limit(page: webdriver.Chrome) -> None:
    for value in (0, 1):
        script = (
            f"const n = PRESETS.published(), a = n.map((k) => {value} * k); return [n, a, analyse(n, a, DOMAINS[0][1])]"
        )
        n, a, found = page.execute_script(script)
        expected = python_result(n, a, {}, "population")
        assert (found["low"], found["high"]) == pytest.approx((expected["low"], expected["high"]), rel=1e-9)


def test_quantiles_of_students_t_equal_scipy(page: webdriver.Chrome) -> None:
    freedoms = [1, 2, 3, 7, 28, 150.5, 2568, 20000]
    found = page.execute_script("return arguments[0].map((df) => quantileT(0.025, df))", freedoms)
    np.testing.assert_allclose(found, stats.t.isf(0.025, freedoms), rtol=1e-10)


def test_weights_shown_are_those_of_the_package(page: webdriver.Chrome) -> None:
    script = "return N.map((_, h) => document.getElementById('n' + h).nextElementSibling.textContent)"
    shown = [float(text) for text in page.execute_script(script)]
    expected = [float(w) for w in from_strata(aibaro.Design.from_strata(STRATA)).exact]
    np.testing.assert_allclose(shown, expected, atol=0.05 + 1e-9)
    assert "38,071" in page.find_element(By.ID, "results").text


def test_the_proportional_preset_is_the_planned_allocation(page: webdriver.Chrome) -> None:
    Select(page.find_element(By.ID, "preset")).select_by_value("proportional")
    assert in_design_order(page, "state.n").tolist() == allocate(STRATA, 2612, method="proportional").n.tolist()
    assert page.execute_script("return analyse(state.n, state.a, inside()).kish") == pytest.approx(1, abs=0.002)


def test_samples_are_draws_without_replacement(page: webdriver.Chrome) -> None:
    """Mean and variance of the users found, over 300 samples, are hypergeometric."""
    script = (
        "const g = generator(1), n = PRESETS.published(); return [USERS, Array.from({length: 300}, () => draw(n, g))]"
    )
    users, samples = page.execute_script(script)
    big, n, users, drawn = (
        STRATA["population"].to_numpy(),
        STRATA["respondents"].to_numpy(),
        np.array(users),
        np.array(samples),
    )
    law = stats.hypergeom(big, users, n)
    z = (drawn.mean(axis=0) - law.mean()) / np.sqrt(law.var() / 300)
    assert np.abs(z).max() < 4.5
    # 44 independent squares: chi-squared, at one in a thousand on either side
    low, high = stats.chi2(44).interval(0.998)
    assert low < (z**2).sum() < high
    assert (drawn.var(axis=0, ddof=1) / law.var()).mean() == pytest.approx(1, abs=0.08)
    whole = page.execute_script("return draw(N, generator(3))")
    assert whole == users.tolist(), "asking every firm finds every user"


def test_moving_a_slider_moves_weights_and_interval(page: webdriver.Chrome) -> None:
    before = page.execute_script("return analyse(state.n, state.a, inside())")
    slider = page.find_element(By.ID, "slider0")
    for _ in range(14):
        slider.send_keys(Keys.ARROW_LEFT)
    after = page.execute_script("return analyse(state.n, state.a, inside())")
    assert page.execute_script("return state.n[0]") < STRATA["respondents"].iloc[0]
    assert after["error"] > before["error"]
    assert after["kish"] > before["kish"]
    assert after["unweighted"] > before["unweighted"]
    weight = float(page.find_element(By.CSS_SELECTOR, "#n0 + .w").text)
    assert weight == pytest.approx(1565 / page.execute_script("return state.n[0]"), abs=0.05)


def test_repeated_samples_are_drawn_and_counted(page: webdriver.Chrome) -> None:
    page.find_element(By.ID, "hundred").click()
    shares = page.execute_script("return state.shares")
    assert len(shares) == 101
    tally = page.find_element(By.ID, "tally").text
    assert tally.startswith(
        f"101 samples: mean {100 * np.mean(shares):.2f}%, standard deviation {100 * np.std(shares):.2f}%"
    )
    assert page.execute_script("return state.covered") >= 85
    assert len(page.find_elements(By.CSS_SELECTOR, "#histogram rect")) == 60
    page.find_element(By.ID, "reset").click()
    assert page.execute_script("return state.shares") == shares[:1], "the same seed gives the same samples"


def test_impossible_numbers_are_refused_with_a_reason(page: webdriver.Chrome) -> None:
    set_cell(page, 1, "500")
    assert "from 0 to 76" in page.find_element(By.ID, "error").text
    assert page.execute_script("return state.n[1]") != 500
    set_cell(page, 1, "0")
    assert "nobody can stand for these 76 firms" in page.find_element(By.ID, "error").text
    assert page.find_element(By.ID, "results").text == ""
    set_cell(page, 1, "1")
    assert "at least two firms" in page.find_element(By.ID, "error").text
    set_cell(page, 1, "2")
    assert page.find_element(By.ID, "error").text == ""
    assert "design effect" in page.find_element(By.ID, "results").text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_window(browser: webdriver.Chrome, width: int, tmp_path: Path) -> None:
    browser.set_window_size(width, 1000)
    browser.get(PAGE.as_uri())
    inner = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert inner[0] <= inner[1], "only the table may scroll sideways"
    picture = tmp_path / f"interactive-{width}.png"
    assert browser.save_screenshot(str(picture))
    assert picture.stat().st_size > 20_000, "the picture is not blank"


def test_one_sample_is_told_apart_from_many(page: webdriver.Chrome) -> None:
    share = page.execute_script("return state.shares[0]")
    held = page.execute_script("return state.covered") == 1
    expected = f"1 sample: {100 * share:.2f}%; its interval {'holds' if held else 'misses'} the truth"
    assert page.find_element(By.ID, "tally").text == expected


def test_the_axis_is_labelled_where_the_bars_stand(page: webdriver.Chrome) -> None:
    page.find_element(By.ID, "hundred").click()
    bars = page.execute_script(
        "return [...document.querySelectorAll('#histogram rect')].map((r) => +r.getAttribute('height'))"
    )
    left, right = page.execute_script("const f = axis(byId('histogram'), 225); return [f.low, f.low + 2 * f.half]")
    shares = np.array(page.execute_script("return state.shares"))
    counts, _ = np.histogram(shares, bins=60, range=(left, right))
    assert np.allclose(np.array(bars) / max(bars), counts / counts.max(), atol=0.51 / counts.max())
    labels = page.execute_script(
        "return [...document.querySelectorAll('#histogram text')].map(t => [t.textContent, +t.getAttribute('x')])"
    )
    width = page.execute_script("return axis(byId('histogram'), 225).width")
    assert len(labels) >= 3
    for text, x in labels:
        assert x == pytest.approx(width * (float(text.rstrip("%")) / 100 - left) / (right - left), abs=1)


def test_the_keyboard_alone_suffices(page: webdriver.Chrome) -> None:
    reached = []
    for _ in range(12):
        webdriver.ActionChains(page).send_keys(Keys.TAB).perform()
        reached.append(page.execute_script("return document.activeElement.id"))
    assert reached[:4] == ["preset", "domain", "fpc", "seed"]
    assert reached[4:11] == ["slider0", "slider1", "slider2", "slider3", "one", "hundred", "reset"]
    assert reached[11] == "n0", "the table follows"
    page.find_element(By.ID, "one").send_keys(Keys.ENTER)
    assert len(page.execute_script("return state.shares")) == 2
    page.find_element(By.ID, "hundred").send_keys(Keys.SPACE)
    assert len(page.execute_script("return state.shares")) == 102


def test_nothing_that_axe_finds_is_wrong(page: webdriver.Chrome, axe: str) -> None:
    page.execute_script(axe)
    found = page.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document).then((r) => done(r.violations.map((v) => v.id + ' ' + v.nodes[0].html)))"
    )
    assert found == []


def test_each_field_has_a_name(page: webdriver.Chrome) -> None:
    nameless = page.execute_script(
        "return [...document.querySelectorAll('input, select, button')].filter((e) => !e.labels?.length"
        " && !e.getAttribute('aria-label') && !e.textContent.trim()).map((e) => e.outerHTML)"
    )
    assert nameless == []
