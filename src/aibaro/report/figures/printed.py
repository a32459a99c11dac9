"""Does the recomputed number meet the printed one?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from aibaro._arrays import FloatArray
from aibaro.report.figures.axes import (
    colours,
    label_rows,
    markers,
    name_kinds,
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

COLUMNS = ("label", "printed_value", "printed_low", "printed_high", "low", "high")


def printed_against_recomputed(
    frame: pd.DataFrame,
    *,
    source: str | None = None,
    sources: Mapping[str, str] | None = None,
    decimals: int = 1,
    lang: str = "en",
    width: int = 24,
    ax: Axes | None = None,
) -> Axes:
    """Draw recomputed intervals around the printed value, with the band that rounding of the printed figure allows.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import printed_against_recomputed
    >>> frame = pd.DataFrame({"label": ["one"], "printed_value": [31.4], "printed_low": [31.35],
    ...                       "printed_high": [31.45], "low": [31.3], "high": [31.4]})
    >>> len(printed_against_recomputed(frame).get_yticklabels())
    1
    """
    need_columns(frame, COLUMNS, "printed_against_recomputed")
    rows = frame.drop_duplicates("label")
    places = {name: place for place, name in enumerate(rows["label"])}
    axes = new_axes(ax, len(rows))
    zero = rows["printed_value"].to_numpy(dtype=float)
    for place, (low, high) in enumerate(zip(rows["printed_low"] - zero, rows["printed_high"] - zero, strict=True)):
        axes.fill_between([low, high], place - 0.36, place + 0.36, color=mpl.rcParams["grid.color"], linewidth=0)
    kinds = list(frame[source].drop_duplicates()) if source else [None]
    heights = _heights(frame, places)
    for kind, colour, marker in zip(kinds, colours(len(kinds)), markers(len(kinds)), strict=True):
        chosen = np.ones(len(frame), dtype=bool) if kind is None else (frame[source] == kind).to_numpy()
        _recomputed(axes, frame[chosen], heights[chosen], (colour, marker))
    label_rows(axes, named(rows["label"], None, width))
    write_right(axes, [format_number(value, decimals, lang) for value in zero])
    axes.axvline(0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, zorder=0)
    axes.spines["bottom"].set_visible(False)
    axes.grid(axis="x")
    number_axis(axes, "x", lang, 1 if max(map(abs, axes.get_xlim())) >= 0.2 else 2)
    if source:
        name_kinds(axes, [(sources or {}).get(str(kind), str(kind)) for kind in kinds])
    return axes


def _heights(frame: pd.DataFrame, places: Mapping[object, int]) -> FloatArray:
    """Centre each row's recomputations on it: one in the middle, several side by side."""
    order = frame.groupby("label", sort=False).cumcount().to_numpy()
    size = frame.groupby("label", sort=False)["label"].transform("size").to_numpy()
    middle = np.array([places[name] for name in frame["label"]], dtype=float)
    return np.asarray(middle + np.where(size > 1, (order / np.maximum(size - 1, 1) - 0.5) * 0.36, 0.0))


def _recomputed(axes: Axes, part: pd.DataFrame, heights: FloatArray, look: tuple[str, str]) -> None:
    colour, marker = look
    zero = part["printed_value"].to_numpy(dtype=float)
    axes.hlines(
        heights, part["low"] - zero, part["high"] - zero, color=colour, linewidth=mpl.rcParams["lines.linewidth"] * 1.25
    )
    middle = part["estimate"] if "estimate" in part else (part["low"] + part["high"]) / 2
    axes.plot(middle - zero, heights, linestyle="none", marker=marker, color=colour, zorder=3)
