"""Figure functions draw on the axes given, follow the user's rcParams, and look as they did."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from PIL import Image

from aibaro.errors import InputError
from aibaro.report import figures
from aibaro.report.figures.axes import root_figure
from aibaro.report.style import house_style
from aibaro.report.svg import blank_axes, figure_bytes, fit_axes

BASELINES = Path(__file__).parent / "baselines"
# share of pixels that may differ by more than 40 of 255: font rendering of another FreeType, not a moved mark
TOLERANCE = 0.01
LABELS = {"trade": "trade", "industry": "industry", "services": "business services of many kinds"}
LEVELS = ["trade", "industry", "services"]

STRATA = pd.DataFrame(
    {"sector": LEVELS * 2, "size": ["small"] * 3 + ["large"] * 3, "weight": [15.0, 15.0, 13.3, 2.5, 2.8, np.nan]}
)
STEPS = pd.DataFrame(
    {"label": ["approached", "reached", "usable"], "count": [342, 320, 181], "share": [100.0, 93.6, 52.9]}
)
SHARES = pd.DataFrame(
    {
        "level": LEVELS * 2,
        "estimate": [28.0, 30.0, 41.0] * 2,
        "method": ["a"] * 3 + ["b"] * 3,
        "conf_low": [20.0, 20, 28, 22, 24, 35],
        "conf_high": [37.0, 41, 55, 34, 36, 47],
    }
)
PRINTED = pd.DataFrame(
    {
        "label": ["one", "one", "tool A"],
        "rule": ["x", "y", "x"],
        "printed_value": [31.4, 31.4, 12.5],
        "printed_low": [31.35, 31.35, 12.45],
        "printed_high": [31.45, 31.45, 12.55],
        "low": [31.3, 31.4, 12.6],
        "high": [31.4, 31.5, 12.7],
    }
)
BOUNDS = pd.DataFrame(
    {
        "level": LEVELS,
        "se_lower": [0.02, 0.03, 0.04],
        "se_upper": [0.04, 0.05, 0.07],
        "se_upper_witness": [0.039, 0.05, 0.06],
        "std_error": [0.03, 0.04, 0.06],
    }
)
RANKS = pd.DataFrame({"level": LEVELS, "rank": [3, 2, 1], "rank_low": [2, 1, 1], "rank_high": [3, 3, 2]})
PAIRS = pd.DataFrame(
    {
        "level_a": ["trade", "trade", "industry"],
        "level_b": ["industry", "services", "services"],
        "relation": ["not_significant", "lower", "depends"],
    }
)
WAVES = pd.DataFrame(
    {"item": ["one", "one", "two", "two"], "wave": ["2022", "2023"] * 2, "estimate": [25.5, 32.1, 14.0, 16.8]}
)
FOREST = pd.DataFrame(
    {
        "label": ["one", "two"],
        "estimate": [8.0, -1.0],
        "conf_low": [2.0, -5.0],
        "conf_high": [14.0, 3.0],
        "deff": ["1.9", "–"],
    }
)

CURVES = pd.DataFrame(
    {
        "size": [0.1, 1.0, 10.0] * 2,
        "share": [0.0, 40.0, 90.0, 10.0, 20.0, 20.0],
        "group": ["by sector"] * 3 + ["overall"] * 3,
    }
)
COEFFICIENTS = pd.DataFrame(
    {
        "term": ["Intercept", "sector[T.trade]", "sector[T.services]", "staff"],
        "estimate": [-1.5, -0.2, 0.7, 0.3],
        "conf_low": [-2.1, -0.8, 0.1, 0.1],
        "conf_high": [-0.9, 0.4, 1.2, 0.5],
    }
)
BALANCE = pd.DataFrame(
    {
        "domain": ["sector"] * 3 + ["size"] * 2,
        "level": [*LEVELS, "small", "large"],
        "difference_before": [0.12, -0.2, 0.05, 0.31, -0.31],
        "difference_after": [0.0, 0.0, 0.01, 0.0, 0.0],
    }
)
GRID = pd.DataFrame(
    {
        "item": ["tool A"] * 3 + ["tool B"] * 3,
        "level": LEVELS * 2,
        "width": [0, 1, 2, 2, 0, 1],
        "words": ["1", "1–2", "1–3", "1–3", "3", "2–3"],
    }
)

DRAWINGS: dict[str, tuple[Callable[[Axes | None], Axes], pd.DataFrame]] = {
    "stratum_map": (
        lambda ax: figures.stratum_map(
            STRATA, "weight", rows="sector", columns="size", labels=LABELS, decimals=1, scale="log", ax=ax
        ),
        STRATA,
    ),
    "response_funnel": (lambda ax: figures.response_funnel(STEPS, unit="firms", ax=ax), STEPS),
    "dot_whisker": (
        lambda ax: figures.dot_whisker(
            SHARES,
            method="method",
            labels=LABELS,
            overall=31.4,
            lang="nl",
            methods={"a": "behoudend", "b": "model"},
            overall_label="alle 31,4%",
            ax=ax,
        ),
        SHARES,
    ),
    "printed_against_recomputed": (
        lambda ax: figures.printed_against_recomputed(PRINTED, source="rule", ax=ax),
        PRINTED,
    ),
    "error_bounds": (lambda ax: figures.error_bounds(BOUNDS, labels=LABELS, ax=ax), BOUNDS),
    "coefficient_plot": (
        lambda ax: figures.coefficient_plot(COEFFICIENTS, labels={"staff": "employees"}, lang="nl", ax=ax),
        COEFFICIENTS,
    ),
    "love_plot": (lambda ax: figures.love_plot(BALANCE, labels=LABELS, lang="nl", ax=ax), BALANCE),
    "rank_sets": (lambda ax: figures.rank_sets(RANKS, labels=LABELS, ax=ax), RANKS),
    "pairwise_matrix": (lambda ax: figures.pairwise_matrix(PAIRS, order=LEVELS[::-1], labels=LABELS, ax=ax), PAIRS),
    "share_curves": (
        lambda ax: figures.share_curves(
            CURVES, x="size", y="share", label="group", log=True, marks=[2], x_label="drukfout", lang="nl", ax=ax
        ),
        CURVES,
    ),
    "stratum_map_upright": (
        lambda ax: figures.stratum_map(
            GRID, "width", rows="level", columns="item", text="words", heads="upright", labels=LABELS, ax=ax
        ),
        GRID,
    ),
    "wave_slopes": (lambda ax: figures.wave_slopes(WAVES, ax=ax), WAVES),
    "difference_forest": (lambda ax: figures.difference_forest(FOREST, note="deff", note_head="deff", ax=ax), FOREST),
}


@pytest.fixture(autouse=True)
def _no_figure_left_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAWINGS)
def test_picture_equals_its_baseline(name: str) -> None:
    """A figure looks as it did when a person last looked at it; a missing baseline fails."""
    draw, _ = DRAWINGS[name]
    with house_style():
        axes = blank_axes(2.4)
        draw(axes)
        fit_axes(axes)
        content = figure_bytes(root_figure(axes), "png", dpi=100)
    path = BASELINES / f"{name}.png"
    if os.environ.get("AIBARO_BASELINES") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert path.is_file(), f"no baseline {path.name}: look at the figure, then run with AIBARO_BASELINES=write"
    ours, theirs = (np.asarray(Image.open(source).convert("RGB"), dtype=int) for source in (io.BytesIO(content), path))
    assert ours.shape == theirs.shape
    changed = (np.abs(ours - theirs).max(axis=2) > 40).mean()
    assert changed <= TOLERANCE, f"{changed:.2%} of the pixels changed"


@pytest.mark.parametrize("name", DRAWINGS)
def test_draws_on_the_axes_given_and_leaves_its_frame_alone(name: str) -> None:
    """The axes come back, nothing global is touched, no input changes."""
    draw, frame = DRAWINGS[name]
    before, settings = frame.copy(deep=True), dict(mpl.rcParams)
    axes = blank_axes(3.0)
    assert draw(axes) is axes
    pd.testing.assert_frame_equal(frame, before)
    assert dict(mpl.rcParams) == settings


@pytest.mark.parametrize("name", DRAWINGS)
def test_opens_a_figure_when_no_axes_are_given(name: str) -> None:
    """In a notebook nothing needs to be set up."""
    axes = DRAWINGS[name][0](None)
    assert plt.gcf() is axes.get_figure()


def test_follows_the_users_colours_outside_the_house_style() -> None:
    """No colour is hard-wired: the property cycle decides."""
    with mpl.rc_context({"axes.prop_cycle": mpl.cycler(color=["#123456", "#654321"])}):
        axes = figures.dot_whisker(SHARES[:3], ax=blank_axes(2.0))
    assert to_hex(axes.lines[0].get_color()) == "#123456"


def test_rows_are_sorted_by_estimate() -> None:
    """Largest on top, as the axis runs downwards."""
    axes = figures.dot_whisker(SHARES[:3], ax=blank_axes(2.0))
    assert [text.get_text() for text in axes.get_yticklabels()] == ["services", "industry", "trade"]


def test_ratios_lie_on_a_log_axis_around_one() -> None:
    """No effect is a line in sight, whatever the data."""
    ratios = COEFFICIENTS.assign(**{name: np.exp(COEFFICIENTS[name]) for name in ("estimate", "conf_low", "conf_high")})
    axes = figures.coefficient_plot(ratios[1:], reference=1, scale="log", ax=blank_axes(2.0))
    low, high = axes.get_xlim()
    assert axes.get_xscale() == "log"
    assert low < np.exp(-0.8) < 1 < np.exp(1.2) < high


def test_all_missing_columns_are_named() -> None:
    """One error, every fault."""
    with pytest.raises(InputError) as caught:
        figures.error_bounds(pd.DataFrame({"x": [1]}))
    assert {fault.parameter for fault in caught.value.faults} == {"level", "se_lower", "se_upper"}


def test_text_in_cells_contrasts_with_its_fill() -> None:
    """WCAG AA asks for 4.5:1; black or white on any shade reaches it."""

    def luminance(colour: object) -> float:
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
        return float(np.dot(channels, [0.2126, 0.7152, 0.0722]))

    with house_style():
        axes = figures.stratum_map(STRATA, "weight", rows="sector", columns="size", ax=blank_axes(2.4))
        root_figure(axes).canvas.draw()
    fills = [
        fill
        for fill, value in zip(
            axes.collections[0].get_facecolor(),
            STRATA.pivot(index="sector", columns="size", values="weight")
            .reindex(index=LEVELS, columns=["small", "large"])
            .to_numpy()
            .ravel(),
            strict=True,
        )
        if np.isfinite(value)
    ]
    for text, fill in zip(axes.texts, fills, strict=True):
        light, dark = sorted([luminance(text.get_color()), luminance(fill[:3])], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
