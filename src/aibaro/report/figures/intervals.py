"""Where do the domains lie, and how sure is each?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from aibaro.report.figures.axes import (
    colours,
    label_rows,
    markers,
    name_kinds,
    named,
    need_columns,
    new_axes,
    number_axis,
    write_above,
    write_right,
)
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def dot_whisker(
    frame: pd.DataFrame,
    *,
    label: str = "level",
    method: str | None = None,
    methods: Mapping[str, str] | None = None,
    overall: float | None = None,
    overall_label: str = "",
    labels: Mapping[str, str] | None = None,
    sort: str = "estimate",
    decimals: int = 1,
    unit: str = "%",
    lang: str = "en",
    width: int = 24,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates as dots and their intervals as whiskers, one row per level.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import dot_whisker
    >>> frame = pd.DataFrame({"level": ["trade", "industry"], "estimate": [28.0, 30.0], "conf_low": [20.0, 21.0],
    ...                       "conf_high": [37.0, 41.0]})
    >>> [label.get_text() for label in dot_whisker(frame).get_yticklabels()]
    ['industry', 'trade']
    """
    need_columns(frame, [label, "estimate", *([method] if method else [])], "dot_whisker")
    kinds = list(frame[method].drop_duplicates()) if method else [None]
    first = frame[frame[method] == kinds[0]] if method else frame
    if sort == "estimate":
        first = first.sort_values(["estimate", label], ascending=[False, True], kind="stable")
    levels = first[label].astype(str).tolist()
    axes = new_axes(ax, len(levels))
    if overall is not None:
        axes.axvline(overall, color=mpl.rcParams["axes.edgecolor"], linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    heights = np.linspace(-0.17, 0.17, len(kinds)) if len(kinds) > 1 else [0.0]
    for kind, height, colour, marker in zip(kinds, heights, colours(len(kinds)), markers(len(kinds)), strict=True):
        part = (frame if kind is None else frame[frame[method] == kind]).set_index(label)
        part = part.reindex(levels)
        _whiskers(axes, part, np.arange(len(levels)) + height, colour, marker)
    label_rows(axes, named(levels, labels, width))
    write_right(axes, [format_number(value, decimals, lang) for value in first["estimate"].astype(float)])
    axes.set_xlim(left=0 if frame["estimate"].min() >= 0 else None)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    number_axis(axes, "x", lang, 0, unit)
    _head(axes, overall, overall_label, kinds, methods)
    return axes


def _whiskers(
    axes: Axes, part: pd.DataFrame, heights: np.ndarray[tuple[int], np.dtype[np.float64]], colour: str, marker: str
) -> None:
    middle = part["estimate"].to_numpy(dtype=float)
    if {"conf_low", "conf_high"} <= set(part.columns):
        low, high = part["conf_low"].to_numpy(dtype=float), part["conf_high"].to_numpy(dtype=float)
        axes.hlines(heights, low, high, color=colour, linewidth=mpl.rcParams["lines.linewidth"] * 1.25)
    axes.plot(middle, heights, linestyle="none", marker=marker, color=colour, clip_on=False, zorder=3)


def _head(
    axes: Axes,
    overall: float | None,
    overall_label: str,
    kinds: list[object],
    methods: Mapping[str, str] | None,
) -> None:
    """Name the overall line and, above it, each method with its own marker."""
    if overall is not None and overall_label:
        write_above(axes, overall, overall_label)
    if len(kinds) < 2:
        return
    name_kinds(axes, [(methods or {}).get(str(kind), str(kind)) for kind in kinds], above=1)
