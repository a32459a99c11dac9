"""What changed between waves, and where do groups differ?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib as mpl

from aibaro.report.figures.axes import (
    colours,
    label_rows,
    markers,
    named,
    need_columns,
    new_axes,
    number_axis,
    write_right,
)
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def wave_slopes(
    frame: pd.DataFrame,
    *,
    label: str = "item",
    labels: Mapping[str, str] | None = None,
    decimals: int = 1,
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw each item's value in every wave as a line with its name at the end.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import wave_slopes
    >>> frame = pd.DataFrame({"item": ["one", "one"], "wave": ["2022", "2023"], "estimate": [25.5, 32.1]})
    >>> [label.get_text() for label in wave_slopes(frame).get_xticklabels()]
    ['2022', '2023']
    """
    need_columns(frame, [label, "wave", "estimate"], "wave_slopes")
    waves = sorted(frame["wave"].astype(str).unique())
    items = list(frame[label].drop_duplicates())
    axes = new_axes(ax, max(8, 2 * len(items)))
    ends: list[tuple[float, str]] = []
    for item, colour, marker in zip(items, colours(len(items)), markers(len(items)), strict=True):
        part = frame[frame[label] == item].assign(wave=lambda f: f["wave"].astype(str)).sort_values("wave")
        places = [waves.index(wave) for wave in part["wave"]]
        axes.plot(places, part["estimate"], marker=marker, color=colour)
        if {"conf_low", "conf_high"} <= set(part.columns):
            axes.vlines(places, part["conf_low"], part["conf_high"], color=colour)
        name = named([item], labels)[0]
        ends.append((float(part["estimate"].iloc[-1]), name))
        axes.annotate(
            format_number(float(part["estimate"].iloc[0]), decimals, lang),
            (places[0], part["estimate"].iloc[0]),
            xytext=(-7, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize="small",
        )
    axes.set_xlim(-0.35, len(waves) - 0.9)
    axes.set_ylim(bottom=0)
    for (value, name), height in zip(
        ends, spread([e[0] for e in ends], axes, rows=[e[1].count("\n") + 1 for e in ends]), strict=True
    ):
        axes.annotate(
            f"{format_number(value, decimals, lang)}  {name}",
            (len(waves) - 1, height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            annotation_clip=False,
        )
    axes.set_xticks(range(len(waves)), waves)
    axes.spines["left"].set_visible(False)
    axes.yaxis.set_visible(False)
    return axes


def spread(values: Sequence[float], axes: Axes, lines: int = 17, rows: Sequence[int] = ()) -> list[float]:
    """Push labels apart until each has room for its own lines of text, one or as many as ``rows`` says."""
    gap = (axes.get_ylim()[1] - axes.get_ylim()[0]) / lines
    order = sorted(range(len(values)), key=lambda i: values[i])
    heights, tall = list(values), list(rows) or [1] * len(values)
    for below, above in pairwise(order):
        heights[above] = max(heights[above], heights[below] + gap * (tall[below] + tall[above]) / 2)
    return heights


def difference_forest(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    note: str | None = None,
    note_head: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw differences with their intervals around a line of no difference.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import difference_forest
    >>> frame = pd.DataFrame({"label": ["one", "two"], "estimate": [8.0, -1.0], "conf_low": [2.0, -5.0],
    ...                       "conf_high": [14.0, 3.0]})
    >>> len(difference_forest(frame).get_yticklabels())
    2
    """
    need_columns(frame, [label, "estimate", "conf_low", "conf_high"], "difference_forest")
    axes = new_axes(ax, len(frame))
    colour = colours(1)[0]
    low, high = frame["conf_low"].to_numpy(dtype=float), frame["conf_high"].to_numpy(dtype=float)
    axes.axvline(0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.9, zorder=0)
    axes.hlines(range(len(frame)), low, high, color=colour, linewidth=mpl.rcParams["lines.linewidth"] * 1.25)
    open_face = mpl.rcParams["figure.facecolor"]
    open_face = "white" if open_face == "none" else open_face
    for row, (value, a, b) in enumerate(zip(frame["estimate"], low, high, strict=True)):
        axes.plot(
            [value],
            [row],
            marker="o",
            color=colour,
            zorder=3,
            markeredgecolor=colour,
            markerfacecolor=open_face if a <= 0 <= b else colour,
        )
    label_rows(axes, named(frame[label], None, 30))
    if note:
        write_right(axes, frame[note].astype(str), note_head)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    number_axis(axes, "x", lang, 0)
    return axes
