"""How far were margins from their targets, and how far are they now?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl

from aibaro.report.figures.axes import (
    colours,
    label_rows,
    markers,
    name_kinds,
    named,
    need_columns,
    new_axes,
    number_axis,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WORDS = {"en": ("before", "after"), "nl": ("voor", "na")}


def love_plot(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the standardised distance of each margin from its target, before and after weighting.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import love_plot
    >>> margins = pd.DataFrame({"domain": "sex", "level": ["f", "m"], "difference_before": [-0.1, 0.1],
    ...                         "difference_after": [0.0, 0.0]})
    >>> [label.get_text() for label in love_plot(margins).get_yticklabels()]
    ['f', 'm']
    """
    need_columns(frame, ["domain", "level", "difference_before", "difference_after"], "love_plot")
    rows = frame.reset_index(drop=True)
    axes = new_axes(ax, len(rows))
    before, after = rows["difference_before"], rows["difference_after"]
    axes.axvline(0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.9, zorder=0)
    axes.hlines(rows.index, before, after, color=mpl.rcParams["grid.color"], linewidth=1.2, zorder=1)
    for values, colour, marker in zip((before, after), colours(2), markers(2), strict=True):
        axes.plot(values, rows.index, linestyle="none", marker=marker, color=colour)
    label_rows(axes, named(rows["level"], labels))
    # a domain begins where the one above it ends
    for place in rows.index[rows["domain"] != rows["domain"].shift()][1:]:
        axes.axhline(place - 0.5, color=mpl.rcParams["grid.color"], linewidth=0.8)
    widest = max(float(before.abs().max()), float(after.abs().max()), 0.01) * 1.12
    axes.set_xlim(-widest, widest)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    number_axis(axes, "x", lang, 1 if widest >= 0.5 else 2)
    name_kinds(axes, WORDS[lang])
    return axes
